"""What time means, said as plainly as Python can: the reference that engines are compared with.

Rows are dicts. `EVENT` and `KNOWN` hold integer microseconds since 1970 UTC (a `KNOWN` of None is
"not yet"); the other entries are join keys and values, None for null. Nothing here is fast, nothing
is shared with an engine, and no row is left out except by the rule that says so.

>>> rows = [{EVENT: 1, KNOWN: 5, "x": 1.0}, {EVENT: 2, KNOWN: 2, "x": 2.0}]
>>> newest(rows, 4)["x"], newest(rows, 1), [row["x"] for row in window(rows, 5, None)]
(2.0, None, [1.0, 2.0])
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from onedag.status import Status

__all__ = [
    "AT",
    "EVENT",
    "KNOWN",
    "aggregate_status",
    "latest_value",
    "newest",
    "of_key",
    "plain",
    "tick",
    "value",
    "visible",
    "window",
]

EVENT = "__event_us"
KNOWN = "__known_us"
AT = "__at_us"
"""The times of rows and of moments, named as in `drivers.engines`."""

Row: TypeAlias = Mapping[str, Any]


def of_key(rows: Sequence[Row], join_keys: Sequence[str], moment: Row) -> list[Row]:
    """The history of the moment's key; a key with a null in it has none."""
    if any(moment[key] is None for key in join_keys):
        return []
    return [row for row in rows if all(row[key] == moment[key] for key in join_keys)]


def visible(row: Row, t: int) -> bool:
    """Whether a row had happened and was known at t."""
    return row[KNOWN] is not None and row[EVENT] <= t and row[KNOWN] <= t


def newest(rows: Sequence[Row], t: int) -> Row | None:
    """The visible row of the greatest event time, then known time, then position."""
    best: Row | None = None
    for row in rows:
        if not visible(row, t):
            continue
        if best is None or (row[EVENT], row[KNOWN]) >= (best[EVENT], best[KNOWN]):
            best = row
    return best


def window(rows: Sequence[Row], t: int, over: timedelta | None) -> list[Row]:
    """The visible rows with t - over < event time <= t, in time order."""
    inside = [
        row
        for row in rows
        if visible(row, t) and (over is None or row[EVENT] > t - over // timedelta(microseconds=1))
    ]
    return sorted(inside, key=lambda row: (row[EVENT], row[KNOWN]))  # ties keep their order


def value(function: Callable[..., Any], inputs: Mapping[str, Any], rows: Sequence[Row]) -> object:
    """What a function returns for the values of some rows; of no rows, for empty Series.

    Args:
        function: takes Series by keyword and returns one scalar.
        inputs: its parameters, each with the pandas dtype of the column.
        rows: of one window.
    """
    columns = {name: pd.Series([row[name] for row in rows], dtype=inputs[name]) for name in inputs}
    with np.errstate(all="ignore"):
        return plain(function(**columns))


def plain(value: Any) -> object:
    """A scalar as a Python value; None for NaN, ``pd.NA`` and NaT."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, pd.Timestamp) and value is not pd.NaT:
        return value.to_pydatetime()
    missing = value is None or value is pd.NA or value is pd.NaT
    return None if missing or (isinstance(value, float) and math.isnan(value)) else value


def tick(t: int, refresh: timedelta | None) -> int:
    """The last whole multiple of the refresh interval at or before t, before 1970 too."""
    if refresh is None:
        return t
    interval = refresh // timedelta(microseconds=1)
    return (t // interval) * interval


def latest_value(
    rows: Sequence[Row],
    name: str,
    t: int,
    max_age: timedelta | None = None,
    refresh: timedelta | None = None,
) -> tuple[object, Status]:
    """A `latest` feature at t: its value and status. Age counts at t, not at the tick."""
    row = newest(rows, tick(t, refresh))
    if row is None:
        return None, Status.MISSING
    if max_age is not None and t - row[EVENT] > max_age // timedelta(microseconds=1):
        return None, Status.STALE
    found = plain(row[name])
    return found, Status.NULL if found is None else Status.PRESENT


def aggregate_status(rows: Sequence[Row], t: int, found: object) -> Status:
    """The status of an aggregate whose value at t is ``found``."""
    if newest(rows, t) is None:
        return Status.MISSING
    return Status.NULL if found is None else Status.PRESENT
