"""Each reduction against pandas, and that partial results may be merged."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onedag.aggregates.reductions import KINDS, Aggregator, First, Last, Sum, Var, fold, known

FLOATS = (0.0, -0.0, 0.1, 2.5, -7.0, 1e16, -1e16, math.inf, -math.inf, None)
INTEGERS = (0, 1, -1, 2**62, -(2**63), 2**63 - 1, 5, None)
COLUMNS: dict[str, Sequence[Any]] = {
    "float64": FLOATS,
    "Int64": INTEGERS,
    "UInt8": (0, 1, 200, 255, None),
    "boolean": (True, False, None),
    "str": ("a", "", "é", None),
    "datetime64[us, UTC]": (pd.Timestamp(0, tz="UTC"), pd.Timestamp("2026-01-01", tz="UTC"), None),
}
ROUNDED = ("mean", "std", "sum", "var")
_SETTINGS = settings(max_examples=60, deadline=None, derandomize=True, database=None)


@pytest.mark.parametrize("dtype", COLUMNS)
@pytest.mark.parametrize("kind", KINDS)
@_SETTINGS
@given(data=st.data(), q=st.sampled_from([0.0, 0.1, 1 / 3, 0.5, 0.9, 1.0]))
def test_a_reduction_is_what_pandas_returns(
    kind: str, dtype: str, data: st.DataObject, q: float
) -> None:
    values = data.draw(st.lists(st.sampled_from(COLUMNS[dtype]), min_size=1, max_size=9))
    series = pd.Series(values, dtype=dtype)
    one = known(kind, series.dtype, q)
    if one is None:
        assert unknown(kind, dtype)
        return
    expected, found = pandas(series, kind, q), fold(one.aggregator, values)
    if kind in ROUNDED and isinstance(found, float) and isinstance(expected, float):
        largest = max((abs(float(v)) for v in values if v is not None), default=0.0)
        largest = largest**2 if kind == "var" else largest
        assert found == expected or abs(found - expected) <= 1e-14 * largest
    else:
        assert (found, type(found)) == (expected, type(expected))


def pandas(series: pd.Series, kind: str, q: float) -> Any:
    """pandas' answer as a Python scalar, None for null."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if kind in ("first", "last"):
            found = series.iloc[0 if kind == "first" else -1]
        else:
            found = series.quantile(q) if kind == "quantile" else getattr(series, kind)()
    if isinstance(found, np.generic):
        found = found.item()
    found = None if pd.isna(found) else found
    return float(found) if kind == "quantile" and found is not None else found


def unknown(kind: str, dtype: str) -> bool:
    """Whether pandas refuses this, or nothing is said of it here."""
    if dtype in ("str", "datetime64[us, UTC]"):
        return kind in ("all", "any", "mean", "median", "quantile", "std", "sum", "var")
    return dtype == "boolean" and kind == "quantile"


@pytest.mark.parametrize("dtype", COLUMNS)
@pytest.mark.parametrize("kind", KINDS)
@_SETTINGS
@given(data=st.data())
def test_merging(kind: str, dtype: str, data: st.DataObject) -> None:
    """However a window is cut, the result is the same; and parts commute, but for the ends."""
    values = data.draw(st.lists(st.sampled_from(COLUMNS[dtype]), max_size=9))
    cut = data.draw(st.integers(0, len(values)))
    one = known(kind, pd.Series([], dtype=dtype).dtype, 0.3)
    if one is None:
        return
    aggregator = one.aggregator
    left, right = state(aggregator, values[:cut]), state(aggregator, values[cut:])
    whole = aggregator.result(state(aggregator, values))
    assert aggregator.result(aggregator.merge(left, right)) == whole
    if not isinstance(aggregator, First):
        assert aggregator.result(aggregator.merge(right, left)) == whole
    assert aggregator.result(aggregator.merge(aggregator.init(), left)) == fold(
        aggregator, values[:cut]
    )


def state(aggregator: Aggregator[Any], values: Sequence[Any]) -> Any:
    made = aggregator.init()
    for value in values:
        made = aggregator.add(made, value)
    return made


def test_a_large_value_leaves_the_small_ones() -> None:
    assert fold(Sum(), [1e16, 0.1, 0.2, -1e16]) == math.fsum([0.1, 0.2])
    assert fold(Var(), [1e16 + 2, 1e16 + 4]) == 2.0


def test_beyond_the_largest_float() -> None:
    assert fold(Sum(), [1.7e308, 1.7e308]) == math.inf
    assert fold(Sum(), [-1.7e308, -1.7e308]) == -math.inf
    assert fold(Sum(), [1.7e308, 1.7e308, -1.7e308]) == 1.7e308


def test_a_null_at_an_end_is_the_answer() -> None:
    assert fold(First(), [None, 1]) is None
    assert fold(Last(), [1, None]) is None


@pytest.mark.parametrize("dtype", ["category", "object", "complex128", "m8[us]", "float32"])
def test_a_dtype_of_which_little_is_known(dtype: str) -> None:
    column = pd.Series([], dtype=dtype).dtype
    assert known("count", column) is not None
    assert known("sum", column) is None
    assert known("quantile", column, 0.5) is None
