"""`.dt` of a stand-in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timezone, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from onedag.numpy_series.fields import (
    DAY,
    FEW,
    FLAGS,
    NAT,
    PARTS,
    SECOND,
    TIMES,
    evaluated,
    truths,
)
from onedag.numpy_series.refusal import Refused
from onedag.numpy_series.series import NumpySeries
from onedag.numpy_series.text_methods import texts
from onedag.numpy_series.zones import to_utc, to_wall

__all__ = ["DURATIONS", "NAIVE", "TimeMethods", "micros", "times", "zone"]

NAIVE, DURATIONS = np.dtype("M8[us]"), np.dtype("m8[us]")
_BOOL, _INT32, _INT64 = np.dtype(np.bool_), np.dtype(np.int32), np.dtype(np.int64)
_FLOAT = np.dtype(np.float64)
_FREQUENCY = re.compile(r"(\d{0,6})(D|h|min|s|ms|us)")
_STEPS: Mapping[str, int] = {
    "D": DAY,
    "h": 3600 * SECOND,
    "min": 60 * SECOND,
    "s": SECOND,
    "ms": 1000,
    "us": 1,
}
_EXACT = 2**53  # longer durations pandas turns into seconds in another way
_FAR = 2**61  # beyond, a step up or down might not fit
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def micros(column: NumpySeries) -> npt.NDArray[np.int64]:
    """A column of times in UTC or durations as integers."""
    return column._values.view(_INT64)


def zone(column: NumpySeries) -> tzinfo | None:
    """The zone of a column of times; None if it is naive."""
    return getattr(column._dtype, "tz", None)


def times(values: npt.NDArray[np.int64], dtype: Any) -> NumpySeries:
    """A column of times from microseconds in UTC, of a dtype with or without zone."""
    return NumpySeries(values.view(NAIVE), "M", dtype)


def _each(
    of: Callable[[Any], Any], values: npt.NDArray[np.int64], name: str
) -> npt.NDArray[np.int64]:
    """A function of integers, a step up or down, for every row that isn't NaT."""
    if len(values) <= FEW:
        rows = values.tolist()
        for v in rows:
            if not -_FAR < v < _FAR and v != NAT:
                raise Refused(f".dt.{name} of a time that far away")
        return np.array([v if v == NAT else of(v) for v in rows], np.int64)
    missing = values == NAT
    if (((values >= _FAR) | (values <= -_FAR)) & ~missing).any():
        raise Refused(f".dt.{name} of a time that far away")
    return np.where(missing, NAT, of(values))


def _field(name: str) -> property:
    field = TIMES[name]

    def of(methods: TimeMethods) -> NumpySeries:
        methods._refuse_unless(methods._column._kind == "M", name)
        return _numbers(evaluated(field, methods._wall(), _INT32))

    return property(of)


def _flag(name: str) -> property:
    field = FLAGS[name]

    def of(methods: TimeMethods) -> NumpySeries:
        methods._refuse_unless(methods._column._kind == "M", name)
        return NumpySeries(truths(field, methods._wall()), "b", _BOOL)

    return property(of)


def _part(name: str) -> property:
    field, dtype = PARTS[name], _INT64 if name == "days" else _INT32

    def of(methods: TimeMethods) -> NumpySeries:
        methods._refuse_unless(methods._column._kind == "m", name)
        return _numbers(evaluated(field, micros(methods._column), dtype))

    return property(of)


class TimeMethods:
    """What ``Series.dt`` offers for times and durations.

    Raises:
        Refused: another column; what gives objects or frames; a wall time that its zone has twice
            or never.
    """

    __slots__ = ("_column",)

    def __init__(self, column: NumpySeries) -> None:
        if column._kind not in "Mm":
            raise Refused(".dt", column)
        self._column = column

    def __getattr__(self, name: str) -> Any:
        raise Refused(f".dt.{name}", self._column)

    year = _field("year")
    month = _field("month")
    day = _field("day")
    hour = _field("hour")
    minute = _field("minute")
    second = _field("second")
    microsecond = _field("microsecond")
    nanosecond = _field("nanosecond")
    day_of_week = _field("day_of_week")
    dayofweek = _field("dayofweek")
    weekday = _field("weekday")
    day_of_year = _field("day_of_year")
    dayofyear = _field("dayofyear")
    quarter = _field("quarter")
    days_in_month = _field("days_in_month")
    daysinmonth = _field("daysinmonth")
    is_leap_year = _flag("is_leap_year")
    is_month_start = _flag("is_month_start")
    is_month_end = _flag("is_month_end")
    is_quarter_start = _flag("is_quarter_start")
    is_quarter_end = _flag("is_quarter_end")
    is_year_start = _flag("is_year_start")
    is_year_end = _flag("is_year_end")
    days = _part("days")
    seconds = _part("seconds")
    microseconds = _part("microseconds")
    nanoseconds = _part("nanoseconds")

    @property
    def tz(self) -> tzinfo | None:
        self._refuse_unless(self._column._kind == "M", "tz")
        return zone(self._column)

    @property
    def unit(self) -> str:
        return "us"

    def day_name(self, locale: Any = None) -> NumpySeries:
        self._refuse_unless(self._column._kind == "M" and locale is None, "day_name")
        return self._names("day_of_week", _DAYS, 0)

    def month_name(self, locale: Any = None) -> NumpySeries:
        self._refuse_unless(self._column._kind == "M" and locale is None, "month_name")
        return self._names("month", _MONTHS, 1)

    def total_seconds(self) -> NumpySeries:
        self._refuse_unless(self._column._kind == "m", "total_seconds")
        values = micros(self._column)
        if len(values) <= FEW:
            return _numbers(np.array([self._seconds(v) for v in values.tolist()], np.float64))
        missing = values == NAT
        self._refuse_unless(not ((np.abs(values) > _EXACT) & ~missing).any(), "total_seconds")
        whole, rest = np.divmod(values, SECOND)
        return _numbers(np.where(missing, np.nan, whole + rest / SECOND))

    def _seconds(self, value: int) -> float:
        if value == NAT:
            return np.nan
        self._refuse_unless(-_EXACT <= value <= _EXACT, "total_seconds")
        whole, rest = divmod(value, SECOND)
        return whole + rest / SECOND

    def tz_convert(self, tz: Any) -> NumpySeries:
        self._refuse_unless(self._column._kind == "M" and self.tz is not None, "tz_convert")
        return NumpySeries(self._column._values, "M", _dtype(tz))

    def tz_localize(
        self, tz: Any, ambiguous: Any = "raise", nonexistent: Any = "raise"
    ) -> NumpySeries:
        plain = type(ambiguous) is str and type(nonexistent) is str
        plain = plain and ambiguous == nonexistent == "raise" and self._column._kind == "M"
        self._refuse_unless(plain, "tz_localize")
        if tz is None:
            return times(self._wall(), NAIVE)
        self._refuse_unless(self.tz is None, "tz_localize")
        dtype = _dtype(tz)
        return times(to_utc(micros(self._column), dtype.tz), dtype)

    def normalize(self) -> NumpySeries:
        self._refuse_unless(self._column._kind == "M", "normalize")
        return self._stepped(lambda v: v - v % DAY, "normalize")

    def floor(self, freq: Any, ambiguous: Any = "raise", nonexistent: Any = "raise") -> NumpySeries:
        step = self._step(freq, ambiguous, nonexistent)
        return self._stepped(lambda v: v - v % step, "floor")

    def ceil(self, freq: Any, ambiguous: Any = "raise", nonexistent: Any = "raise") -> NumpySeries:
        step = self._step(freq, ambiguous, nonexistent)
        return self._stepped(lambda v: v + -v % step, "ceil")

    def round(self, freq: Any, ambiguous: Any = "raise", nonexistent: Any = "raise") -> NumpySeries:
        step = self._step(freq, ambiguous, nonexistent)

        def nearest(v: Any) -> Any:  # of two as near, the even multiple
            whole, rest = v // step, v % step
            return (whole + (2 * rest + whole % 2 > step)) * step

        return self._stepped(nearest, "round")

    def _step(self, freq: Any, ambiguous: Any, nonexistent: Any) -> int:
        plain = type(freq) is str and type(ambiguous) is str and type(nonexistent) is str
        match = _FREQUENCY.fullmatch(freq) if plain else None
        if match is None or not ambiguous == nonexistent == "raise" or match[1].startswith("0"):
            raise Refused(f"rounding to {freq!r}", self._column)
        return int(match[1] or 1) * _STEPS[match[2]]

    def _stepped(self, of: Callable[[Any], Any], name: str) -> NumpySeries:
        found = _each(of, self._wall(), name)
        if self._column._kind == "m":
            return NumpySeries(found.view(DURATIONS), "m", DURATIONS)
        place = self.tz
        return times(found if place is None else to_utc(found, place), self._column._dtype)

    def _names(self, field: str, names: tuple[str, ...], first: int) -> NumpySeries:
        of, values = TIMES[field], self._wall().tolist()
        return texts([None if v == NAT else names[of(v) - first] for v in values])

    def _wall(self) -> npt.NDArray[np.int64]:
        values, place = micros(self._column), zone(self._column)
        return values if place is None else to_wall(values, place)

    def _refuse_unless(self, sure: bool, name: str) -> None:
        if not sure:
            raise Refused(f".dt.{name}", self._column)


def _numbers(array: npt.NDArray[Any]) -> NumpySeries:
    return NumpySeries(array, array.dtype.kind, array.dtype)


def _dtype(tz: Any) -> Any:
    if tz is None:
        return NAIVE
    if type(tz) not in (str, timezone, ZoneInfo):
        raise Refused(f"the zone {tz!r}")
    return _zoned(tz)


@lru_cache(maxsize=64)
def _zoned(tz: str | tzinfo) -> Any:
    try:
        return pd.DatetimeTZDtype("us", tz)
    except Exception as error:  # a zone that doesn't exist: pandas will say so
        raise Refused(f"the zone {tz!r}") from error
