"""Rows that few samples have: nulls, and the ends of each type's range."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from drivers.stored.packing import types_of
from onedag.dtypes import TIMESTAMP, ColumnType
from onedag.service import EVENT_TIMESTAMP

__all__ = ["harsh_rows"]

_TIMES = (
    datetime(1900, 1, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2000, 2, 29, 12, tzinfo=UTC),
    datetime(2024, 3, 10, 7, tzinfo=UTC),  # New York loses an hour
    datetime(2024, 11, 3, 5, 30, tzinfo=UTC),  # and has one twice
    datetime(2199, 12, 31, 23, 30, tzinfo=UTC),
)
_FLOATS = (
    0.0,
    -0.0,
    1.0,
    -1.5,
    1e-300,
    5e-324,
    1e16,
    1.7e308,
    -1.7e308,
    float("inf"),
    -float("inf"),
)
_TEXTS = ("", " ", "a", " Ab c ", "é", "ß", "İ", "0", "-1.5", "None", "a|b")


def harsh_rows(sample: pa.Table) -> pa.Table:
    """For each column its extremes, and null where it may be, among values of the sample.

    Args:
        sample: with `EVENT_TIMESTAMP`; its schema says what may be null.
    """
    types = types_of(sample.schema)
    usual = _usual(sample, types)
    rows = [usual]
    for name, column in types.items():
        rows += [usual | {name: value} for value in _extremes(column)]
        if column.nullable and name != EVENT_TIMESTAMP:
            rows.append(usual | {name: None})
    rows.append(
        {n: None if c.nullable and n != EVENT_TIMESTAMP else usual[n] for n, c in types.items()}
    )
    return pa.Table.from_pylist(rows, schema=sample.schema)


def _usual(sample: pa.Table, types: Mapping[str, ColumnType]) -> dict[str, Any]:
    """The first value of each column that there is."""
    usual = {}
    for name, column in types.items():
        values = sample[name].drop_null()
        try:
            usual[name] = values[0].as_py()
        except (IndexError, OverflowError):  # none, or a time that Python has no datetime for
            usual[name] = _extremes(column)[-1]
    return usual


def _extremes(column: ColumnType) -> tuple[Any, ...]:
    arrow = column.arrow
    if pa.types.is_boolean(arrow):
        return False, True
    if pa.types.is_integer(arrow):
        signed = pa.types.is_signed_integer(arrow)
        bits = arrow.bit_width - signed
        least = -(2**bits) if signed else 0
        return least, max(least, -1), 2**bits - 1, 2 ** (bits // 2), 1, 0
    if arrow == pa.float32():
        return 0.0, -0.0, 1.0, -1.5, 1e-38, 3e38, float("inf"), -float("inf")
    if pa.types.is_floating(arrow):
        return _FLOATS
    return _TIMES if arrow == TIMESTAMP else _TEXTS
