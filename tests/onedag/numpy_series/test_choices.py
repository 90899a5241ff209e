"""``where``, ``mask``, ``fillna`` and ``clip``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.onedag.numpy_series.harness import (
    ALL,
    MASKED,
    NUMBERS,
    SETTINGS,
    answered,
    columns,
    examples,
    make,
    tables,
)

BOOLS = ("bool", "boolean")
SCALARS = st.one_of(
    st.sampled_from([0, 1, -1, 3, 300, 2**31, 2**53 + 1, 2**63, 10**400, True, False]),
    st.sampled_from([0.0, -0.0, 0.5, 1.0, 2.0, 0.1, -3.5, 1e300, float("inf"), float("nan")]),
    st.sampled_from([np.float64(0.1), np.float32(0.1), np.int8(3), np.int64(2**62), np.True_]),
    st.sampled_from([None, pd.NA, pd.NaT, "a", b"a", 1j, (1, 2), [1], {0: 1}, np.array(2.0)]),
)


@pytest.mark.parametrize("name", ["where", "mask"])
@SETTINGS
@given(table=tables(NUMBERS, BOOLS), scalar=SCALARS)
def test_where(name: str, table: tuple[pd.Series, pd.Series], scalar: Any) -> None:
    answered(lambda a, cond: getattr(a, name)(cond), *table)
    answered(lambda a, cond: getattr(a, name)(cond, scalar), *table)
    array = table[1].fillna(False).to_numpy(bool)
    answered(lambda a: getattr(a, name)(array, scalar), table[0])


@pytest.mark.parametrize("name", ["where", "mask"])
@SETTINGS
@given(data=st.data())
def test_where_of_two(name: str, data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from(NUMBERS))
    table = data.draw(tables(dtype, BOOLS, ALL))
    same = data.draw(tables(dtype, BOOLS, dtype))
    for each in (table, same):
        answered(lambda a, cond, b: getattr(a, name)(cond, b), *each)
    array = same[2].to_numpy(copy=True)
    answered(lambda a, cond: getattr(a, name)(cond, array), *same[:2])


@SETTINGS
@given(column=columns(NUMBERS), scalar=SCALARS)
def test_fillna(column: pd.Series, scalar: Any) -> None:
    answered(lambda a: a.fillna(scalar), column)


@SETTINGS
@given(data=st.data())
def test_fillna_with_a_column(data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from(("float32", "float64", *MASKED)))
    answered(lambda a, b: a.fillna(b), *data.draw(tables(dtype, ALL)))
    answered(lambda a, b: a.fillna(b), *data.draw(tables(dtype, dtype)))


@SETTINGS
@given(column=columns(NUMBERS), lower=SCALARS, upper=SCALARS)
def test_clip(column: pd.Series, lower: Any, upper: Any) -> None:
    answered(lambda a: a.clip(lower, upper), column)
    answered(lambda a: a.clip(lower), column)
    answered(lambda a: a.clip(upper=upper), column)
    answered(lambda a: np.clip(a, lower, upper), column)


@SETTINGS
@given(data=st.data(), scalar=SCALARS)
def test_clip_by_columns(data: st.DataObject, scalar: Any) -> None:
    dtype = data.draw(st.sampled_from(NUMBERS))
    for dtypes in ((dtype, dtype, dtype), (dtype, NUMBERS, NUMBERS)):
        table = data.draw(tables(*dtypes))
        answered(lambda a, b, c: a.clip(b, c), *table)
        answered(lambda a, b: a.clip(upper=b), *table[:2])
        answered(lambda a, b: a.clip(scalar, b), *table[:2])
        answered(lambda a, b: a.clip(b, scalar), *table[:2])


COMMON: dict[str, Callable[[Any], Any]] = {
    "where": lambda a: a.where(a > 1),
    "where else": lambda a: a.where(a > 1, 0),
    "where by nullable": lambda a: a.where(a.astype("Float64") > 1, a),
    "mask": lambda a: a.mask(a > 1),
    "mask else": lambda a: a.mask(a > 1, a + 1),
    "fillna": lambda a: a.fillna(0),
    "fillna with": lambda a: a.fillna(a),
    "clip": lambda a: a.clip(1, 2),
    "clip below": lambda a: a.clip(lower=2),
    "clip above": lambda a: a.clip(upper=a.fillna(1)),
    "np.clip": lambda a: np.clip(a, 1, 2),
}


@pytest.mark.parametrize("name", COMMON)
@pytest.mark.parametrize("dtype", ["float64", "int64", "Int64", "Float64"])
def test_what_is_common_is_answered(name: str, dtype: str) -> None:
    for column in examples(dtype):
        assert answered(COMMON[name], column)


@pytest.mark.parametrize("dtype", BOOLS)
def test_bools_are_answered(dtype: str) -> None:
    for column in examples(dtype):
        assert answered(lambda a: a.fillna(False), column)
        assert answered(lambda a: a.where(a, False), column)
        assert answered(lambda a: a.mask(a, a), column)


def test_zeros_and_nans() -> None:
    column = make("float64", [0.0, -0.0, float("nan"), float("inf"), -5.0])
    assert answered(lambda a: a.clip(0, 10), column)
    assert answered(lambda a: a.clip(-0.0, 10), column)
    assert answered(lambda a: a.fillna(-0.0), column)
    assert answered(lambda a: a.where(a != 0, -1), column)


def test_integers_widen_when_they_must() -> None:
    column = make("int64", [1, 5, -3])
    assert answered(lambda a: a.where(a > 0, 0.5), column)
    assert answered(lambda a: a.where(a > 9, 2.0), column)
    assert answered(lambda a: a.where(a > -9, 0.5), column)
    assert answered(lambda a: a.clip(0.5, 3), column)


def test_narrow_integers_widen_less() -> None:
    column, keep = make("int8", [1, -3]), make("bool", [True, False])
    answered(lambda a, b: a.where(b, np.float32(0.1)), column, keep)
    answered(lambda a, b, c: a.where(b, c), column, keep, make("int16", [1, 2]))
    assert answered(lambda a, b: a.where(b, 0.5), column, keep)
