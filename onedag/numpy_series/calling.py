"""Calling a row function with stand-ins instead of Series."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from onedag.evaluate import is_array
from onedag.graph import FunctionNode
from onedag.numpy_series.convert import (
    UTC_DTYPE,
    column_type,
    from_array,
    from_values,
    nulls,
    to_list,
)
from onedag.numpy_series.namespace import with_stand_in_pandas
from onedag.numpy_series.only import MANY, only
from onedag.numpy_series.refusal import Refused
from onedag.numpy_series.series import NumpySeries
from onedag.per_row import PerRow

__all__ = ["adopt", "on_stand_ins"]

_EXACT_INTEGERS = 2**53


def on_stand_ins(step: FunctionNode) -> Callable[..., Any]:
    """A row function that takes stand-ins where the step's own takes Series."""
    if step.per_row:
        return partial(_per_row, step, PerRow.of(step))
    function = with_stand_in_pandas(step.function)
    arrays = [p.name for p in step.parameters if is_array(p.annotation)]
    return partial(_with_arrays, function, arrays) if arrays else function


def _per_row(step: FunctionNode, function: PerRow, **given: Any) -> NumpySeries:
    columns = {name: value for name, value in given.items() if type(value) is NumpySeries}
    fixed = {name: value for name, value in given.items() if name not in columns}
    _refuse_series(fixed)
    types = [column_type(columns[name]) if name in columns else None for name in step.inputs]
    calls = function.on(types)
    lists = {name: to_list(column) for name, column in columns.items()}
    length = len(next(iter(columns.values())))
    return from_values(calls(lists, fixed, length), calls.result_type)


def _with_arrays(function: Callable[..., Any], arrays: Sequence[str], **given: Any) -> Any:
    for name in arrays:
        if type(given.get(name)) is NumpySeries:
            given[name] = _as_array(given[name])
    _refuse_series(given)
    return function(**given)


def _refuse_series(given: Mapping[str, Any]) -> None:
    """A column that has no stand-in is for pandas."""
    for value in given.values():
        if type(value) is pd.Series:
            raise Refused("a column", value)


def adopt(result: Any, length: int) -> NumpySeries:
    """What a function returned for ``length`` rows, in a dtype of the table of `onedag.dtypes`.

    Raises:
        Refused: pandas must tell what it is, or what is wrong with it.
    """
    if type(result) is np.ndarray:  # a masked array has nulls of its own
        result = from_array(result.copy())
    if type(result) is not NumpySeries or len(result) != length:
        raise Refused("a result", result)
    if result._kind == "F" and result._only is not MANY:
        return only(NumpySeries, math.nan if result._only is None else result._only, "f")
    if result._kind == "F":
        values = result._values
        if np.count_nonzero(mask := nulls(result)):
            values = np.where(mask, values.dtype.type(np.nan), values)
        return NumpySeries(values, "f", values.dtype)
    if result._kind == "M" and result._dtype is not UTC_DTYPE:
        return NumpySeries(result._values, "M", UTC_DTYPE)
    return result


def _as_array(column: NumpySeries) -> npt.NDArray[Any]:
    """As `onedag.evaluate.as_array` has it; a function may write into it."""
    values, mask = column._values, column._mask
    if mask is None:
        return values.copy()
    far = (values > _EXACT_INTEGERS) | (values < -_EXACT_INTEGERS)
    if column._kind != "B" and far[~mask].any():
        raise Refused("an array of integers beyond 2**53", column)
    floats = values.astype(np.float64)
    floats[mask] = np.nan
    return floats
