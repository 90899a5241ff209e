"""A function sees stand-in pandas in its globals, and everything else as it is."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas import to_datetime

from onedag.numpy_series import NumpySeries, Refused, from_series, to_series
from onedag.numpy_series.namespace import PandasFunctions, with_stand_in_pandas
from tests.onedag.numpy_series.harness import ALL, SETTINGS, answered, columns, examples, make

state = {"factor": 2}
FACTOR = 2
UNITS = ("D", "h", "min", "s", "ms", "us", "seconds", "days")


def aware(times: pd.Series) -> pd.Series:
    return pd.to_datetime(times, utc=True)


def imported(times: pd.Series) -> pd.Series:
    return to_datetime(times, utc=True)


def by_helper(times: pd.Series) -> pd.Series:
    return _helper(times)


def _helper(times: pd.Series) -> pd.Series:
    return _inner(times) if len(times) >= 0 else by_helper(times)


def _inner(times: pd.Series) -> pd.Series:
    return pd.to_datetime(times, utc=True)


def in_an_inner_function(times: pd.Series) -> pd.Series:
    def inner(each: pd.Series) -> pd.Series:
        return pd.to_datetime(each, utc=True)

    return next(inner(times) for _ in range(1))


@pytest.mark.parametrize("function", [aware, imported, by_helper, in_an_inner_function])
@pytest.mark.parametrize("times", examples("datetime64[us]"))
def test_functions_of_pandas_take_stand_ins(function: Callable[..., Any], times: pd.Series) -> None:
    assert answered(with_stand_in_pandas(function), times)


def checks(values: object) -> bool:
    return isinstance(values, pd.Series) and pd.Series is type(pd.Series([1]))


def test_classes_are_those_of_pandas() -> None:
    copy = with_stand_in_pandas(checks)
    assert copy is not checks
    assert copy(from_series(pd.Series([1])))
    assert copy(pd.Series([1]))
    assert not copy([1])


def scaled(x: float, *, by: float = 1.0) -> float:
    """Uses pandas for nothing but its version."""
    return x * by * FACTOR * state["factor"] * len(pd.__version__[:1])


def test_a_copy_sees_what_its_module_becomes(monkeypatch: pytest.MonkeyPatch) -> None:
    copy = with_stand_in_pandas(scaled)
    assert copy(1.0) == 4.0
    monkeypatch.setitem(globals(), "FACTOR", 3)
    assert copy(1.0, by=2.0) == 12.0
    monkeypatch.delitem(globals(), "FACTOR")
    with pytest.raises(NameError, match="FACTOR"):
        copy(1.0)


def test_a_copy_is_like_its_function() -> None:
    copy = with_stand_in_pandas(scaled)
    assert copy is not scaled
    for name in ("__doc__", "__name__", "__qualname__", "__module__", "__annotations__"):
        assert getattr(copy, name) == getattr(scaled, name)
    assert copy.__kwdefaults__ == {"by": 1.0}  # type: ignore[attr-defined]


def test_closures_are_kept() -> None:
    count = 0

    def counted(times: pd.Series) -> pd.Series:
        nonlocal count
        count += 1
        return pd.to_datetime(times)

    with_stand_in_pandas(counted)(from_series(make("datetime64[us]", [1])))
    assert count == 1


def test_a_partial_is_made_of_the_copy() -> None:
    times = from_series(make("datetime64[us]", [1]))
    partial = with_stand_in_pandas(functools.partial(aware, times))
    assert isinstance(partial, functools.partial)
    assert partial.args == (times,)
    assert partial().dtype == "datetime64[us, UTC]"


def plain(x: float) -> float:
    return math.sqrt(x)


def sets_a_global() -> int:
    global counter
    counter = len(pd.__version__)
    return counter


class Called:
    def __call__(self) -> str:
        return pd.__version__


@pytest.mark.parametrize(
    "function", [plain, sets_a_global, len, functools.partial(plain, 1.0), Called(), str.lower]
)
def test_what_needs_no_copy_is_given_back(function: Callable[..., Any]) -> None:
    assert with_stand_in_pandas(function) is function


@SETTINGS
@given(column=columns(ALL), unit=st.sampled_from((None, *UNITS)))
def test_what_is_answered_is_what_pandas_gives(column: pd.Series, unit: str | None) -> None:
    # The harness calls one operation on both: only a stand-in is of the class NumpySeries.
    def of(name: str, **options: Any) -> Callable[[Any], Any]:
        ours = PandasFunctions()
        return lambda s: getattr(ours if type(s) is NumpySeries else pd, name)(s, **options)

    for name in ("isna", "isnull", "notna", "notnull", "to_numeric", "to_datetime"):
        answered(of(name), column)
    answered(of("to_datetime", utc=True), column)
    answered(of("to_timedelta", unit=unit), column)


def test_whole_numbers_become_durations() -> None:
    ours = PandasFunctions()
    for unit in UNITS:
        for rows in ([1, -2], [7], []):
            numbers = pd.Series(np.array(rows, np.int64))
            found = to_series(ours.to_timedelta(from_series(numbers), unit=unit))
            pd.testing.assert_series_equal(found, pd.to_timedelta(numbers, unit=unit))


def test_other_functions_refuse_stand_ins_and_take_the_rest() -> None:
    ours = PandasFunctions()
    column = from_series(pd.Series([1.0, 2.0]))
    for call in (
        lambda: ours.cut(column, 2),
        lambda: ours.concat([column, column]),
        lambda: ours.get_dummies(data=column),
        lambda: ours.to_datetime([column]),
    ):
        with pytest.raises(Refused):
            call()
    assert ours.cut([1.0, 2.0], 2).codes.tolist() == [0, 1]
    assert ours.Timestamp is pd.Timestamp
    assert ours.isna(None) is True
    assert ours.to_datetime("2020-01-01") == pd.Timestamp("2020-01-01")
    with pytest.raises(AttributeError, match="nonsense"):
        ours.nonsense  # noqa: B018
