"""Holds the stand-in to pandas: the same operation on a Series and on its stand-in.

`answered` is the whole contract: the stand-in refuses, or what it gives has the same class, dtype
and bits. What pandas raises for must be refused.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import settings
from hypothesis import strategies as st

from onedag.numpy_series import NumpySeries, Refused, from_series, to_series
from onedag.numpy_series.only import only

__all__ = [
    "ALL",
    "MASKED",
    "NUMBERS",
    "NUMPY",
    "OTHERS",
    "SETTINGS",
    "TIMES",
    "answered",
    "assert_same",
    "columns",
    "examples",
    "make",
    "tables",
]

SETTINGS = settings(max_examples=100, derandomize=True, database=None, deadline=None)

_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
NUMPY = ("bool", *_INTEGERS, "float32", "float64")
MASKED = (
    "boolean",
    *(name.replace("i", "I").replace("uI", "UI") for name in _INTEGERS),
    *("Float32", "Float64"),
)
NUMBERS = (*NUMPY, *MASKED)
TIMES = ("datetime64[us]", "datetime64[us, UTC]", "timedelta64[us]")
OTHERS = ("category", "object", "datetime64[ns]", "string")
"""Without a stand-in."""
ALL = (*NUMBERS, "str", *TIMES)
"""Those that have a stand-in."""

_FLOATS = (0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -2.5, 1e-320, 5e-324, 1e300, -1e300, 2.0**53 + 2)
_NOT_FINITE = (float("inf"), float("-inf"), float("nan"))
_TEXTS = ("", "a", "A", "ab", " x ", "é", "ß", "1", "1.5", "nan", "İ", "\x00", "a,b")
_LENGTHS = (0, 1, 1, 2, 5)


def make(dtype: str, values: Sequence[Any]) -> pd.Series:
    """A Series of exactly these values, None for missing; a NaN in a Float64 stays a NaN."""
    if dtype in MASKED:
        numpy = np.dtype(dtype.lower().replace("boolean", "bool"))
        mask = np.array([value is None for value in values], bool)
        data = np.array([0 if value is None else value for value in values], numpy)
        array = {"b": pd.arrays.BooleanArray, "f": pd.arrays.FloatingArray}
        return pd.Series(array.get(numpy.kind, pd.arrays.IntegerArray)(data, mask))
    if dtype in TIMES:
        micros = [-(2**63) if value is None else value for value in values]
        moments = np.array(micros, np.int64).view("m8[us]" if dtype.startswith("t") else "M8[us]")
        series = pd.Series(moments)
        return series.dt.tz_localize("UTC") if dtype.endswith("UTC]") else series
    if dtype in NUMPY:
        return pd.Series(np.array(values, dtype))
    return pd.Series(list(values), dtype=dtype)


def _values(dtype: str) -> st.SearchStrategy[Any]:
    name = dtype.lower()
    if name in ("bool", "boolean"):
        return st.booleans()
    if name in _INTEGERS:
        ends = np.iinfo(name)
        near = [n for n in (-3, -2, -1, 0, 1, 2, 3, 7, 10, 2**53 + 1) if ends.min <= n <= ends.max]
        extremes = [ends.min, ends.min + 1, ends.max, ends.max - 1]
        return st.one_of(st.sampled_from(near + extremes), st.integers(ends.min, ends.max))
    if name == "float64":
        return st.one_of(st.sampled_from(_FLOATS + _NOT_FINITE), st.floats())
    if name == "float32":
        special = [float(np.float32(v)) for v in (0.0, -0.0, 1.5, -2.5, 0.1, 1e-45, 3e38)]
        return st.one_of(st.sampled_from((*special, *_NOT_FINITE)), st.floats(width=32))
    if name in TIMES or name.startswith("datetime"):
        day = 86_400_000_000
        near = (0, 1, -1, 999, day - 1, day, -day - 1, 20_454 * day)
        far = 2**52 if "ns" not in name else 2**42
        return st.one_of(st.sampled_from(near), st.integers(-far, far))
    if name in ("str", "string", "category", "object"):
        return st.one_of(st.sampled_from(_TEXTS), st.text(max_size=4))
    raise AssertionError(f"no values of {dtype}")


def _missable(dtype: str) -> bool:
    return dtype not in NUMPY


@st.composite
def columns(
    draw: st.DrawFn, dtype: str | Sequence[str] = NUMBERS, length: int | None = None
) -> pd.Series:
    """A Series of one dtype (of those given), with and without nulls, of 0, 1, 2 or 5 rows."""
    if not isinstance(dtype, str):
        dtype = draw(st.sampled_from(dtype))
    if length is None:
        length = draw(st.sampled_from(_LENGTHS))
    values = _values(dtype)
    if _missable(dtype) and draw(st.booleans()):
        values = st.one_of(values, st.none())
    return make(dtype, draw(st.lists(values, min_size=length, max_size=length)))


@st.composite
def tables(draw: st.DrawFn, *dtypes: str | Sequence[str]) -> tuple[pd.Series, ...]:
    """Several Series of one length."""
    length = draw(st.sampled_from(_LENGTHS))
    return tuple(draw(columns(dtype, length)) for dtype in dtypes)


def examples(dtype: str) -> list[pd.Series]:
    """A few fixed columns of a dtype: ordinary, of one row, of none, with nulls if it has any."""
    some: Mapping[str, list[Any]] = {"b": [True, False, True], "s": ["a", "B1", ""]}
    name = dtype.lower()
    values = some["b"] if name.startswith("bool") else some["s"] if name == "str" else [3, 1, 2]
    lists = [values, values[:1], []]
    if _missable(dtype):
        lists += [[*values[:2], None], [None]]
    return [make(dtype, each) for each in lists]


def answered(operation: Callable[..., Any], *series: pd.Series) -> bool:
    """Whether the stand-in did the operation; False if it refused.

    Raises:
        AssertionError: it gave something else than pandas, or wrote to what it was given.
    """
    expected, error = _on_pandas(operation, series)
    if all(len(each) == 1 for each in series):
        _answered(operation, series, [alone(each) for each in series], expected, error)
    given = [from_series(each) for each in series]
    return _answered(operation, series, given, expected, error)


def alone(series: pd.Series) -> NumpySeries:
    """The stand-in of a Series of one row with its only value instead of arrays, if it may."""
    column = from_series(series)
    kind = column._kind
    if kind.lower() not in "fib" or column._values.dtype.itemsize not in (1, 8):
        return column
    if kind.lower() == "i" and column._values.dtype != np.int64:
        return column
    if column._mask is not None and column._mask[0]:
        return only(NumpySeries, None, kind)
    value = column._values[0].item()
    return column if kind == "F" and value != value else only(NumpySeries, value, kind)


def _answered(
    operation: Callable[..., Any],
    series: Sequence[pd.Series],
    given: Sequence[NumpySeries],
    expected: Any,
    error: Any,
) -> bool:
    before = [each.copy(deep=True) for each in series]
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error")
            found = operation(*given)
    except Refused:
        return False
    finally:
        for each, old in zip(given, before, strict=True):
            assert_same(each, old)
    if error is not None:
        raise AssertionError(f"pandas raised {error!r}; the stand-in gave {_shown(found)}")
    assert_same(found, expected)
    return True


def _on_pandas(operation: Callable[..., Any], series: Sequence[pd.Series]) -> tuple[Any, Any]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return operation(*(each.copy(deep=True) for each in series)), None
    except Exception as error:  # whatever pandas raises, the stand-in must not answer
        return None, error


def _shown(value: Any) -> str:
    return repr(to_series(value)) if type(value) is NumpySeries else repr(value)


def assert_same(found: Any, expected: Any) -> None:
    """The same class, dtype, missing values and bits; NaNs are all one."""
    if type(found) is NumpySeries:
        _assert_whole(found)
        assert type(expected) is pd.Series, f"{_shown(found)} is {expected!r} in pandas"
        _assert_same_series(to_series(found), expected)
        assert found.dtype == expected.dtype
        return
    assert type(found) is type(expected), f"{found!r} is {expected!r} in pandas"
    if isinstance(found, np.ndarray):
        _assert_same_array(found, expected)
        assert found.flags.writeable == expected.flags.writeable
    elif isinstance(found, pd.Index):
        pd.testing.assert_index_equal(found, expected, exact=True)
    elif isinstance(found, list | tuple):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    else:
        assert repr(found) == repr(expected)


def _assert_whole(column: NumpySeries) -> None:
    """The parts of a stand-in fit together, as its docstring has it."""
    kind, values, mask = column._kind, column._values, column._mask
    assert values.ndim == 1
    assert (mask is not None) == (kind in "BIUF")
    if mask is not None:
        assert mask.dtype == bool
        assert mask.shape == values.shape
        assert values.dtype == column._dtype.numpy_dtype
        assert values.dtype.kind == kind.lower()
    elif kind in "biuf":
        assert values.dtype == column._dtype
        assert values.dtype.kind == kind
    elif kind == "s":
        assert values.dtype == object
        assert all(value is None or type(value) is str for value in values.tolist())
    else:
        assert values.dtype == np.dtype(f"{kind}8[us]")


def _assert_same_series(found: pd.Series, expected: pd.Series) -> None:
    pd.testing.assert_index_equal(found.index, expected.index, exact=True)
    assert expected.name is None
    shown = f"{found.tolist()} {found.dtype} is {expected.tolist()} {expected.dtype} in pandas"
    assert found.dtype == expected.dtype, shown
    missing = expected.isna().to_numpy(bool)
    if isinstance(expected.array, pd.arrays.BooleanArray | pd.arrays.IntegerArray):
        assert found.isna().to_numpy(bool).tolist() == missing.tolist(), shown
        _assert_same_array(found.array._data[~missing], expected.array._data[~missing], shown)
    elif isinstance(expected.array, pd.arrays.FloatingArray):
        hidden = expected.array._mask
        assert found.array._mask.tolist() == hidden.tolist(), shown
        _assert_same_array(found.array._data[~hidden], expected.array._data[~hidden], shown)
    elif expected.dtype.kind in "mM":
        one, other = (each.astype("int64").to_numpy() for each in (found, expected))
        _assert_same_array(one, other, shown)
    elif expected.dtype == "str":
        assert found.isna().to_numpy(bool).tolist() == missing.tolist(), shown
        assert found[~missing].tolist() == expected[~missing].tolist(), shown
    else:
        _assert_same_array(found.to_numpy(), expected.to_numpy(), shown)


def _assert_same_array(found: Any, expected: Any, shown: str = "") -> None:
    shown = shown or f"{found!r} is {expected!r} in pandas"
    assert found.dtype == expected.dtype, shown
    assert found.shape == expected.shape, shown
    if found.dtype == object:
        for one, other in zip(found.ravel(), expected.ravel(), strict=True):
            assert_same(one, other)
    else:
        assert _bits(found) == _bits(expected), shown


def _bits(array: Any) -> bytes:
    if array.dtype.kind == "f":
        array = np.where(np.isnan(array), np.array(np.nan, array.dtype), array)
    return np.ascontiguousarray(array).tobytes()
