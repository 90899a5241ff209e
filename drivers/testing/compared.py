"""Comparing what batch computed with what was answered online, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from drivers.frames import TrainingFrame
from drivers.serving.vectors import FeatureVectors
from drivers.verify.values import Cell
from onedag.service import EVENT_TIMESTAMP
from onedag.status import of_codes

__all__ = ["refuse_differences"]

SHOWN = 10


def refuse_differences(
    frame: TrainingFrame, answers: Sequence[FeatureVectors], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Compare a training frame with the answers to its rows as requests.

    Args:
        frame: of the rows.
        answers: one for each row, of that row alone.
        rows: as they were asked for.

    Raises:
        AssertionError: a value, a dtype or a status differs; each such cell is shown from both
            sides, with its row.
    """
    __tracebackhide__ = True
    batch = _cells(frame.table, frame.to_pandas().dtypes, frame.status_codes(), frame.features)
    online = [
        _cells(answer.table, answer.to_pandas().dtypes, answer.codes, frame.features)
        for answer in answers
    ]
    told = [
        f"{name}, row {row}: batch {batch[name][row]}, online {answer[name][0]}\n"
        f"    of {_shown(rows[row])}"
        for name in frame.features
        for row, answer in enumerate(online)
        if batch[name][row] != answer[name][0]
    ]
    if told:
        raise AssertionError("\n".join(_message(told, len(rows) * len(frame.features))))


def _cells(
    table: pa.Table, dtypes: Any, codes: Mapping[str, Any], features: Sequence[str]
) -> dict[str, list[Cell]]:
    return {
        name: [
            Cell(repr(value), str(dtypes[name]), str(status))
            for value, status in zip(table[name].to_pylist(), of_codes(codes[name]), strict=True)
        ]
        for name in features
    }


def _message(told: Sequence[str], cells: int) -> Iterator[str]:
    yield f"Batch and online differ in {len(told)} of {cells} cells:"
    yield from (f"  {cell}" for cell in told[:SHOWN])
    if len(told) > SHOWN:
        yield f"  and {len(told) - SHOWN} more"
    yield (
        "In batch all rows are computed at once, online each by itself. `onedag check` names a "
        "function that looks across rows."
    )


def _shown(row: Mapping[str, Any]) -> str:
    time = row[EVENT_TIMESTAMP]
    fields = [f"{name}={value!r}" for name, value in row.items() if name != EVENT_TIMESTAMP]
    return ", ".join([f"{time:%Y-%m-%d %H:%M:%S} UTC", *fields])
