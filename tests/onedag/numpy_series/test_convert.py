"""Stand-ins of Series, Arrow columns and Python values, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given

from onedag.dtypes import TIMESTAMP, ColumnType, series_to_arrow
from onedag.dtypes import to_series as canonical
from onedag.errors import SchemaMismatch
from onedag.numpy_series import (
    NumpySeries,
    Refused,
    column_type,
    from_array,
    from_series,
    from_values,
    nulls,
    refusals,
    to_arrow,
    to_list,
    to_series,
)
from tests.onedag.numpy_series.harness import (
    ALL,
    OTHERS,
    SETTINGS,
    assert_same,
    columns,
    examples,
    make,
)

ZONED = tuple(dtype for dtype in ALL if dtype != "datetime64[us]")  # naive times mean UTC elsewhere


@pytest.mark.parametrize("dtype", ALL)
@SETTINGS
@given(data=columns(ALL))
def test_a_series_and_back(dtype: str, data: pd.Series) -> None:
    for series in (data, *examples_or_none(dtype)):
        column = from_series(series)
        assert len(column) == len(series)
        assert_same(column, series)


def examples_or_none(dtype: str) -> list[pd.Series]:
    return [make(dtype, [])] if dtype in ("str", *ALL[-3:]) else examples(dtype)


@SETTINGS
@given(series=columns(ZONED))
def test_arrow_has_what_the_series_gives(series: pd.Series) -> None:
    array, typed = to_arrow(from_series(series))
    expected, expected_type = series_to_arrow(series, "column")
    assert typed == expected_type
    assert array.type == expected.type
    assert array.is_null().to_pylist() == expected.is_null().to_pylist()
    assert repr(array.to_pylist()) == repr(expected.to_pylist())
    assert nulls(from_series(series)).tolist() == expected.is_null().to_pylist()


@SETTINGS
@given(series=columns(ZONED))
def test_values_and_back(series: pd.Series) -> None:
    column = from_series(series)
    typed = column_type(column)
    values = to_list(column)
    assert values == to_arrow(column)[0].to_pylist()
    if typed.arrow == pa.duration("us"):
        return
    again = from_values(values, typed)
    assert_same(again, canonical(pa.array(values, typed.arrow), typed))
    assert repr(to_list(again)) == repr(values)


@pytest.mark.parametrize("dtype", OTHERS)
def test_dtypes_without_a_stand_in(dtype: str) -> None:
    before = refusals()
    with pytest.raises(Refused, match=r"stand-in|array|Series"):
        from_series(make(dtype, [0] if dtype.startswith("d") else ["a"]))
    assert refusals() == before + 1


@pytest.mark.parametrize(
    "array",
    [np.zeros((2, 2)), np.array(1.0), np.zeros(1, "f2"), np.zeros(1, ">f8"), np.array(["a"])],
)
def test_arrays_without_a_stand_in(array: Any) -> None:
    with pytest.raises(Refused):
        from_array(array)


def test_an_array_is_shared() -> None:
    array = np.array([1.5, 2.5])
    column = from_array(array)
    assert column._values is array
    assert not np.shares_memory(to_series(column).to_numpy(), array)


def test_null_where_none_may_be() -> None:
    with pytest.raises(SchemaMismatch, match="1 nulls"):
        from_values([1, None], ColumnType(pa.int64(), nullable=False))


@pytest.mark.parametrize("arrow", [pa.list_(pa.int64()), pa.date32()])
def test_types_without_a_stand_in(arrow: pa.DataType) -> None:
    with pytest.raises(Refused, match="a column of"):
        from_values([None], ColumnType(arrow))


def test_a_refusal_says_what_and_of_what() -> None:
    column = from_array(np.array([1.0]))
    with pytest.raises(Refused, match=r"\.rank of float64"):
        column.rank()
    assert not issubclass(Refused, Exception)
    assert isinstance(column, pd.Series)
    assert type(column) is NumpySeries
    assert column_type(from_series(make("datetime64[us, UTC]", [0]))).arrow == TIMESTAMP
