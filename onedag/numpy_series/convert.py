"""Between stand-ins, pandas, Arrow and plain Python values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from onedag.dtypes import TIMESTAMP, ColumnType
from onedag.errors import SchemaMismatch
from onedag.numpy_series.choices import missing
from onedag.numpy_series.kinds import MASKED, NUMPY
from onedag.numpy_series.only import FLOAT, MANY, WHOLE, only
from onedag.numpy_series.refusal import Refused
from onedag.numpy_series.series import NumpySeries

__all__ = [
    "UTC_DTYPE",
    "column_type",
    "float_columns",
    "from_array",
    "from_numbers",
    "from_series",
    "from_values",
    "maker",
    "nulls",
    "part",
    "to_arrow",
    "to_float32",
    "to_list",
    "to_series",
]

_STR = pd.StringDtype(na_value=np.nan)
UTC_DTYPE = pd.DatetimeTZDtype("us", "UTC")
"""Of times as functions see them; results of another zone are made this."""
_MICROSECONDS = (np.dtype("M8[us]"), np.dtype("m8[us]"))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NAT = -(2**63)
_FEW = 16
_NUMPY: Mapping[pa.DataType, np.dtype[Any]] = {
    arrow: np.dtype(arrow.to_pandas_dtype())
    for arrow in (
        *(pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.bool_(), pa.float32(), pa.float64()),
        *(pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()),
    )
}
_ARROW: Mapping[Any, pa.DataType] = {
    **{dtype: arrow for arrow, dtype in _NUMPY.items()},
    **{MASKED[dtype]: arrow for arrow, dtype in _NUMPY.items()},
}
_ARRAYS: Mapping[str, Any] = {
    "b": pd.arrays.BooleanArray,
    "i": pd.arrays.IntegerArray,
    "u": pd.arrays.IntegerArray,
    "f": pd.arrays.FloatingArray,
}


def from_array(array: npt.NDArray[Any]) -> NumpySeries:
    """The stand-in of ``pd.Series(array)``; it shares the array.

    Raises:
        Refused: not one column of bools, integers, floats or microseconds.
    """
    dtype = array.dtype
    if array.ndim == 1 and dtype in NUMPY:
        return NumpySeries(array, dtype.kind, dtype)
    if array.ndim == 1 and dtype in _MICROSECONDS:
        return NumpySeries(array, dtype.kind, dtype)
    raise Refused(f"a Series of a {array.ndim}-dimensional array", array)


def from_series(series: pd.Series) -> NumpySeries:
    """The stand-in of a Series under a ``RangeIndex``.

    Raises:
        Refused: its dtype has no stand-in (object, category, another unit of time).
    """
    dtype = series.dtype
    if isinstance(dtype, np.dtype):
        return from_array(series.to_numpy())
    if isinstance(dtype, pd.DatetimeTZDtype) and dtype.unit == "us":
        return NumpySeries(series.to_numpy("M8[us]"), "M", dtype)
    if dtype == _STR:
        return NumpySeries(_texts([None if v != v else v for v in series.tolist()]), "s", dtype)
    if dtype in MASKED.values():
        # `to_numpy` would put 0 for null and lose whether a Float64 holds NaN or null.
        array: Any = series.array
        return NumpySeries(array._data, dtype.kind.upper(), dtype, array._mask)
    raise Refused("a stand-in", series)


def to_series(column: NumpySeries) -> pd.Series:
    """The Series that a stand-in stands for: same dtype, a ``RangeIndex``, no name."""
    kind, values = column._kind, column._values
    if kind == "M" and isinstance(column._dtype, pd.DatetimeTZDtype):
        return pd.Series(values.copy()).dt.tz_localize("UTC").astype(column._dtype)
    if kind == "s":
        return pd.Series(values, dtype=_STR)
    if column._mask is not None:
        array = _ARRAYS[values.dtype.kind]
        return pd.Series(array(values.copy(), column._mask.copy()))
    return pd.Series(values.copy())


def from_numbers(
    values: npt.NDArray[Any], missing: npt.NDArray[np.bool_] | None, column: ColumnType
) -> NumpySeries:
    """A column of numbers, bools or times (M8[us] in UTC) with nulls, as functions see its type.

    Args:
        values: of the type's NumPy dtype; anything where null.
        missing: where a value is null; None where none is. NaN and NaT are null by themselves.
        column: the type.

    Raises:
        SchemaMismatch: a null in a column that may not hold one.
    """
    dtype, kind = values.dtype, values.dtype.kind
    if len(values) == 1 and dtype in WHOLE and (column.nullable or missing is None):
        null = missing is not None and bool(missing[0])
        nothing = math.nan if kind == "f" else None
        value = nothing if null else values[0].item()
        return only(NumpySeries, value, kind.upper() if column.nullable and kind != "f" else kind)
    if kind in "fM":
        if missing is not None:
            values = np.where(missing, values.dtype.type("NaT" if kind == "M" else "nan"), values)
        return NumpySeries(values, kind, UTC_DTYPE if kind == "M" else values.dtype)
    if column.nullable:
        mask = np.zeros(len(values), np.bool_) if missing is None else missing
        return NumpySeries(values, kind.upper(), MASKED[values.dtype], mask)
    if missing is not None and missing.any():
        raise SchemaMismatch(f"{missing.sum()} nulls in a column of type {column}.")
    return NumpySeries(values, kind, values.dtype)


def float_columns(values: npt.NDArray[np.float64]) -> Callable[[int], NumpySeries]:
    """Gives columns of float64 by their positions.

    Args:
        values: shape ``(n_columns, n_rows)``; NaN for null.
    """
    if values.shape[1] == 1:
        alone = values[:, 0].tolist()
        return lambda position: only(NumpySeries, alone[position], "f")
    return lambda position: NumpySeries(values[position], "f", FLOAT)


def to_float32(column: NumpySeries) -> npt.NDArray[Any] | None:
    """Numbers that become a model's float32 by being put there; None for text, times, durations.

    Bools are 0 and 1, null is NaN; shape ``(n_rows,)``.
    """
    if column._kind in "sMm":
        return None
    values, mask = column._values, column._mask
    if mask is None or not np.count_nonzero(mask):
        return values
    return np.where(mask, np.float32(np.nan), values.astype(np.float32))


def from_values(values: Sequence[Any], column: ColumnType) -> NumpySeries:
    """A column of Python values, None for null, as `onedag.dtypes.to_series` has it.

    Args:
        values: of the type's Python class; times are aware.
        column: the type.

    Raises:
        Refused: a type without a stand-in.
        SchemaMismatch: a null in a column that may not hold one, or a value of another class.
    """
    return maker(column)(values)


@cache
def maker(column: ColumnType) -> Callable[[Sequence[Any]], NumpySeries]:
    """What `from_values` does for one type."""
    if column.arrow == pa.string():
        return lambda values: NumpySeries(_texts(values), "s", _STR)
    if column.arrow == TIMESTAMP:
        return lambda values: NumpySeries(_times(values), "M", UTC_DTYPE)
    dtype = _NUMPY.get(column.arrow)
    if dtype is None:
        raise Refused(f"a column of {column}")
    if dtype == np.float64:
        return _floats
    if dtype.kind == "f":
        return lambda values: NumpySeries(np.array(values, dtype), "f", dtype)  # None is NaN
    return _nullable(dtype) if column.nullable else _without_nulls(dtype, column)


def _floats(values: Sequence[Any]) -> NumpySeries:
    if len(values) == 1:
        value = values[0]
        if value is None or type(value) is float:
            return only(NumpySeries, math.nan if value is None else value, "f")
    return NumpySeries(np.array(values, FLOAT), "f", FLOAT)  # None is NaN


def _nullable(dtype: np.dtype[Any]) -> Callable[[Sequence[Any]], NumpySeries]:
    kind, masked = dtype.kind.upper(), MASKED[dtype]

    own: Any = {np.dtype(np.int64): int, np.dtype(np.bool_): bool}.get(dtype)

    def make(values: Sequence[Any]) -> NumpySeries:
        if len(values) == 1 and own is not None and _is_own(values[0], own):
            return only(NumpySeries, values[0], kind)
        if None not in values:
            mask = np.zeros(len(values), np.bool_)
            return NumpySeries(np.array(values, dtype), kind, masked, mask)
        mask = np.array([value is None for value in values], np.bool_)
        filled = [0 if value is None else value for value in values]
        return NumpySeries(np.array(filled, dtype), kind, masked, mask)

    return make


def _is_own(value: Any, kind: Any) -> bool:
    return value is None or (type(value) is kind and bool(-(2**63) <= value < 2**63))


def _without_nulls(
    dtype: np.dtype[Any], column: ColumnType
) -> Callable[[Sequence[Any]], NumpySeries]:
    def make(values: Sequence[Any]) -> NumpySeries:
        if None in values:
            raise SchemaMismatch(f"{values.count(None)} nulls in a column of type {column}.")
        return NumpySeries(np.array(values, dtype), dtype.kind, dtype)

    return make


def _texts(values: Sequence[Any]) -> npt.NDArray[Any]:
    texts = np.empty(len(values), object)
    texts[:] = values
    return texts


def _times(values: Sequence[datetime | None]) -> npt.NDArray[Any]:
    micros = [_NAT if value is None else (value - _EPOCH) // _MICROSECOND for value in values]
    return np.array(micros, np.int64).view("M8[us]")


def part(column: NumpySeries, start: int, end: int) -> NumpySeries:
    """The rows from ``start``, included, to ``end``, excluded."""
    mask = None if column._mask is None else column._mask[start:end]
    return NumpySeries(column._values[start:end], column._kind, column._dtype, mask)


def column_type(column: NumpySeries) -> ColumnType:
    """The type that `onedag.dtypes.series_to_arrow` gives the Series."""
    kind = column._kind
    if kind == "s":
        return ColumnType(pa.string())
    if kind == "M":
        return ColumnType(TIMESTAMP)
    if kind == "m":
        return ColumnType(pa.duration("us"))
    return ColumnType(_ARROW[column._dtype], nullable=kind not in "biu")


def nulls(column: NumpySeries) -> npt.NDArray[np.bool_]:
    """Where a column is null, NaN or NaT; shape ``(n_rows,)``."""
    gone = missing(column)
    return gone | np.isnan(column._values) if column._kind == "F" else gone


def to_arrow(column: NumpySeries) -> tuple[pa.Array, ColumnType]:
    """As `onedag.dtypes.series_to_arrow`: NaN is null."""
    kind, typed = column._kind, column_type(column)
    if kind == "s":
        return pa.array(column._values.tolist(), pa.string()), typed
    if kind in "Mm":
        return pa.array(column._values).cast(typed.arrow), typed
    mask = None if kind in "biu" else nulls(column)
    return pa.array(column._values, typed.arrow, mask=mask), typed


def to_list(column: NumpySeries) -> list[Any]:
    """Python values; None for null, NaN among it. Times are aware."""
    if (value := column._only) is not MANY:
        return [None if value != value else value]
    kind, values = column._kind, column._values
    if kind in "biu" or kind == "s":
        return values.tolist()  # type: ignore[no-any-return]
    if kind in "Mm":
        return _times_listed(column)
    if len(values) <= _FEW:  # NumPy's calls would cost more than they save
        if column._mask is None:
            return [None if value != value else value for value in values.tolist()]
        if kind != "F" and not np.count_nonzero(column._mask):
            return values.tolist()  # type: ignore[no-any-return]
        pairs = zip(values.tolist(), column._mask.tolist(), strict=True)
        return [None if null or value != value else value for value, null in pairs]
    gone = nulls(column)
    if gone.any():
        values = values.astype(object)
        values[gone] = None
    return values.tolist()  # type: ignore[no-any-return]


def _times_listed(column: NumpySeries) -> list[Any]:
    times = column._values.tolist()
    if column._kind == "M" and not any(type(time) is int for time in times):
        return [None if time is None else time.replace(tzinfo=UTC) for time in times]
    values: list[Any] = to_arrow(column)[0].to_pylist()
    return values
