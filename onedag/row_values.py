"""Python values on their way into a function of single values, and out of it."""

from __future__ import annotations

import math
import typing
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from functools import partial
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from onedag.dtypes import ColumnType, annotated_type, is_scalar, plain_value, without_none
from onedag.errors import FunctionError
from onedag.nodes import FunctionNode, Parameter, shown_type

__all__ = ["WRONG", "Convert", "checker", "conversion"]

Convert: TypeAlias = Callable[[Any], Any]

WRONG = object()
"""What a result becomes that isn't of its annotation."""

_RANGE = range(-(2**63), 2**63)


# What a parameter gets


def conversion(parameter: Parameter, column: ColumnType, step: FunctionNode) -> Convert:
    """Makes a column's values, None or NaN for null, those of a parameter's annotation.

    Raises:
        FunctionError: the column doesn't fit the annotation; also when a value doesn't.
    """
    where = f"Parameter {parameter.name!r} of function {step.name!r} of {step.module}"
    shown = shown_type(parameter.annotation)
    if not is_scalar(parameter.annotation):
        raise FunctionError(
            f"{where} is annotated {shown} and is given a column. A function that is called for "
            f"each row takes bools, numbers, texts and times; annotate one of them."
        )
    arrow, kind = _of_values(column.arrow), _kind(parameter.annotation)
    wanted = annotated_type(parameter.annotation, where).arrow
    integer = pa.types.is_integer(arrow)
    if pa.types.is_null(arrow):
        return list
    if not _accepts(wanted, arrow):
        raise FunctionError(
            f"{where} is annotated {shown} and is given {column}. Annotate what the column holds, "
            f"or convert it in a function before."
        )
    if pa.types.is_floating(arrow):
        return _floats if kind is float else _without_nan(kind)
    if wanted == pa.float64() and integer:
        return partial(_whole_as_floats, kind, where)
    if kind not in _FROM:
        return list
    return partial(_each, _FROM[kind](without_none(parameter.annotation)), f"{where} is {shown}")


def _of_values(arrow: pa.DataType) -> pa.DataType:
    values = arrow.value_type if pa.types.is_dictionary(arrow) else arrow
    return pa.string() if pa.types.is_large_string(values) else values


def _accepts(wanted: pa.DataType, arrow: pa.DataType) -> bool:
    if wanted == pa.float64():
        return bool(pa.types.is_floating(arrow) or pa.types.is_integer(arrow))
    if wanted == pa.int64():
        return bool(pa.types.is_integer(arrow))
    return bool(wanted == arrow)


def _floats(values: Sequence[Any]) -> list[Any]:
    return [None if value != value else value for value in values]


def _without_nan(kind: type) -> Convert:
    return lambda values: [None if v is None or v != v else kind(v) for v in values]


def _each(convert: Convert, what: str, values: Sequence[Any]) -> list[Any]:
    try:
        return [None if value is None else convert(value) for value in values]
    except (ValueError, OverflowError) as error:  # no member of an Enum, no UUID, no such time
        raise FunctionError(f"{what}, and a row's value isn't: {error}.") from error


def _whole_as_floats(kind: type, where: str, values: Sequence[Any]) -> list[Any]:
    floats = [None if value is None else kind(value) for value in values]
    for value, converted in zip(values, floats, strict=True):
        if converted is not None and int(converted) != value:
            raise FunctionError(
                f"{where} is annotated {kind.__name__} and is given the integer {value}, which no "
                f"float equals. Annotate it int."
            )
    return floats


def _utc(value: datetime) -> datetime:
    return value if value.tzinfo is UTC else value.astimezone(UTC)


_FROM: Mapping[Any, Callable[[Any], Convert]] = {
    np.bool_: lambda _: np.bool_,
    np.int64: lambda _: np.int64,
    uuid.UUID: lambda _: uuid.UUID,
    Enum: lambda enum: enum,
    datetime: lambda _: _utc,
    pd.Timestamp: lambda _: lambda value: pd.Timestamp(_utc(value)).as_unit("us"),
    date: lambda _: lambda value: _utc(value).date(),
}
"""How a value that isn't given as it is becomes one of the annotation."""


# What comes back


def checker(annotation: object) -> Convert:
    """Makes what a function returned a value of its annotation; None for null.

    A value of another class, or beyond 64 bits, becomes `WRONG`.
    """
    return partial(_RESULTS[_kind(annotation)], without_none(annotation))


def _bool(_: Any, value: Any) -> Any:
    return bool(value) if isinstance(value, bool | np.bool_) else WRONG


def _int(_: Any, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        return WRONG
    whole = int(value)
    return whole if whole in _RANGE else WRONG


def _float(_: Any, value: Any) -> Any:
    if type(value) is not float:
        if isinstance(value, bool) or not isinstance(value, float | int | np.floating | np.integer):
            return WRONG
        try:
            converted = float(value)
        except OverflowError:
            return WRONG
        if converted != value and not math.isnan(converted):
            return WRONG
        value = converted
    return value if value == value else None


def _text(_: Any, value: Any) -> Any:
    return str(value) if isinstance(value, str) and not isinstance(value, Enum) else WRONG


def _member(enum: Any, value: Any) -> Any:
    return plain_value(value) if isinstance(value, enum) else WRONG


def _literal(literal: Any, value: Any) -> Any:
    values = typing.get_args(literal)
    return value if value in values and type(value) is type(values[0]) else WRONG


def _uuid(_: Any, value: Any) -> Any:
    return plain_value(value) if isinstance(value, uuid.UUID) else WRONG


def _time(_: Any, value: Any) -> Any:
    if value is pd.NaT:
        return None
    if not isinstance(value, datetime):
        return WRONG
    if isinstance(value, pd.Timestamp):  # what is finer than a microsecond is cut off
        value = value.to_pydatetime(warn=False)
    try:
        return plain_value(value)
    except OverflowError:
        return WRONG


def _day(_: Any, value: Any) -> Any:
    if value is pd.NaT:
        return None
    day = isinstance(value, date) and not isinstance(value, datetime)
    return plain_value(value) if day else WRONG


_RESULTS: Mapping[Any, Callable[[Any, Any], Any]] = {
    bool: _bool,
    np.bool_: _bool,
    int: _int,
    np.int64: _int,
    float: _float,
    np.float64: _float,
    str: _text,
    Enum: _member,
    Literal: _literal,
    uuid.UUID: _uuid,
    datetime: _time,
    pd.Timestamp: _time,
    date: _day,
}


def _kind(annotation: object) -> Any:
    """What an annotation is in the tables above."""
    inner = without_none(annotation)
    if typing.get_origin(inner) is Literal:
        return Literal
    return Enum if isinstance(inner, type) and issubclass(inner, Enum) else inner
