"""``astype``, ``isin``, ``map``, ``round``, ``between``; what a column says of itself."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onedag.numpy_series import Refused, from_series, to_series
from tests.onedag.numpy_series.harness import (
    ALL,
    MASKED,
    NUMBERS,
    NUMPY,
    SETTINGS,
    answered,
    columns,
    examples,
    make,
)

DTYPES = st.one_of(
    st.sampled_from((*NUMBERS, *NUMBERS, "float", "int")),
    st.sampled_from((float, int, bool, np.float32, np.int64, np.dtype("u1"), pd.Int64Dtype())),
    st.sampled_from(("object", "category", "str", "datetime64[us]", "nonsense", "f4", "O", None)),
)
KEYS = st.one_of(
    st.sampled_from([0, 1, -1, 2, 3, 7, 10, 255, 2**53 + 1, 2**63 - 1, 2**63]),
    st.sampled_from([0.0, -0.0, 0.5, 1.0, 1.5, -2.5, float("inf"), 2.0**53]),
    st.booleans(),
)
ODD = st.sampled_from([float("nan"), None, pd.NA, "a", np.float64(1.5), np.int64(3)])
VALUES = st.one_of(
    st.lists(st.integers(-5, 5), max_size=4),
    st.lists(st.sampled_from([1.0, 0.5, -0.0, 0.0, 2.5, float("nan")]), max_size=4),
    st.lists(st.booleans(), max_size=3),
    st.lists(st.one_of(KEYS, KEYS, KEYS, ODD), max_size=4),
)
ANSWERS = st.one_of(
    st.integers(-9, 9),
    st.sampled_from([2**53 + 1, 2**63 - 1, 2**63, 0.5, -0.0, 1e300, float("nan")]),
    st.booleans(),
    st.sampled_from(["a", "", "bc"]),
    st.sampled_from([None, pd.NA, np.float64(1.5)]),
)


@SETTINGS
@given(column=columns(NUMBERS), dtype=DTYPES)
def test_astype(column: pd.Series, dtype: Any) -> None:
    answered(lambda a: a.astype(dtype), column)


@pytest.mark.parametrize("dtype", NUMBERS)
@SETTINGS
@given(column=columns(NUMBERS))
def test_astype_of(dtype: str, column: pd.Series) -> None:
    answered(lambda a: a.astype(dtype), column)


@SETTINGS
@given(column=columns(NUMBERS), values=VALUES)
def test_isin(column: pd.Series, values: list[Any]) -> None:
    for kind in (list, tuple, set, frozenset, np.array):
        given_values = kind(values)
        answered(lambda a, these=given_values: a.isin(these), column)


@SETTINGS
@given(data=st.data())
def test_map(data: st.DataObject) -> None:
    column = data.draw(columns(NUMBERS))
    keys = data.draw(VALUES)
    present = [value for value in column.dropna().tolist() if data.draw(st.booleans())]
    answers = data.draw(st.sampled_from([ANSWERS, st.integers(-5, 5), st.floats(), st.text()]))
    mapping = {key: data.draw(answers) for key in [*keys, *present]}
    answered(lambda a: a.map(mapping), column)


@SETTINGS
@given(column=columns(NUMBERS), decimals=st.sampled_from([0, 1, -1, 2, 5, -20, True, 1.0]))
def test_round(column: pd.Series, decimals: Any) -> None:
    answered(lambda a: a.round(), column)
    answered(lambda a: a.round(decimals), column)
    answered(lambda a: np.round(a, decimals), column)


@SETTINGS
@given(
    column=columns(NUMBERS),
    left=KEYS,
    right=KEYS,
    inclusive=st.sampled_from(["both", "neither", "left", "right", "wrong"]),
)
def test_between(column: pd.Series, left: Any, right: Any, inclusive: str) -> None:
    answered(lambda a: a.between(left, right, inclusive=inclusive), column)
    answered(lambda a: a.between(left, a), column)


ASKED: dict[str, Callable[[Any], Any]] = {
    **{
        name: (lambda a, name=name: getattr(a, name)())
        for name in ("isna", "notna", "isnull", "notnull", "copy", "tolist", "to_list", "to_numpy")
    },
    **{
        name: (lambda a, name=name: getattr(a, name))
        for name in ("values", "size", "shape", "empty", "index", "name", "dtype", "ndim")
    },
    "len": len,
    "asarray": np.asarray,
    "array": np.array,
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "repr": repr,
    "isinstance": lambda a: isinstance(a, pd.Series),
    "pipe": lambda a: a.pipe(lambda b, c: b.isna() | c, True),
}


@pytest.mark.parametrize("name", ASKED)
@SETTINGS
@given(column=columns(ALL))
def test_what_a_column_says(name: str, column: pd.Series) -> None:
    answered(ASKED[name], column)


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("dtype", ["float64", "int64", "bool", "Int64", "boolean"])
def test_what_a_column_says_is_answered(name: str, dtype: str) -> None:
    for column in examples(dtype):
        nulls = dtype in MASKED and name in ("values", "asarray", "array", "to_numpy")
        assert answered(ASKED[name], column) or nulls


COMMON: dict[str, Callable[[Any], Any]] = {
    "round": lambda a: a.round(1),
    "between": lambda a: a.between(1, 2),
    "isin": lambda a: a.isin([1, 2]),
    "isin a set": lambda a: a.isin({1, 7}),
    "map": lambda a: a.map({1: 10, 2: 20}),
    "map to floats": lambda a: a.map({1: 1.5, 2: 2.5}),
    "map to text": lambda a: a.map({1: "one", 2: "two"}),
    "astype float64": lambda a: a.astype("float64"),
    "astype float": lambda a: a.astype(float),
    "astype Int64": lambda a: a.astype("Int64"),
    "astype Float64": lambda a: a.astype("Float64"),
    "astype float32": lambda a: a.astype(np.float32),
}


@pytest.mark.parametrize("name", COMMON)
@pytest.mark.parametrize("dtype", ["float64", "int64", "Int64", "Float64"])
def test_what_is_common_is_answered(name: str, dtype: str) -> None:
    for column in examples(dtype):
        assert answered(COMMON[name], column)


@pytest.mark.parametrize("target", ["int64", int, bool, "bool", "int8"])
@pytest.mark.parametrize("dtype", NUMPY)
def test_casts_are_answered(target: Any, dtype: str) -> None:
    for column in examples(dtype):
        assert answered(lambda a: a.astype(target), column)


@pytest.mark.parametrize("dtype", ["bool", "boolean"])
def test_bools_are_answered(dtype: str) -> None:
    for column in examples(dtype):
        for target in ("float64", "boolean", "Int64", "Float64"):
            assert answered(lambda a, to=target: a.astype(to), column)
        assert answered(lambda a: a.isin([True]), column)
        assert answered(lambda a: a.map({True: 1, False: 0}), column)


def test_casts_that_depend_on_the_processor_are_refused() -> None:
    for value in (1e300, float("inf"), float("nan"), -1e19, 2.0**63):
        with pytest.raises(Refused):
            from_series(make("float64", [value])).astype("int64")


@pytest.mark.parametrize(
    "wrong",
    [
        bool,
        list,
        float,
        int,
        hash,
        iter,
        lambda a: a[0],
        lambda a: 1.0 in a,
        lambda a: a.__setitem__(0, 1),
        lambda a: a.__delitem__(0),
        lambda a: a.iloc,
        lambda a: a.drop(0),
        lambda a: a.sum(),
        lambda a: a.rank(),
        lambda a: a.shift(),
        lambda a: a.str,
        lambda a: a._mgr,
        lambda a: a._typ,
        lambda a: a.fillna(),
        lambda a: a.fillna(0, inplace=True),
        lambda a: a.fillna([1]),
        lambda a: a.clip(0, 1, inplace=True),
        lambda a: a.map(len),
        lambda a: a.isin(3),
        lambda a: a.isin(a),
        lambda a: a.astype("int64", errors="ignore"),
        lambda a: a.astype([]),
        lambda a: a.round(1, 2),
        lambda a: a.to_numpy(float),
        pd.isna,
        pd.to_numeric,
        lambda a: pd.concat([a, a]),
        lambda a: pd.DataFrame({"a": a}),
        lambda a: np.asarray(a, "f4"),
        lambda a: copy.copy(a).__reduce_ex__(2),
    ],
)
def test_what_is_refused(wrong: Callable[[Any], Any]) -> None:
    with pytest.raises(Refused):
        wrong(from_series(make("float64", [1.0])))


def test_protocols_that_a_series_lacks() -> None:
    column = from_series(make("float64", [1.0]))
    assert not hasattr(column, "__array_interface__")
    assert not hasattr(pd.Series, "__array_interface__")


def test_two_columns_share_what_neither_writes() -> None:
    column = from_series(make("Int64", [1, None]))
    assert to_series(column.copy()).equals(to_series(column))
    array = from_series(make("float64", [1.0])).to_numpy()
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 2.0
