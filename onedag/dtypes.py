"""One table of types: what a column is in Arrow, and as which pandas dtype functions see it.

A column's type never depends on its values. A nullable integer is ``Int64`` whether or not a null
is among the rows in hand, so that a function meets the same dtype with one row and with a million.

| Arrow                       | nullable | pandas                    | missing is |
|-----------------------------|----------|---------------------------|------------|
| (u)int8 … (u)int64          | no       | (u)int8 … (u)int64        | refused    |
| (u)int8 … (u)int64          | yes      | (U)Int8 … (U)Int64        | ``pd.NA``  |
| bool                        | no       | bool                      | refused    |
| bool                        | yes      | boolean                   | ``pd.NA``  |
| float32, float64            | yes      | float32, float64          | NaN        |
| string                      | yes      | str                       | NaN        |
| timestamp[us, UTC]          | yes      | datetime64[us, UTC]       | NaT        |
| duration[us]                | yes      | timedelta64[us]           | NaT        |
| dictionary (outputs only)   | yes      | category                  | NaN        |
"""

from __future__ import annotations

import types
import typing
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onedag.durations import to_utc
from onedag.errors import InvalidDefinition, SchemaMismatch

__all__ = [
    "TIMESTAMP",
    "ColumnType",
    "allows_none",
    "annotated_type",
    "canonical_array",
    "canonical_series",
    "canonical_type",
    "cast_exactly",
    "common_type",
    "is_column",
    "is_scalar",
    "plain_value",
    "series_to_arrow",
    "to_series",
    "without_none",
]

TIMESTAMP = pa.timestamp("us", "UTC")

_MASKED: Mapping[pa.DataType, Any] = {
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.uint8(): pd.UInt8Dtype(),
    pa.uint16(): pd.UInt16Dtype(),
    pa.uint32(): pd.UInt32Dtype(),
    pa.uint64(): pd.UInt64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}
_COLUMN_CLASSES = (pd.Series, pd.DataFrame, np.ndarray)
_SCALARS: Mapping[type, pa.DataType] = {
    bool: pa.bool_(),
    np.bool_: pa.bool_(),
    int: pa.int64(),
    np.int64: pa.int64(),
    float: pa.float64(),
    np.float64: pa.float64(),
    str: pa.string(),
    uuid.UUID: pa.string(),
    datetime: TIMESTAMP,
    pd.Timestamp: TIMESTAMP,
    date: TIMESTAMP,
}


_KINDS = (
    (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal),
    (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view),
    (pa.types.is_timestamp, pa.types.is_date),
    (pa.types.is_duration,),
)


@dataclass(frozen=True, slots=True)
class ColumnType:
    """The type of a column: an Arrow type, and whether it may hold nulls.

    Integers and bools exist in both forms; every other type can always hold nulls.
    """

    arrow: pa.DataType
    nullable: bool = True

    def __post_init__(self) -> None:
        if self.arrow not in _MASKED:
            object.__setattr__(self, "nullable", True)

    def __str__(self) -> str:
        return (
            f"{self.arrow} or null" if self.nullable and self.arrow in _MASKED else f"{self.arrow}"
        )

    def field(self, name: str) -> pa.Field:
        """The Arrow field of a column of this type."""
        return pa.field(name, self.arrow, nullable=self.nullable)

    @classmethod
    def of_field(cls, field: pa.Field) -> ColumnType:
        """The type that `field` wrote down."""
        return cls(field.type, field.nullable)

    def or_null(self) -> ColumnType:
        """The same type, able to hold nulls."""
        return ColumnType(self.arrow, nullable=True)


def common_type(types: Collection[ColumnType], what: str) -> ColumnType:
    """The narrowest type that holds the values of all of these.

    Raises:
        SchemaMismatch: there is none, such as for text and numbers. The message names ``what``.
    """
    distinct = list(dict.fromkeys(types))
    if len(distinct) == 1:
        return distinct[0]
    schemas = [pa.schema([pa.field("", column.arrow)]) for column in distinct]
    try:
        arrow = pa.unify_schemas(schemas, promote_options="permissive").field(0).type
    except (pa.ArrowTypeError, pa.ArrowInvalid) as error:
        raise SchemaMismatch(
            f"{what} returns {' and '.join(sorted(map(str, distinct)))} for different rows. Return "
            f"one dtype whatever the values, for example with astype()."
        ) from error
    return ColumnType(arrow, any(column.nullable for column in distinct))


def is_column(annotation: object) -> bool:
    """Whether a function's annotation says "a value for each row" rather than one value."""
    if typing.get_origin(annotation) is Annotated:
        annotation = typing.get_args(annotation)[0]
    annotation = typing.get_origin(annotation) or annotation
    return isinstance(annotation, type) and issubclass(annotation, _COLUMN_CLASSES)


def is_scalar(annotation: object) -> bool:
    """Whether a function's annotation says "one value" that a column could hold."""
    return _scalar_type(without_none(annotation)) is not None


def annotated_type(annotation: object, what: str) -> ColumnType:
    """The column type that a scalar annotation stands for: ``int``, ``float | None``, ….

    ``date`` is the timestamp of its midnight UTC, ``UUID`` is its text, a ``Literal`` or ``Enum``
    of strings is a string.

    Raises:
        InvalidDefinition: the annotation stands for no column type; the message names ``what``.
    """
    inner, nullable = _without_none(annotation)
    arrow = _scalar_type(inner)
    if arrow is None:
        raise InvalidDefinition(
            f"{what} is annotated {annotation!r}, which isn't a column's type. Use bool, int, "
            f"float, str, UUID, date or datetime, or one of them `| None`."
        )
    return ColumnType(arrow, nullable)


def plain_value(value: Any) -> Any:
    """A Python value as a column of its type holds it: an Enum's value, a UUID's text, UTC."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, datetime):
        return value if value is pd.NaT else to_utc(value)
    if isinstance(value, date):
        return to_utc(datetime(value.year, value.month, value.day))
    return value


def without_none(annotation: object) -> object:
    """The annotation without ``| None``."""
    return _without_none(annotation)[0]


def allows_none(annotation: object) -> bool:
    """Whether an annotation says that None may stand there."""
    return _without_none(annotation)[1]


def _without_none(annotation: object) -> tuple[object, bool]:
    if typing.get_origin(annotation) is Annotated:
        return _without_none(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        members = [a for a in typing.get_args(annotation) if a is not type(None)]
        if len(members) == 1 and len(members) < len(typing.get_args(annotation)):
            return _without_none(members[0])[0], True
    return annotation, False


def _scalar_type(annotation: object) -> pa.DataType | None:
    if typing.get_origin(annotation) is Literal:
        kinds = {type(value) for value in typing.get_args(annotation)}
        return _SCALARS.get(kinds.pop()) if len(kinds) == 1 else None
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return pa.string() if issubclass(annotation, str) else None
    return _SCALARS.get(annotation) if isinstance(annotation, type) else None


def canonical_type(arrow: pa.DataType) -> pa.DataType | None:
    """The type in which a source's or a spine's column is read; None for what can't be read.

    Integers become int64, floats and decimals float64, text and UUIDs string, dates and
    timestamps of any unit and zone timestamp[us, UTC].
    """
    if pa.types.is_dictionary(arrow):
        return canonical_type(arrow.value_type)
    if pa.types.is_boolean(arrow):
        return pa.bool_()
    if pa.types.is_integer(arrow):
        return pa.int64()
    if pa.types.is_floating(arrow) or pa.types.is_decimal(arrow):
        return pa.float64()
    if pa.types.is_string(arrow) or pa.types.is_large_string(arrow):
        return pa.string()
    if pa.types.is_string_view(arrow) or isinstance(arrow, pa.UuidType):
        return pa.string()
    if pa.types.is_timestamp(arrow) or pa.types.is_date(arrow):
        return TIMESTAMP
    return arrow if pa.types.is_null(arrow) else None


def canonical_array(array: pa.ChunkedArray, what: str) -> pa.ChunkedArray:
    """The column in its canonical type, value for value.

    A timestamp without a zone is UTC; what is finer than a microsecond is cut off, towards the
    past. A NaN is null.

    Raises:
        SchemaMismatch: no canonical type, or a value that it can't hold (an unsigned integer
            above 2**63 - 1, a time beyond the year 290,000). The message names ``what``.
    """
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    target = canonical_type(array.type)
    if target is None:
        raise SchemaMismatch(
            f"{what} has type {array.type}, which has no place in a feature. Make it a bool, a "
            f"number, a string or a timestamp where the rows are read."
        )
    if pa.types.is_floating(target):
        return _without_nan(cast_exactly(array, target, what))
    if array.type == target:
        return array
    if target == TIMESTAMP:
        return _utc_microseconds(array, what)
    if isinstance(array.type, pa.UuidType):
        texts = [None if v is None else str(v) for v in array.to_pylist()]
        return pa.chunked_array([pa.array(texts, pa.string())])
    return cast_exactly(array, target, what)


def _without_nan(array: pa.ChunkedArray) -> pa.ChunkedArray:
    """NaN as null: both are missing, and a file may hold either."""
    nan = pc.is_nan(array)
    return pc.if_else(nan, pa.scalar(None, array.type), array) if pc.any(nan).as_py() else array


def _utc_microseconds(array: pa.ChunkedArray, what: str) -> pa.ChunkedArray:
    try:
        if pa.types.is_date(array.type):
            array = array.cast(pa.timestamp("us"))
        # To UTC before anything is rounded: an hour that a zone has twice can't be rounded in it.
        array = array.cast(pa.timestamp(array.type.unit, "UTC"))
        if array.type.unit == "ns":
            # The floor, not the truncation: a time before 1970 must not move to the future.
            array = pc.floor_temporal(array, unit="microsecond")
        return array.cast(TIMESTAMP)
    except pa.ArrowInvalid as error:
        raise SchemaMismatch(
            f"{what} is {array.type} and holds a time that microseconds in 64 bits can't: {error}"
        ) from error


def cast_exactly(array: pa.ChunkedArray, target: pa.DataType, what: str) -> pa.ChunkedArray:
    """The column in another type, or an error if a single value would change.

    Numbers become numbers and texts texts; a bool is no number and a text is never parsed.

    Raises:
        SchemaMismatch: another kind of value, or one that doesn't fit, such as 1.5 in an integer
            column.
    """
    if array.type != target and not _same_kind(array.type, target):
        raise SchemaMismatch(f"{what} is {array.type}, not {target}.")
    if pa.types.is_integer(array.type) and pa.types.is_floating(target):
        _refuse_inexact_integers(array, target, what)
    try:
        return array.cast(target, safe=not pa.types.is_decimal(array.type))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise SchemaMismatch(
            f"{what} is {array.type} and can't be read as {target}: {error}"
        ) from error


def _same_kind(left: pa.DataType, right: pa.DataType) -> bool:
    return pa.types.is_null(left) or any(
        all(any(test(arrow) for test in tests) for arrow in (left, right)) for tests in _KINDS
    )


def _refuse_inexact_integers(array: pa.ChunkedArray, target: pa.DataType, what: str) -> None:
    limit = 2**24 if target == pa.float32() else 2**53
    bounds = pc.min_max(array).as_py()
    if bounds["min"] is not None and (bounds["min"] < -limit or bounds["max"] > limit):
        raise SchemaMismatch(
            f"{what} is {array.type} and holds integers beyond ±{limit}, which {target} can't hold "
            f"exactly. Keep the column an integer."
        )


def to_series(array: pa.Array | pa.ChunkedArray, column: ColumnType) -> pd.Series:
    """The column as functions see it: the pandas dtype of its type, a ``RangeIndex``.

    Raises:
        SchemaMismatch: nulls in a column that may not hold them.
    """
    if not column.nullable and array.null_count:
        raise SchemaMismatch(f"{array.null_count} nulls in a column of type {column}.")
    # Given a mapper, pandas takes text without a single value in it for `object`.
    masked = column.nullable and column.arrow in _MASKED
    mapper = _MASKED.get if masked else None
    series: pd.Series = array.to_pandas(types_mapper=mapper)
    return series.rename(None)


def canonical_series(column: pd.Series | pd.DataFrame, what: str) -> pd.Series | pd.DataFrame:
    """A function's result in a dtype of this module's table; as it is where it has one already.

    ``Float64`` becomes float64, a timestamp of another unit or zone datetime64[us, UTC], an object
    column what its values are. The columns of a table are left for those that take them out of it.

    Raises:
        SchemaMismatch: values of several kinds.
    """
    if isinstance(column, pd.DataFrame) or _is_canonical(column.dtype):
        return column
    return to_series(*series_to_arrow(column, what))


def _is_canonical(dtype: Any) -> bool:
    if isinstance(dtype, np.dtype):
        return dtype.kind in "iub" or dtype in (np.float32, np.float64, np.dtype("m8[us]"))
    if isinstance(dtype, pd.DatetimeTZDtype):
        return dtype.unit == "us" and str(dtype.tz) == "UTC"
    return dtype in _MASKED.values() or dtype == pd.StringDtype(na_value=np.nan)


def series_to_arrow(series: pd.Series, what: str) -> tuple[pa.Array, ColumnType]:
    """What a function gave back, in Arrow, with its type. NaN and ``pd.NA`` are null.

    Raises:
        SchemaMismatch: an object column with values of several kinds.
    """
    try:
        array = pa.array(series, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise SchemaMismatch(
            f"{what} holds values that make no column: {error}. Return a Series of one dtype."
        ) from error
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if pa.types.is_large_string(array.type):
        array = array.cast(pa.string())
    if pa.types.is_timestamp(array.type):
        array = _utc_microseconds(pa.chunked_array([array]), what).combine_chunks()
    if pa.types.is_duration(array.type):
        array = array.cast(pa.duration("us"), safe=False)
    plain = isinstance(series.dtype, np.dtype) and series.dtype.kind in "iub"
    return array, ColumnType(array.type, nullable=not plain)
