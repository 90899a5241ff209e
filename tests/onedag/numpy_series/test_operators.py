"""Operators of columns of numbers, with columns, scalars and arrays."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
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

Operation = Callable[[Any, Any], Any]

ARITHMETIC: dict[str, Operation] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}
COMPARISONS: dict[str, Operation] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
LOGICAL: dict[str, Operation] = {"&": operator.and_, "|": operator.or_, "^": operator.xor}
OPERATORS = {**ARITHMETIC, **COMPARISONS, **LOGICAL}
METHODS = (
    *("add", "sub", "mul", "div", "truediv", "floordiv", "mod", "pow"),
    *("radd", "rsub", "rmul", "rdiv", "rtruediv", "rfloordiv", "rmod", "rpow"),
    *("eq", "ne", "lt", "le", "gt", "ge", "subtract", "multiply", "divide"),
)
UNARY: dict[str, Callable[[Any], Any]] = {
    "-": operator.neg,
    "+": operator.pos,
    "~": operator.inv,
    "abs": abs,
    "round": round,
    "round to 1": lambda a: round(a, 1),
}

SCALARS = st.one_of(
    st.sampled_from([0, 1, -1, 2, 3, -7, 300, 2**31, 2**53 + 1, 2**63, -(2**63), 10**400]),
    st.sampled_from([0.0, -0.0, 0.5, 1.0, 2.0, 0.1, -3.5, 1e300, float("inf"), float("nan")]),
    st.sampled_from([True, False, np.True_, np.float64(0.1), np.float32(0.1), np.int8(3)]),
    st.sampled_from([np.int64(2), np.int64(2**62), np.uint64(7), np.uint8(0), np.float64("nan")]),
    st.sampled_from([None, pd.NA, pd.NaT, "é", b"\xff", 1j, (1, 2), [1], np.array(2.0)]),
)


def method(name: str) -> Operation:
    return lambda left, right: getattr(left, name)(right)


@pytest.mark.parametrize("sign", OPERATORS)
@SETTINGS
@given(data=st.data())
def test_two_columns(sign: str, data: st.DataObject) -> None:
    left, right = data.draw(tables(NUMBERS, NUMBERS))
    answered(OPERATORS[sign], left, right)


@pytest.mark.parametrize("sign", OPERATORS)
@SETTINGS
@given(data=st.data())
def test_two_columns_of_a_dtype(sign: str, data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from(NUMBERS))
    left, right = data.draw(tables(dtype, dtype))
    answered(OPERATORS[sign], left, right)
    answered(lambda column: OPERATORS[sign](column, column), left)


@pytest.mark.parametrize("sign", OPERATORS)
@SETTINGS
@given(column=columns(NUMBERS), scalar=SCALARS)
@example(column=make("boolean", [True]), scalar=2**63)
@example(column=make("Float32", [1.0]), scalar=10**400)
def test_a_column_and_a_scalar(sign: str, column: pd.Series, scalar: Any) -> None:
    answered(lambda each: OPERATORS[sign](each, scalar), column)
    answered(lambda each: OPERATORS[sign](scalar, each), column)


@pytest.mark.parametrize("sign", OPERATORS)
@SETTINGS
@given(data=st.data())
def test_a_column_and_an_array(sign: str, data: st.DataObject) -> None:
    left, right = data.draw(tables(NUMBERS, NUMBERS))
    array = right.to_numpy(copy=True)
    answered(lambda each: OPERATORS[sign](each, array), left)
    answered(lambda each: OPERATORS[sign](array, each), left)


@pytest.mark.parametrize("name", METHODS)
@SETTINGS
@given(data=st.data(), scalar=SCALARS)
def test_methods(name: str, data: st.DataObject, scalar: Any) -> None:
    left, right = data.draw(tables(NUMBERS, NUMBERS))
    answered(method(name), left, right)
    answered(method(name), left, left)
    answered(lambda each: method(name)(each, scalar), left)


@pytest.mark.parametrize("name", UNARY)
@SETTINGS
@given(column=columns(ALL))
def test_one_column(name: str, column: pd.Series) -> None:
    answered(UNARY[name], column)


@pytest.mark.parametrize("sign", OPERATORS)
@SETTINGS
@given(one=columns(NUMBERS), other=columns(NUMBERS))
def test_columns_of_different_lengths(sign: str, one: pd.Series, other: pd.Series) -> None:
    answered(OPERATORS[sign], one, other)


COMMON = ("float64", "int64", "Int64", "Float64")


@pytest.mark.parametrize("dtype", COMMON)
@pytest.mark.parametrize("other", COMMON)
@pytest.mark.parametrize("sign", ["+", "-", "*", "/", *COMPARISONS])
def test_what_is_common_is_answered(sign: str, dtype: str, other: str) -> None:
    for left, right in zip(examples(dtype)[:4], examples(other)[:4], strict=False):
        if len(left) == len(right):
            assert answered(OPERATORS[sign], left, right)


@pytest.mark.parametrize("dtype", COMMON)
@pytest.mark.parametrize("sign", [*ARITHMETIC, *COMPARISONS])
def test_scalars_are_answered(sign: str, dtype: str) -> None:
    by_hidden = sign in ("//", "%", "**") and dtype not in ("float64", "int64")
    for column in examples(dtype):
        for scalar in (2, 2.5, 0.5, np.float64(2), np.int64(3)):
            if not (by_hidden and column.isna().any()):
                assert answered(lambda each, by=scalar: OPERATORS[sign](each, by), column)
                assert answered(lambda each, by=scalar: OPERATORS[sign](by, each), column)


@pytest.mark.parametrize("dtype", ["bool", "boolean"])
@pytest.mark.parametrize("sign", [*LOGICAL, "==", "!=", "+", "*"])
def test_logic_is_answered(sign: str, dtype: str) -> None:
    for column in examples(dtype):
        assert answered(lambda each: OPERATORS[sign](each, ~each), column)
        assert answered(lambda each: OPERATORS[sign](each, True), column)
        if sign in LOGICAL:
            assert answered(lambda each: OPERATORS[sign](False, each), column)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("dtype", ["float64", "int64"])
def test_methods_are_answered(name: str, dtype: str) -> None:
    for column in examples(dtype):
        assert answered(lambda each: method(name)(each, each), column)
        assert answered(lambda each: method(name)(each, 2), column)


@pytest.mark.parametrize("name", ["-", "+", "abs", "round"])
@pytest.mark.parametrize("dtype", [*COMMON, "bool", "boolean"])
def test_one_column_is_answered(name: str, dtype: str) -> None:
    for column in examples(dtype):
        assert answered(UNARY[name], column)


def test_division_by_zero() -> None:
    zeros = make("int64", [0, 0, 0])
    assert answered(lambda a, b: a // b, make("int64", [1, 0, -1]), zeros)
    assert answered(lambda a, b: a % b, make("int64", [1, 0, -1]), zeros)
    assert answered(lambda a: 1 // a, zeros)
    assert answered(lambda a: a.floordiv(a), zeros)  # other than the operator


@pytest.mark.parametrize(
    "wrong",
    [
        lambda a: a.__iadd__(1),
        lambda a: a.add(1, fill_value=0),
        lambda a: divmod(a, 2),
        lambda a: a @ a,
        lambda a: a + pd.Series([1.0]),
        lambda a: pd.Series([1.0]) + a,
        lambda a: a + pd.array([1.0]),
        lambda a: a + pd.Index([1.0]),
        lambda a: a + [1.0],  # noqa: RUF005
    ],
)
def test_what_is_refused(wrong: Callable[[Any], Any]) -> None:
    with pytest.raises(Refused):
        wrong(from_series(make("float64", [1.0])))
