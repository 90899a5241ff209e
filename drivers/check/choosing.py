"""Which rows to try functions on: few, and among them those that functions get wrong."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["blocks", "chosen", "evenly"]

_TIES_AMONG = 1000
_NULLS = 2


def chosen(table: pa.Table, most: int) -> npt.NDArray[np.int64]:
    """The places of rows, in their order: evenly spaced, with nulls, extreme values and ties.

    Args:
        table: what the functions take.
        most: how many rows.
    """
    if table.num_rows <= most:
        return np.arange(table.num_rows)
    found = dict.fromkeys(evenly(table.num_rows, max(most // 2, 1)).tolist())
    columns = [_notable(column) for column in table.columns]
    while columns and len(found) < most:
        for column in list(columns):
            row = next(column, None)
            if row is None:
                columns.remove(column)
            elif len(found) < most:
                found.setdefault(row)
    more = evenly(table.num_rows, most).tolist()
    found.update(dict.fromkeys([n for n in more if n not in found][: most - len(found)]))
    return np.array(sorted(found), np.int64)


def evenly(length: int, wanted: int) -> npt.NDArray[np.int64]:
    """Evenly spaced places, the first and the last among them."""
    spaced = np.linspace(0, max(length - 1, 0), min(length, wanted))
    return np.unique(spaced.astype(np.int64))


def blocks(table: pa.Table, number: int, size: int) -> pa.Table:
    """Rows that stand together, from evenly spaced places: the windows of a sample of history."""
    if table.num_rows <= number * size:
        return table
    starts = evenly(table.num_rows - size + 1, number)
    return pa.concat_tables([table.slice(int(start), size) for start in starts])


def _notable(column: pa.ChunkedArray) -> Iterator[int]:
    """Places of a column: the first null, its least and greatest value, two rows of one value."""
    nulls = pc.is_null(column)
    places = pc.indices_nonzero(nulls)[:_NULLS].to_pylist()
    yield from places[:1]
    if len(places) < len(column) and column.null_count < len(column):
        ends = pc.min_max(column).as_py()
        for value in (ends["max"], ends["min"]):
            yield pc.index(column, pa.scalar(value, column.type)).as_py()
        yield from _tie(column)
    yield from places[1:]


def _tie(column: pa.ChunkedArray) -> Iterator[int]:
    values = column.slice(0, _TIES_AMONG).to_pylist()
    seen: dict[object, int] = {}
    for row, value in enumerate(values):
        if value is not None and value in seen:
            yield seen[value]
            yield row
            return
        seen[value] = row
