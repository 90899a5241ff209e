"""Made-up windows of a dtype, on which a trace is compared with its function.

They don't look at history: whether a function is recognised must not depend on which rows there
happen to be.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from onedag.dtypes import TIMESTAMP, ColumnType, to_series

__all__ = ["sample_windows"]

_SIZES = (1, 2, 3, 7, 20)
_STARTS = (0, 1, 5, 11)
_APART = 7  # how far the values of one column are shifted against those of the next

# Ties, negatives, zeros and nulls. Sums of quarters are exact, in whatever order.
_FLOATS = (0.5, None, -2.25, 0.0, 3.0, 3.0, 8.0, None, -0.25, 1.5, 0.0, -7.75, 4.0)
_INTEGERS = (1, None, -2, 0, 3, 3, 8, None, -1, 2, 0, -7, 4)
_NATURALS = (1, None, 2, 0, 3, 3, 8, None, 1, 2, 0, 7, 4)
_BOOLS = (True, None, False, False, True, True, True, None, False, True, False, False, True)
_TEXTS = ("b", None, "a", "", "x", "x", "é", None, "A", "yes", "", "0", "a b")
_DAY = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
_TIMES = tuple(None if n is None else _DAY + timedelta(hours=7 * n) for n in _INTEGERS)

_WILD_FLOATS: Sequence[Sequence[Any]] = (
    (math.inf, math.inf, math.inf),
    (-math.inf, 1.0, None),
    (math.inf, -math.inf, 0.0),
    (1e300, None, 1e300),
    (5e-324, 5e-324, -0.0),
)
_FAR_TIMES = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))


def sample_windows(columns: Mapping[str, ColumnType]) -> Iterator[dict[str, pd.Series]]:
    """Windows with rows: short and long ones, of nulls alone, and with the most extreme values.

    Args:
        columns: the inputs by name, with their types.

    Raises:
        KeyError: a type of which there are no samples.
    """
    values = {name: _values(column.arrow) for name, column in columns.items()}
    for size in _SIZES:
        for start in _STARTS:
            places = {name: start + _APART * n for n, name in enumerate(columns)}
            yield _window(columns, {n: _cycle(values[n], places[n], size) for n in columns})
    for wild in zip(*(_extremes(column.arrow) for column in columns.values()), strict=True):
        yield _window(columns, dict(zip(columns, wild, strict=True)))
    yield _window(columns, {name: [None, None] for name in columns})


def _window(
    columns: Mapping[str, ColumnType], values: Mapping[str, Sequence[Any]]
) -> dict[str, pd.Series]:
    return {name: _series(values[name], column) for name, column in columns.items()}


def _series(values: Sequence[Any], column: ColumnType) -> pd.Series:
    if not column.nullable:
        zero = next(value for value in _values(column.arrow) if value == 0)
        values = [zero if value is None else value for value in values]
    return to_series(pa.array(values, column.arrow), column)


def _cycle(values: Sequence[Any], start: int, size: int) -> list[Any]:
    return [values[(start + n) % len(values)] for n in range(size)]


def _values(arrow: pa.DataType) -> Sequence[Any]:
    if pa.types.is_integer(arrow):
        return _INTEGERS if pa.types.is_signed_integer(arrow) else _NATURALS
    if pa.types.is_floating(arrow):
        return _FLOATS
    return {pa.bool_(): _BOOLS, pa.string(): _TEXTS, TIMESTAMP: _TIMES}[arrow]


def _extremes(arrow: pa.DataType) -> Sequence[Sequence[Any]]:
    """Five windows of three rows. None has a sum near zero, where pandas' has no right digit."""
    if pa.types.is_floating(arrow):
        return _WILD_FLOATS
    low, high = _ends(arrow)
    return (high,) * 3, (low,) * 3, (low, high, low), (high, None, high), (low, low, None)


def _ends(arrow: pa.DataType) -> tuple[Any, Any]:
    if pa.types.is_integer(arrow):
        limits = np.iinfo(arrow.to_pandas_dtype())
        return limits.min, limits.max
    return {pa.bool_(): (False, True), pa.string(): ("", "\U0010ffff"), TIMESTAMP: _FAR_TIMES}[
        arrow
    ]
