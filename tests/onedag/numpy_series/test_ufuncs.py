"""NumPy's functions of columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onedag.numpy_series import Refused, from_series
from tests.onedag.numpy_series.harness import (
    ALL,
    NUMBERS,
    SETTINGS,
    answered,
    columns,
    examples,
    make,
    tables,
)

ONE = [
    each
    for each in vars(np).values()
    if isinstance(each, np.ufunc) and each.nin == 1 and each.__name__ != "isnat"
]
TWO = [each for each in vars(np).values() if isinstance(each, np.ufunc) and each.nin == 2]
NUMBER = st.sampled_from([0, 1, -1, 3, 0.5, -0.0, float("nan"), True, np.float64(2), np.int8(2)])


def name(ufunc: np.ufunc) -> str:
    return ufunc.__name__


@pytest.mark.parametrize("ufunc", ONE, ids=name)
@SETTINGS
@given(column=columns((*NUMBERS, *ALL)))
def test_of_a_column(ufunc: np.ufunc, column: pd.Series) -> None:
    answered(ufunc, column)


@pytest.mark.parametrize("ufunc", TWO, ids=name)
@SETTINGS
@given(data=st.data(), number=NUMBER)
def test_of_two(ufunc: np.ufunc, data: st.DataObject, number: Any) -> None:
    answered(ufunc, *data.draw(tables(ALL, ALL)))
    left, right = data.draw(tables(NUMBERS, NUMBERS))
    answered(ufunc, left, right)
    answered(ufunc, left, left)
    answered(lambda each: ufunc(each, number), left)
    answered(lambda each: ufunc(number, each), left)
    array = right.to_numpy(copy=True)
    answered(lambda each: ufunc(each, array), left)
    answered(lambda each: ufunc(array, each), left)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "where": lambda a, b: np.where(a > 1, a, b),
    "where scalar": lambda a, b: np.where(b > 1, 1.0, 0.0),
    "where nan": lambda a, b: np.where(a == b, np.nan, a),
    "select": lambda a, b: np.select([a > 1, b > 1], [a, b], 0),
    "select else": lambda a, b: np.select([a > 1, b > 1], [1.0, 2.0], default=np.nan),
    "nan_to_num": lambda a, b: np.nan_to_num(a),
    "isclose": lambda a, b: np.isclose(a, b),
    "interp": lambda a, b: np.interp(a, [0, 1, 2], [0.0, 5.0, 1.0]),
    "digitize": lambda a, b: np.digitize(a, [0, 1, 2]),
    "isin": lambda a, b: np.isin(a, [1, 2]),
    "zeros_like": lambda a, b: np.zeros_like(a),
    "full_like": lambda a, b: np.full_like(a, 1),
    "round": lambda a, b: np.round(a, 1),
    "around": lambda a, b: np.around(a),
    "clip": lambda a, b: np.clip(a, 0, 1),
    "clip by": lambda a, b: np.clip(a, b, None),
    "array": lambda a, b: np.array([a, b]),
    "sum": lambda a, b: np.sum(a),
    "mean": lambda a, b: np.mean(a),
    "diff": lambda a, b: np.diff(a),
    "column_stack": lambda a, b: np.column_stack([a, b]),
}


@pytest.mark.parametrize("function", FUNCTIONS)
@SETTINGS
@given(data=st.data())
def test_of_arrays(function: str, data: st.DataObject) -> None:
    answered(FUNCTIONS[function], *data.draw(tables(NUMBERS, NUMBERS)))
    answered(FUNCTIONS[function], *data.draw(tables(ALL, ALL)))


COMMON = [
    *(np.log, np.log1p, np.exp, np.expm1, np.sqrt, np.sin, np.cos, np.floor, np.ceil, np.trunc),
    *(np.abs, np.sign, np.square, np.isfinite, np.isnan, np.isinf, np.negative, np.radians),
]
COMMON_TWO = [
    *(np.maximum, np.minimum, np.hypot, np.arctan2, np.power, np.add, np.divide, np.less),
    *(np.logical_and, np.logical_or, np.fmod, np.greater_equal, np.fmax, np.subtract),
]


@pytest.mark.parametrize("dtype", ["float64", "int64", "Int64", "Float64"])
@pytest.mark.parametrize("ufunc", COMMON, ids=name)
def test_what_is_common_is_answered(ufunc: np.ufunc, dtype: str) -> None:
    for column in examples(dtype):
        assert answered(ufunc, column)


@pytest.mark.parametrize("dtype", ["float64", "int64", "Int64", "Float64"])
@pytest.mark.parametrize("ufunc", COMMON_TWO, ids=name)
def test_what_is_common_of_two_is_answered(ufunc: np.ufunc, dtype: str) -> None:
    for column in examples(dtype):
        if ufunc is np.power and column.isna().any():
            continue
        assert answered(ufunc, column, column)
        assert answered(lambda each: ufunc(each, 2), column)
        assert answered(lambda each: ufunc(2.0, each), column)
        assert answered(lambda each, like=column: ufunc(np.arange(len(like)), each), column)


@pytest.mark.parametrize(
    "function", ["where", "where scalar", "where nan", "select", "nan_to_num", "isclose", "clip"]
)
@pytest.mark.parametrize("dtype", ["float64", "int64"])
def test_functions_are_answered(function: str, dtype: str) -> None:
    for column in examples(dtype):
        assert answered(FUNCTIONS[function], column, column)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda a: np.add(a, 1, out=np.zeros(1)),
        lambda a: np.log(a, where=np.array([True])),
        lambda a: np.add.reduce(a),
        lambda a: np.add.outer(a, a),
        lambda a: np.modf(a),
        lambda a: np.sum(a),
        lambda a: np.nan_to_num(a, nan=1.0),
        lambda a: np.sin(a, dtype="f4"),
        lambda a: np.maximum(a, None),
        lambda a: np.maximum(a, [1.0]),
        lambda a: np.clip(a, 1.0),
    ],
)
def test_what_is_refused(wrong: Callable[[Any], Any]) -> None:
    with pytest.raises(Refused):
        wrong(from_series(make("float64", [1.0])))
