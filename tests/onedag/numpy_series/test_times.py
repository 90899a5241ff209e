"""Times, durations and their zones in the stand-in against pandas."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onedag.numpy_series import from_series, to_series
from tests.onedag.numpy_series.harness import SETTINGS, answered, make

Operation = Callable[..., Any]

FEWER = settings(SETTINGS, max_examples=15)
DAY = 86_400_000_000
NAT = -(2**63)
ZONES = (
    "UTC",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Europe/Dublin",  # its winter time is the saving
    "Europe/Amsterdam",  # once at +00:19:32
    "Africa/Casablanca",
    "Africa/Monrovia",
    "Antarctica/Troll",  # two hours
    "Asia/Kathmandu",
    "Pacific/Apia",  # skipped a day
    "Etc/GMT+3",
    "+05:30",
)
FIELDS = (
    *("year", "month", "day", "hour", "minute", "second", "microsecond", "nanosecond"),
    *("day_of_week", "dayofweek", "weekday", "day_of_year", "dayofyear", "quarter"),
    *("days_in_month", "daysinmonth", "is_leap_year", "is_month_start", "is_month_end"),
    *("is_quarter_start", "is_quarter_end", "is_year_start", "is_year_end"),
)
FREQUENCIES = ("D", "h", "15min", "min", "s", "7s", "ms", "250us", "us", "3h", "7D")


def ints(days: int) -> st.SearchStrategy[int]:
    near = st.sampled_from((0, 1, -1, DAY - 1, DAY, -DAY - 1, 951_782_400_000_000))
    return st.one_of(
        near,
        st.integers(-days * DAY, days * DAY),
        st.integers(-days, days).map(lambda d: d * DAY),
        st.integers(-days, days).map(lambda d: d * DAY - 1),
        st.integers(-days * 48, days * 48).map(lambda halves: halves * (DAY // 48)),
    )


def lists(values: st.SearchStrategy[int], length: int | None = None) -> st.SearchStrategy[Any]:
    """Few rows, which go through a loop, and many, which go through NumPy."""
    rows = st.one_of(values, values, values, st.none())
    if length is not None:
        return st.lists(rows, min_size=length, max_size=length)
    return st.one_of(
        st.lists(rows, max_size=3),
        st.lists(values, min_size=9, max_size=12),
        st.lists(rows, min_size=9, max_size=12),
    )


AROUND_NOW = ints(47_000)
ALL_YEARS = st.one_of(AROUND_NOW, st.integers(-700 * 366 * DAY, 7000 * 365 * DAY))
ANY = st.one_of(ALL_YEARS, st.integers(-(2**63) + 1, 2**63 - 1))
SPANS = st.one_of(ints(400), st.integers(-(10**7), 10**7), st.integers(-(2**54), 2**54))
FAR_SPANS = st.one_of(SPANS, st.integers(-(2**63) + 1, 2**63 - 1))
YEARS_1_TO_9999 = st.integers(-62_135_424_000 * 10**6, 253_402_128_000 * 10**6)  # but for days


def naive(values: st.SearchStrategy[int]) -> st.SearchStrategy[pd.Series]:
    return lists(values).map(lambda rows: make("datetime64[us]", rows))


def aware(values: st.SearchStrategy[int]) -> st.SearchStrategy[pd.Series]:
    return lists(values).map(lambda rows: make("datetime64[us, UTC]", rows))


def spans(values: st.SearchStrategy[int]) -> st.SearchStrategy[pd.Series]:
    return lists(values).map(lambda rows: make("timedelta64[us]", rows))


@SETTINGS
@given(times=st.one_of(naive(ALL_YEARS), aware(ALL_YEARS)))
def test_fields_are_those_of_pandas(times: pd.Series) -> None:
    for field in FIELDS:
        assert answered(lambda s, field=field: getattr(s.dt, field), times), field
    assert answered(lambda s: s.dt.day_name(), times)
    assert answered(lambda s: s.dt.month_name(), times)


@SETTINGS
@given(times=naive(ANY))
def test_fields_hold_over_the_whole_range(times: pd.Series) -> None:
    for field in FIELDS:
        answered(lambda s, field=field: getattr(s.dt, field), times)


@SETTINGS
@given(times=aware(AROUND_NOW), zone=st.sampled_from(ZONES))
def test_a_zone_gives_its_wall_time(times: pd.Series, zone: str) -> None:
    assert answered(lambda s: s.dt.tz_convert(zone), times)
    assert answered(lambda s: s.dt.tz_convert(zone).dt.tz_localize(None), times)
    for field in ("hour", "day_of_week", "minute", "year", "is_month_end"):
        assert answered(lambda s, field=field: getattr(s.dt.tz_convert(zone).dt, field), times)


@SETTINGS
@given(times=aware(YEARS_1_TO_9999), zone=st.sampled_from(ZONES))
def test_a_zone_holds_over_the_whole_range(times: pd.Series, zone: str) -> None:
    answered(lambda s: s.dt.tz_convert(zone).dt.tz_localize(None), times)
    answered(lambda s: s.dt.tz_convert(zone).dt.floor("h"), times)


@pytest.mark.parametrize("zone", ZONES)
def test_a_zone_is_right_around_its_transitions(zone: str) -> None:
    hours = np.arange(-613_608, 1_139_544, 1)  # of 1900 to 2099
    utc = pd.Series((hours * (DAY // 24)).view("M8[us]")).dt.tz_localize("UTC")
    wall = utc.dt.tz_convert(zone).dt.tz_localize(None).to_numpy().view("i8")
    offsets = wall - hours * (DAY // 24)
    changes = hours[1:][np.diff(offsets) != 0] * (DAY // 24)
    near = np.concatenate([changes + step for step in (-DAY // 24, -1, 0, 1, DAY // 24)])
    for moments in (near, *near[:40].reshape(-1, 1)):
        series = pd.Series(moments.view("M8[us]")).dt.tz_localize("UTC")
        assert answered(lambda s: s.dt.tz_convert(zone).dt.tz_localize(None), series)


def test_before_a_zone_has_a_table_rows_and_columns_agree() -> None:
    moments = np.random.default_rng(0).integers(-60_000 * DAY, 60_000 * DAY, 500)
    for zone in ("America/New_York", "Europe/Amsterdam", "Africa/Casablanca"):
        column = from_series(pd.Series(moments.view("M8[us]")).dt.tz_localize("UTC"))
        whole = to_series(column.dt.tz_convert(zone).dt.tz_localize(None))
        for at, moment in enumerate(moments):
            row = from_series(pd.Series([moment]).astype("M8[us]").dt.tz_localize("UTC"))
            assert to_series(row.dt.tz_convert(zone).dt.tz_localize(None))[0] == whole[at]


@SETTINGS
@given(times=naive(AROUND_NOW), zone=st.sampled_from(ZONES))
def test_naive_times_get_a_zone_unless_that_is_ambiguous(times: pd.Series, zone: str) -> None:
    answered(lambda s: s.dt.tz_localize(zone), times)
    assert answered(lambda s: s.dt.tz_localize(None), times)
    assert answered(lambda s: s.dt.tz_localize("UTC"), times)


@SETTINGS
@given(
    times=st.one_of(naive(AROUND_NOW), aware(AROUND_NOW), spans(SPANS)),
    freq=st.sampled_from(FREQUENCIES),
    zone=st.sampled_from(ZONES),
)
def test_rounding_is_that_of_pandas(times: pd.Series, freq: str, zone: str) -> None:
    for way in ("floor", "ceil", "round"):
        done = answered(lambda s, way=way: getattr(s.dt, way)(freq), times)
        assert done or times.dtype.kind == "m"
        answered(lambda s, way=way: getattr(s.dt.tz_convert(zone).dt, way)(freq), times)
    answered(lambda s: s.dt.normalize(), times)
    answered(lambda s: s.dt.tz_convert(zone).dt.normalize(), times)


@SETTINGS
@given(durations=spans(FAR_SPANS))
def test_durations_have_the_parts_of_pandas(durations: pd.Series) -> None:
    for field in ("days", "seconds", "microseconds", "nanoseconds"):
        assert answered(lambda s, field=field: getattr(s.dt, field), durations)
    answered(lambda s: s.dt.total_seconds(), durations)
    for of in (operator.neg, operator.pos, operator.abs):
        assert answered(of, durations)


BINARY = (
    *(operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv),
    *(operator.mod, operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge),
)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[pd.Series, pd.Series]:
    length = draw(st.sampled_from((0, 1, 2, 10)))
    return draw(_column(length)), draw(_column(length))


def _column(length: int) -> st.SearchStrategy[pd.Series]:
    durations = lists(SPANS, length)
    moments = lists(ALL_YEARS, length)  # pandas can't show aware times after the year 9999
    whole = st.lists(
        st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3), min_size=length, max_size=length
    )
    real = st.lists(
        st.floats() | st.sampled_from((0.5, 2.0, 1.1)), min_size=length, max_size=length
    )
    return st.one_of(
        lists(ANY, length).map(lambda rows: make("datetime64[us]", rows)),
        moments.map(lambda rows: make("datetime64[us, UTC]", rows)),
        durations.map(lambda rows: make("timedelta64[us]", rows)),
        whole.map(lambda rows: pd.Series(np.array(rows, np.int64))),
        real.map(lambda rows: pd.Series(np.array(rows, np.float64))),
    )


@SETTINGS
@given(both=pairs())
def test_operators_between_columns_are_those_of_pandas(both: tuple[pd.Series, pd.Series]) -> None:
    if not {series.dtype.kind for series in both} & {"M", "m"}:
        return
    for of in BINARY:
        answered(of, *both)


SCALARS = (
    *(pd.Timedelta("1h"), pd.Timedelta(days=-3, seconds=1), pd.Timedelta(0), pd.Timedelta(7)),
    *(
        timedelta(days=1),
        timedelta(microseconds=-7),
        timedelta(0),
        pd.Timedelta(2, "s").as_unit("s"),
    ),
    *(
        np.timedelta64(90, "m"),
        np.timedelta64(1, "us"),
        np.timedelta64(1, "D"),
        np.timedelta64(5, "ns"),
    ),
    *(
        np.timedelta64("NaT"),
        np.timedelta64(1, "M"),
        pd.NaT,
        None,
        2,
        3.0,
        0.5,
        1.1,
        0,
        0.0,
        -7,
        True,
    ),
    *(pd.Timestamp("2020-02-29 12:00"), pd.Timestamp("2020-02-29", tz="UTC"), pd.Timestamp(7)),
    *(pd.Timestamp("2020-02-29", tz="Asia/Kathmandu"), datetime(2013, 1, 1), date(2013, 1, 1)),
    *(datetime(2013, 1, 1, tzinfo=UTC), datetime(2013, 1, 1, tzinfo=timezone(timedelta(hours=2)))),
    *(datetime(2013, 1, 1, tzinfo=ZoneInfo("Europe/Paris")), np.datetime64("2020-01-01")),
    *(np.datetime64("2020-01-01T00:00:00.5", "ms"), np.datetime64("2020", "Y"), "2020-01-01", "x"),
    *("2020-02-29 12:00:00.000001", "2020-02-29T12:00Z", "2020-02-30", "20200101", "now", "NaT"),
    *("2020-02-29T12:00:00.123456789", "2020-02-29 12:00+05:30", "2020-01-01 ", "2020-01"),
    *(
        np.datetime64(1, "ns"),
        np.int64(3),
        np.float64(1.5),
        float("inf"),
        float("nan"),
        2**70,
        1e30,
    ),
    *(pd.offsets.Day(1), pd.DateOffset(months=1)),
)


@pytest.mark.parametrize("scalar", SCALARS, ids=repr)
@FEWER
@given(column=st.one_of(naive(ALL_YEARS), aware(ALL_YEARS), spans(SPANS), _column(1)))
def test_operators_with_scalars_are_those_of_pandas(scalar: Any, column: pd.Series) -> None:
    if column.dtype.kind not in "mM" and not isinstance(scalar, timedelta | np.timedelta64):
        return
    for of in BINARY:
        answered(lambda s, of=of: of(s, scalar), column)
        if not isinstance(scalar, np.generic | str):  # which would do it themselves
            answered(lambda s, of=of: of(scalar, s), column)


def test_nothing_times_a_number_of_more_than_64_bits_is_left_to_pandas() -> None:
    nothing = make("timedelta64[us]", [None])
    assert not answered(lambda s: s * 2**70, nothing)
    assert answered(lambda s: s * 2**40, nothing)


VALUES = (*SCALARS, [pd.Timestamp("2020")], {timedelta(1), timedelta(0)}, (), [pd.NaT])


@pytest.mark.parametrize("value", VALUES, ids=repr)
@FEWER
@given(column=st.one_of(naive(ALL_YEARS), aware(ALL_YEARS), spans(SPANS)))
def test_value_methods_are_those_of_pandas(value: Any, column: pd.Series) -> None:
    some: npt.NDArray[np.bool_] = np.arange(len(column)) % 2 == 0
    answered(lambda s: s.fillna(value), column)
    answered(lambda s: s.where(some, value), column)
    answered(lambda s: s.mask(some, value), column)
    answered(lambda s: s.clip(value), column)
    answered(lambda s: s.clip(upper=value), column)
    answered(lambda s: s.isin(value), column)
    answered(lambda s: s.isin([value]), column)


@SETTINGS
@given(column=st.one_of(naive(ALL_YEARS), aware(ALL_YEARS), spans(SPANS)))
def test_columns_choose_among_their_rows_as_in_pandas(column: pd.Series) -> None:
    some: npt.NDArray[np.bool_] = np.arange(len(column)) % 2 == 0
    turned = column[::-1].reset_index(drop=True)
    assert answered(lambda s: s.where(some), column)
    assert answered(lambda s: s.mask(some), column)
    assert answered(lambda a, b: a.fillna(b), column, turned)
    assert answered(lambda a, b: a.where(some, b), column, turned)
    assert answered(lambda s: s.astype("int64"), column)
    for dtype in (str(column.dtype), "float64", "str", object, "datetime64[ns]", "M8[s]", "bool"):
        answered(lambda s, dtype=dtype: s.astype(dtype), column)


NOON = make("datetime64[us, UTC]", [1_583_039_167_123_456])
NAIVE = make("datetime64[us]", [1_583_039_167_123_456, None])
HOURS = make("timedelta64[us]", [7_200_000_000])

ORDINARY: tuple[tuple[Operation, pd.Series], ...] = (
    (lambda t: t - t.dt.normalize(), NOON),
    (lambda t: (t - pd.Timestamp("2020-01-01", tz="UTC")).dt.total_seconds() / 3600, NOON),
    (lambda t: (t - datetime(2020, 1, 1, tzinfo=UTC)).dt.days, NOON),
    (lambda t: t.dt.tz_convert("America/New_York").dt.hour, NOON),
    (lambda t: t.dt.tz_convert("America/New_York").dt.normalize(), NOON),
    (lambda t: t.dt.tz_convert("America/New_York") - t, NOON),
    (lambda t: t + pd.Timedelta("1h"), NOON),
    (lambda t: t - timedelta(days=1), NOON),
    (lambda t: t >= pd.Timestamp("2020-01-01", tz="UTC"), NOON),
    (lambda t: pd.Timestamp("2020-01-01", tz="UTC") <= t, NOON),
    (lambda t: t > "2020-01-01", NOON),
    (lambda t: pd.Timestamp("2020-01-01", tz="UTC") - t, NOON),
    (lambda t: t < np.datetime64("2020-01-01"), NAIVE),
    (lambda t: t.fillna(pd.Timestamp("2020-01-01")), NAIVE),
    (lambda t: t.dt.floor("h"), NAIVE),
    (lambda d: d / pd.Timedelta("1h"), HOURS),
    (lambda d: d / timedelta(hours=1), HOURS),
    (lambda d: d / np.timedelta64(1, "h"), HOURS),
    (lambda d: d // pd.Timedelta("1h"), HOURS),
    (lambda d: d % pd.Timedelta("1h"), HOURS),
    (lambda d: d * 2, HOURS),
    (lambda d: 1.5 * d, HOURS),
    (lambda d: d / 2, HOURS),
    (lambda d: d > timedelta(hours=1), HOURS),
    (lambda d: d.clip(lower=pd.Timedelta("3h")), HOURS),
    (lambda d: d.clip(timedelta(0), timedelta(hours=1)), HOURS),
    (lambda d: d.dt.total_seconds(), HOURS),
    (lambda d: d.abs(), HOURS),
)


@pytest.mark.parametrize(("operation", "series"), ORDINARY)
def test_ordinary_operations_are_not_refused(operation: Operation, series: pd.Series) -> None:
    for rows in (series, series[:0], pd.concat([series] * 12, ignore_index=True)):
        assert answered(operation, rows)


def test_numbers_times_a_duration_are_durations() -> None:
    for numbers in (pd.Series([1, 2]), pd.Series([1.5, np.nan]), pd.Series(np.arange(12))):
        for unit in (pd.Timedelta("1h"), timedelta(hours=1)):
            assert answered(lambda s, unit=unit: s * unit, numbers)
            assert answered(lambda s, unit=unit: unit * s, numbers)
