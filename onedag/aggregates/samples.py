"""Made-up windows of a dtype, on which a trace is compared with its function.

They don't look at history: whether a function is recognised must not depend on which rows there
happen to be.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from onedag.dtypes import TIMESTAMP, ColumnType, to_series
from onedag.durations import to_utc

__all__ = ["sample_windows"]

_SIZES = (1, 2, 3, 7, 20)
_STARTS = (0, 1, 5, 11)
_APART = 7  # how far the values of one column are shifted against those of the next

# Of what is made from a function's constants.
_MOST_CONSTANTS = 6
_MOST_ROWS = 200

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


def sample_windows(
    columns: Mapping[str, ColumnType], constants: Sequence[Any] = ()
) -> Iterator[dict[str, pd.Series]]:
    """Windows with rows: short and long ones, of nulls alone, and with the most extreme values.

    Args:
        columns: the inputs by name, with their types.
        constants: of the function. What it compares a column with is among the column's values.

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
    pools = {name: _pool(column.arrow, constants) for name, column in columns.items()}
    ordinary = {name: pool[-1] for name, pool in pools.items()}
    for row in _crossed(pools):
        for rows in ([row], [ordinary, row], [row, ordinary]):
            yield _window(columns, {name: [one[name] for one in rows] for name in columns})


def _crossed(pools: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Rows in which each value meets each of the other columns: all of these together if few."""
    if math.prod(map(len, pools.values())) <= _MOST_ROWS:
        return [dict(zip(pools, row, strict=True)) for row in itertools.product(*pools.values())]
    rows: dict[str, dict[str, Any]] = {}
    for one, other in itertools.combinations_with_replacement(pools, 2):
        for n, (left, right) in enumerate(itertools.product(pools[one], pools[other])):
            row = {name: pool[n % len(pool)] for name, pool in pools.items()}
            row |= {one: left, other: right}
            rows.setdefault(repr(row), row)
    return list(rows.values())[:_MOST_ROWS]


def _pool(arrow: pa.DataType, constants: Iterable[Any]) -> list[Any]:
    """A few values of a column: the constants that it may be compared with, null, and another."""
    near = [value for constant in constants for value in _near(constant, arrow)]
    found = list(dict.fromkeys(near))[:_MOST_CONSTANTS]
    return [*found, None, next(v for v in _values(arrow) if v is not None and v not in found)]


def _near(constant: Any, arrow: pa.DataType) -> list[Any]:
    """A constant, and numbers on either side of it, as values of a column."""
    if isinstance(constant, str):
        return [constant] if arrow == pa.string() else []
    if isinstance(constant, datetime):
        days = [to_utc(constant) + timedelta(days=n) for n in (0, 1, -1)] if constant.tzinfo else []
        return days if arrow == TIMESTAMP else []
    if isinstance(constant, bool) or not math.isfinite(constant):
        return []
    if pa.types.is_integer(arrow):
        low, high = _ends(arrow)
        whole = math.floor(constant)
        return [n for n in (whole, whole + 1, whole - 1) if low <= n <= high]
    return [float(constant + n) for n in (0, 1, -1)] if pa.types.is_floating(arrow) else []


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
