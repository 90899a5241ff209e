"""Times and durations from outside a column: scalars, as whole microseconds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from onedag.numpy_series.refusal import Refused

__all__ = ["Moment", "moment", "parsed"]

_MICROSECOND = timedelta(microseconds=1)
_NAIVE_EPOCH, _AWARE_EPOCH = datetime(1970, 1, 1), datetime(1970, 1, 1, tzinfo=UTC)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\b")
_UNITS: Mapping[str, int] = {
    "D": 86_400_000_000,
    "h": 3_600_000_000,
    "m": 60_000_000,
    "s": 1_000_000,
    "ms": 1000,
    "us": 1,
}


class Moment(NamedTuple):
    """A time (M) or a duration (m).

    Attributes:
        kind: M or m.
        micros: since 1970 in UTC, or how long.
        aware: whether a time has a zone.
        unit: which pandas sees: us, or a coarser one.
    """

    kind: str
    micros: int
    aware: bool
    unit: str


def moment(value: Any) -> Moment:
    """A scalar of `datetime`, pandas or NumPy that is a whole number of microseconds.

    Raises:
        Refused: anything else, NaT and a unit of nanoseconds among it: that is the unit that the
            result would have.
    """
    convert = _CONVERT.get(type(value))
    if convert is None:
        raise Refused("a time", value)
    return convert(value)


@lru_cache(maxsize=256)
def parsed(text: str, zone: tzinfo | None) -> pd.Timestamp:
    """A time that is written as a text and compared with a column of that zone.

    Raises:
        Refused: not a date in the order of ISO 8601, perhaps with a time: pandas may know better.
    """
    if not _DATE.match(text):  # "today" isn't the same tomorrow
        raise Refused("a time", text)
    try:
        time = pd.Timestamp(text, tz=zone)
    except ValueError as error:
        raise Refused("a time", text) from error
    if not isinstance(time, pd.Timestamp):
        raise Refused("a time", text)
    return time


def _timestamp(value: pd.Timestamp) -> Moment:
    unit = value.unit
    if unit == "ns":
        raise Refused("a time in nanoseconds", value)
    try:
        micros = value.value // 1000
    except ValueError:  # value is in nanoseconds, which have a shorter range
        micros = _numpy(value.asm8).micros
    return Moment("M", micros, value.tzinfo is not None, unit)


def _datetime(value: datetime) -> Moment:
    if value.tzinfo is None:
        return Moment("M", (value - _NAIVE_EPOCH) // _MICROSECOND, False, "us")
    if type(value.tzinfo) is not timezone:
        raise Refused(f"a time in {value.tzinfo}")
    return Moment("M", (value - _AWARE_EPOCH) // _MICROSECOND, True, "us")


def _timedelta(value: timedelta) -> Moment:
    return Moment("m", value // _MICROSECOND, False, "us")


def _pandas_timedelta(value: pd.Timedelta) -> Moment:
    unit = value.unit
    if unit == "ns":
        raise Refused("a duration in nanoseconds", value)
    try:
        return Moment("m", value.value // 1000, False, unit)
    except ValueError:  # as above
        return _numpy(value.asm8)


def _numpy(value: np.datetime64 | np.timedelta64) -> Moment:
    unit, count = np.datetime_data(value.dtype)
    if unit not in _UNITS or count != 1 or np.isnat(value):
        raise Refused("a time", value)
    return Moment(value.dtype.kind, int(value.view(np.int64)) * _UNITS[unit], False, unit)


_CONVERT: Mapping[type, Callable[[Any], Moment]] = {
    pd.Timestamp: _timestamp,
    pd.Timedelta: _pandas_timedelta,
    datetime: _datetime,
    timedelta: _timedelta,
    np.datetime64: _numpy,
    np.timedelta64: _numpy,
}
