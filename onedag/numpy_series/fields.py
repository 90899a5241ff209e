"""Calendar and clock fields of wall times, as arithmetic on whole microseconds since 1970.

Every field is a function of integers that takes Python's and NumPy's alike: for a few rows a loop
over Python integers costs a fifth of a chain of NumPy calls. The calendar is the proleptic
Gregorian one; its months are counted from March, so that the leap day is the last of a year.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["DAY", "FEW", "FLAGS", "NAT", "PARTS", "SECOND", "TIMES", "evaluated", "truths"]

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND
NAT = -(2**63)
FEW = 8
"""Up to so many rows a loop is faster."""

_MARCH_OF_YEAR_0 = 719_468  # days before 1970
_JANUARY_OF_YEAR_1 = 719_162
_DAYS_OF_400_YEARS = 146_097


def _date(v: Any) -> tuple[Any, Any, Any]:
    days = v // DAY + _MARCH_OF_YEAR_0
    cycle = days // _DAYS_OF_400_YEARS
    day = days - cycle * _DAYS_OF_400_YEARS
    year = (day - day // 1460 + day // 36524 - day // 146096) // 365
    day = day - (365 * year + year // 4 - year // 100)
    month = (5 * day + 2) // 153
    day = day - (153 * month + 2) // 5 + 1
    month = month + 3 - 12 * (month // 10)
    return year + 400 * cycle + (month <= 2), month, day


def _is_leap(year: Any) -> Any:
    return (year % 4 == 0) & (year % 100 != 0) | (year % 400 == 0)


def _day_of_year(v: Any) -> Any:
    before = _date(v)[0] - 1
    january = 365 * before + before // 4 - before // 100 + before // 400 - _JANUARY_OF_YEAR_1
    return v // DAY - january + 1


def _length(year: Any, month: Any) -> Any:
    return 30 + (month + month // 8) % 2 - (month == 2) * (2 - 1 * _is_leap(year))


def _is_first(v: Any, every: int) -> Any:
    _, month, day = _date(v)
    return (day == 1) & (month % every == 1 % every)


def _is_last(v: Any, every: int) -> Any:
    year, month, day = _date(v)
    return (day == _length(year, month)) & (month % every == 0)


def _day_of_week(v: Any) -> Any:
    return (v // DAY + 3) % 7


TIMES: Mapping[str, Callable[[Any], Any]] = {
    "year": lambda v: _date(v)[0],
    "month": lambda v: _date(v)[1],
    "day": lambda v: _date(v)[2],
    "hour": lambda v: v % DAY // HOUR,
    "minute": lambda v: v // MINUTE % 60,
    "second": lambda v: v // SECOND % 60,
    "microsecond": lambda v: v % SECOND,
    "nanosecond": lambda v: v * 0,
    "day_of_week": _day_of_week,
    "dayofweek": _day_of_week,
    "weekday": _day_of_week,
    "day_of_year": _day_of_year,
    "dayofyear": _day_of_year,
    "quarter": lambda v: (_date(v)[1] + 2) // 3,
    "days_in_month": lambda v: _length(*_date(v)[:2]),
    "daysinmonth": lambda v: _length(*_date(v)[:2]),
}
"""Integers of wall times."""

FLAGS: Mapping[str, Callable[[Any], Any]] = {
    "is_leap_year": lambda v: _is_leap(_date(v)[0]),
    "is_month_start": lambda v: _is_first(v, 1),
    "is_month_end": lambda v: _is_last(v, 1),
    "is_quarter_start": lambda v: _is_first(v, 3),
    "is_quarter_end": lambda v: _is_last(v, 3),
    "is_year_start": lambda v: _is_first(v, 12),
    "is_year_end": lambda v: _is_last(v, 12),
}
"""Truths of wall times."""

PARTS: Mapping[str, Callable[[Any], Any]] = {
    "days": lambda v: v // DAY,
    "seconds": lambda v: v % DAY // SECOND,
    "microseconds": lambda v: v % SECOND,
    "nanoseconds": lambda v: v * 0,
}
"""Integers of durations."""


def evaluated(
    field: Callable[[Any], Any], micros: npt.NDArray[np.int64], dtype: np.dtype[Any]
) -> npt.NDArray[Any]:
    """A field of each row: of the dtype, or as float64 with NaN if a row is NaT.

    Args:
        field: one of the functions above.
        micros: since 1970, or of a duration; shape ``(n_rows,)``.
        dtype: of the field where nothing is NaT.
    """
    if len(micros) <= FEW:
        values = micros.tolist()
        if NAT in values:
            return np.array([np.nan if v == NAT else field(v) for v in values], np.float64)
        return np.array([field(v) for v in values], dtype)
    missing = micros == NAT
    if missing.any():
        return np.where(missing, np.nan, field(micros).astype(np.float64))
    array: npt.NDArray[Any] = field(micros).astype(dtype)
    return array


def truths(field: Callable[[Any], Any], micros: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """A flag of each row; False for NaT."""
    if len(micros) <= FEW:
        return np.array([v != NAT and field(v) for v in micros.tolist()], np.bool_)
    array: npt.NDArray[np.bool_] = field(micros) & (micros != NAT)
    return array
