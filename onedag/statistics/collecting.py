"""The statistics of frames that come in portions, in memory that doesn't grow with the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from onedag.errors import SchemaMismatch
from onedag.statistics.counting import ValueCounter, counter
from onedag.statistics.cuts import Cuts, choose, cuts_of
from onedag.statistics.model import FeatureStatistics, FrameStatistics
from onedag.status import Codes, Status

__all__ = ["Portion", "collect", "count"]

SAMPLED_ROWS = 65_536

Portion: TypeAlias = tuple[pa.Table, Mapping[str, Codes]]
"""Rows with columns for features, and the statuses of these rows by feature, where known."""


def collect(
    portions: Callable[[], Iterable[Portion]], rows: int, schema: pa.Schema
) -> FrameStatistics:
    """The statistics of a frame.

    Counts are exact, over all rows. Where they are made, the points of `Numbers` and the categories
    of `Categories`, is chosen from up to `SAMPLED_ROWS` rows: all of them, or one at random out of
    each of so many equal stretches, the same ones for the same number of rows. Nothing but the
    last digits of means depends on how rows are portioned.

    Args:
        portions: the frame's rows, which are gone through twice, in the same order.
        rows: how many there are.
        schema: of the features.
    """
    sample = _sample(portions(), schema.names, _drawn(rows))
    cuts = {name: choose(_joined(sample, schema.field(name))) for name in schema.names}
    return _count(portions(), cuts, {field.name: str(field.type) for field in schema})


def count(portions: Iterable[Portion], then: FrameStatistics) -> FrameStatistics:
    """Later rows, counted at the cuts of these statistics, with which they can be compared.

    Args:
        portions: with a column for each feature; others are passed over.
        then: of the training frame.

    Raises:
        SchemaMismatch: a portion lacks features, or has them in other types.
    """
    types = {name: of.type for name, of in then.features.items()}
    cuts = {name: cuts_of(of) for name, of in then.features.items()}
    return _count((_checked(portion, types) for portion in portions), cuts, types)


def _count(
    portions: Iterable[Portion], cuts: Mapping[str, Cuts], types: Mapping[str, str]
) -> FrameStatistics:
    counters = {name: _FeatureCounter(counter(cuts[name])) for name in types}
    rows = 0
    for table, codes in portions:
        rows += table.num_rows
        for name, of in counters.items():
            of.add(table[name], codes.get(name))
    features = {name: of.result(types[name]) for name, of in counters.items()}
    return FrameStatistics(rows, features)


class _FeatureCounter:
    def __init__(self, values: ValueCounter) -> None:
        self._values = values
        self._rows = self._present = 0
        self._statuses = np.zeros(len(Status), np.int64)

    def add(self, column: pa.ChunkedArray, codes: Codes | None) -> None:
        self._rows += len(column)
        self._present += self._values.add(column)
        if codes is not None:
            self._statuses += np.bincount(codes, minlength=len(Status))

    def result(self, arrow: str) -> FeatureStatistics:
        nulls, found = self._rows - self._present, self._statuses
        statuses = {status.value: int(found[status.code]) for status in Status if found.any()}
        return FeatureStatistics(arrow, self._rows, nulls, statuses, self._values.result())


def _drawn(rows: int) -> npt.NDArray[np.int64]:
    """The positions of the sampled rows, ascending."""
    if rows <= SAMPLED_ROWS:
        return np.arange(rows)
    # Not evenly spaced: a spine may have a period, such as a row for each hour.
    stretches = np.arange(SAMPLED_ROWS) + np.random.default_rng(0).random(SAMPLED_ROWS)
    return (stretches * (rows / SAMPLED_ROWS)).astype(np.int64)


def _sample(
    portions: Iterable[Portion], names: list[str], positions: npt.NDArray[np.int64]
) -> list[pa.Table]:
    taken, start = [], 0
    for table, _ in portions:
        first, end = np.searchsorted(positions, [start, start + table.num_rows])
        chosen = table.select(names)
        if end - first < table.num_rows:
            chosen = chosen.take(pa.array(positions[first:end] - start))
        taken.append(chosen)
        start += table.num_rows
    return taken


def _joined(tables: list[pa.Table], field: pa.Field) -> pa.ChunkedArray:
    chunks = [chunk for table in tables for chunk in table[field.name].chunks]
    return pa.chunked_array(chunks, field.type)


def _checked(portion: Portion, types: Mapping[str, str]) -> Portion:
    table, _ = portion
    wrong = []
    for name, expected in types.items():
        if name not in table.column_names:
            wrong.append(f"{name} isn't there")
        elif "null" not in (expected, str(table[name].type)) and str(table[name].type) != expected:
            wrong.append(f"{name} is {table[name].type}, not {expected}")
    if wrong:
        raise SchemaMismatch(
            f"The rows aren't those of the run's features: {'; '.join(wrong)}. Give rows that have "
            f"each of its {len(types)} features in its type, as a training frame has."
        )
    return portion
