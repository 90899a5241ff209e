"""Calling row functions on columns: one way, for both drivers."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from copy import deepcopy
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pandas.api.types import is_bool_dtype, is_extension_array_dtype, is_numeric_dtype

from onedag.dtypes import ColumnType, canonical_series, series_to_arrow, to_series
from onedag.errors import FunctionError
from onedag.nodes import FunctionNode
from onedag.per_row import PerRow

__all__ = ["arguments", "as_array", "call", "evaluate", "is_array"]

_EXACT_INTEGERS = 2**53


def evaluate(steps: Iterable[FunctionNode], columns: MutableMapping[str, Any], length: int) -> None:
    """Call each step in order and put what it returns into ``columns``.

    Args:
        steps: row functions, each after those that it needs.
        columns: by name, Series of shape ``(length,)`` with a ``RangeIndex``, and fitted values.
        length: the number of rows.

    Raises:
        FunctionError: a function raised, or gave back another number or order of rows, or what its
            annotations don't say.
    """
    for step in steps:
        if step.per_row:
            columns[step.name] = _called_per_row(step, columns, length)
            continue
        column = _as_column(step, call(step, columns), length)
        # A dtype that isn't in the table of `onedag.dtypes` would become one that is whenever the
        # column is kept between two passes; so it becomes it here, always. So is a name lost.
        columns[step.name] = _bare(canonical_series(column, f"Function {step.name!r}"))


def _called_per_row(step: FunctionNode, columns: Mapping[str, Any], length: int) -> pd.Series:
    lists: dict[str, list[Any]] = {}
    fixed: dict[str, Any] = {}
    types: dict[str, ColumnType] = {}
    for name in _given(step, columns):
        if isinstance(columns[name], pd.Series):
            lists[name], types[name] = _listed(columns[name], f"Input {name!r} of {step.name!r}")
        else:
            fixed[name] = columns[name]
    calls = PerRow.of(step).on([types.get(name) for name in step.inputs])
    results = calls(lists, fixed, length)
    return to_series(pa.array(results, calls.result_type.arrow), calls.result_type)


def _listed(column: pd.Series, what: str) -> tuple[list[Any], ColumnType]:
    """A column's Python values, None or NaN for null, and its type."""
    dtype = column.dtype
    if isinstance(dtype, pd.DatetimeTZDtype):
        return _times(column.to_numpy("M8[us]").tolist(), what), _column_type(dtype)
    if isinstance(dtype, np.dtype) and dtype.kind in "biuf":
        return column.tolist(), _column_type(dtype)
    if is_numeric_dtype(dtype):
        return [None if v is pd.NA else v for v in column.tolist()], _column_type(dtype)
    array, found = series_to_arrow(column, what)
    return array.to_pylist(), found


@lru_cache
def _column_type(dtype: Any) -> ColumnType:
    return series_to_arrow(pd.Series([], dtype=dtype), "A column")[1]


def _times(times: list[Any], what: str) -> list[datetime | None]:
    try:
        return [None if time is None else time.replace(tzinfo=UTC) for time in times]
    except AttributeError as error:  # NumPy has integers for them
        raise FunctionError(
            f"{what} holds a time that Python has no datetime for, after the year 9999 or before "
            f"the first. Annotate it as pd.Series."
        ) from error


def call(step: FunctionNode, values: Mapping[str, Any]) -> Any:
    """What a function returns for the values of its inputs.

    Raises:
        FunctionError: it raised. The message names the function and the dtypes that it was given.
    """
    given = arguments(step, values)
    try:
        return step.function(**given)
    except Exception as error:  # a user's function may raise anything
        shown = ", ".join(
            f"{name}: {getattr(value, 'dtype', type(value).__name__)}"
            for name, value in given.items()
        )
        raise FunctionError(
            f"Function {step.name!r} of {step.module} raised {type(error).__name__}: {error} "
            f"(it was given {shown})."
        ) from error


def arguments(step: FunctionNode, values: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of one call: an optional input that isn't there keeps its default.

    A function may write into what it is given without another function seeing it.
    """
    annotations = {parameter.name: parameter.annotation for parameter in step.parameters}
    return {
        name: _in_form(values[name], annotations[name], f"Input {name!r} of {step.name!r}")
        for name in _given(step, values)
    }


def _given(step: FunctionNode, values: Mapping[str, Any]) -> Iterator[str]:
    return (p.name for p in step.parameters if p.required or p.name in values)


def _in_form(value: Any, annotation: Any, what: str) -> Any:
    if not isinstance(value, pd.Series | pd.DataFrame):
        return deepcopy(value)  # a fitted list or dict
    if isinstance(value, pd.Series) and is_array(annotation):
        return as_array(value, what)
    return value.copy(deep=False)  # pandas copies when it is written to


def as_array(value: pd.Series, what: str) -> npt.NDArray[Any]:
    """A column as a function that is annotated ``np.ndarray`` gets it, shape ``(n_rows,)``.

    Numbers and bools are of their NumPy dtype; where they are nullable they are float64 with NaN,
    whatever the values. Times are datetime64[us] in UTC, without a zone, and NaT. Text is an object
    array of str and None. The array is the function's own, to write into. What it returns may have
    these forms too.

    Args:
        value: in a dtype of `onedag.dtypes`.
        what: for messages.

    Raises:
        FunctionError: a nullable integer beyond ±2**53, which float64 can't hold exactly.
    """
    dtype = value.dtype
    if isinstance(dtype, pd.DatetimeTZDtype):
        return value.to_numpy("M8[us]", copy=True)
    if is_extension_array_dtype(dtype) and is_numeric_dtype(dtype):
        # NumPy's integers and bools have no null. Floats have, and don't depend on the values.
        return _as_floats(value, what)
    if isinstance(dtype, pd.StringDtype):
        texts: npt.NDArray[Any] = value.to_numpy(object, copy=True)
        texts[value.isna().to_numpy()] = None
        return texts
    return value.to_numpy(copy=True)


def _as_floats(value: pd.Series, what: str) -> npt.NDArray[np.float64]:
    if not is_bool_dtype(value.dtype):
        far = (value > _EXACT_INTEGERS) | (value < -_EXACT_INTEGERS)
        if far.any():
            raise FunctionError(
                f"{what} is a nullable integer column with values beyond ±2**53, which a float "
                f"array can't hold exactly. Annotate it as pd.Series instead of np.ndarray."
            )
    return value.to_numpy(np.float64, na_value=np.nan)


def is_array(annotation: Any) -> bool:
    """Whether a parameter takes a column as an array."""
    if typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    return (typing.get_origin(annotation) or annotation) is np.ndarray


def _of_array(array: npt.NDArray[Any]) -> pd.Series:
    # An object array is text, and without a value in it pandas can't tell.
    text = array.dtype == object and bool(pd.isna(array).all())
    return pd.Series(array, dtype=pd.StringDtype(na_value=np.nan) if text else None)


def _as_column(step: FunctionNode, result: Any, length: int) -> pd.Series | pd.DataFrame:
    if isinstance(result, np.ndarray) and result.ndim == 1:
        result = _of_array(result)
    if not isinstance(result, pd.Series | pd.DataFrame):
        shape = f" of shape {result.shape}" if isinstance(result, np.ndarray) else ""
        raise FunctionError(
            f"Function {step.name!r} of {step.module} is annotated as a column and returned "
            f"{type(result).__name__}{shape}. Return a pd.Series, or an np.ndarray of one "
            f"dimension, with a value for each row."
        )
    if len(result) != length:
        raise FunctionError(
            f"Function {step.name!r} of {step.module} got {length} rows and returned "
            f"{len(result)}. A row function keeps the rows: use where() instead of dropping."
        )
    if not result.index.equals(pd.RangeIndex(length)):
        raise FunctionError(
            f"Function {step.name!r} of {step.module} returned the rows in another order or under "
            f"another index. A row function keeps both: no sort_values(), no set_index()."
        )
    return result


def _bare(column: pd.Series | pd.DataFrame) -> pd.Series | pd.DataFrame:
    """The column under a `pd.RangeIndex`, without the name and the attributes that it was given."""
    if isinstance(column, pd.DataFrame):
        return column
    index = column.index
    plain = type(index) is pd.RangeIndex and index.name is None
    if plain and column.name is None and not column.attrs:
        return column
    column = column.copy(deep=False)
    column.name, column.attrs, column.index = None, {}, pd.RangeIndex(len(column))
    return column
