"""Columns as arrays, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from drivers.engines.local.columns import from_sort_keys, sort_keys, values_of

ORDERED: dict[str, list[Any]] = {
    "float64": [-np.inf, -1e300, -1.0, -5e-324, -0.0, 0.0, 5e-324, 1.0, 1e300, np.inf],
    "float32": [-np.inf, -1.5, -0.0, 0.0, 1e-45, 3.0, np.inf],
    "int64": [-(2**63), -1, 0, 1, 2**63 - 1],
    "int8": [-128, -1, 0, 127],
    "uint64": [0, 1, 2**63 - 1, 2**63, 2**64 - 1],
    "bool": [False, True],
}
COLUMNS: dict[str, list[Any]] = {
    "float64": [1.5, None, -0.0],
    "Float64": [1.5, None, 0.0],
    "float32": [0.5, None],
    "int64": [2**53 + 1, -1],
    "Int64": [2**53 + 1, None, -(2**63)],
    "UInt64": [2**64 - 1, None],
    "bool": [True, False],
    "boolean": [True, None, False],
    "str": ["b", None, "", "é", "b"],
    "datetime64[us, UTC]": [pd.Timestamp("1900-01-01", tz="UTC"), None],
}


@pytest.mark.parametrize("dtype", ORDERED)
def test_keys_are_in_the_order_of_numbers(dtype: str) -> None:
    numbers = np.array(ORDERED[dtype], dtype)
    keys = sort_keys(numbers)
    assert keys.dtype == np.int64
    assert (np.diff(keys.astype(object)) > 0).all()
    back = from_sort_keys(keys, numbers.dtype)
    assert back.dtype == numbers.dtype
    assert back.tobytes() == numbers.tobytes()


@pytest.mark.parametrize("dtype", COLUMNS)
@pytest.mark.parametrize("length", [0, 1, 5])
def test_values(dtype: str, length: int) -> None:
    expected = COLUMNS[dtype][:length]
    found = values_of(pd.Series(expected, dtype=dtype))
    assert found.arrow().to_pylist() == expected
    assert found.null.tolist() == [value is None for value in expected]


def test_nothing_but_nulls() -> None:
    for dtype in COLUMNS:
        if dtype not in ("int64", "bool"):
            assert values_of(pd.Series([None, None], dtype=dtype)).arrow().to_pylist() == [None] * 2


def test_texts_are_in_order() -> None:
    found = values_of(pd.Series(["b", "a", "é", "", "a"], dtype="str"))
    assert found.texts is not None
    assert found.texts.to_pylist() == ["", "a", "b", "é"]
    assert found.numbers.tolist() == [2, 1, 3, 0, 1]
