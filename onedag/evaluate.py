"""Calling row functions on columns: one way, for both drivers."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_extension_array_dtype, is_numeric_dtype

from onedag.errors import FunctionError
from onedag.graph import FunctionNode

__all__ = ["arguments", "call", "evaluate"]


def evaluate(steps: Iterable[FunctionNode], columns: MutableMapping[str, Any], length: int) -> None:
    """Call each step in order and put what it returns into ``columns``.

    Args:
        steps: row functions, each after those that it needs.
        columns: by name, Series of shape ``(length,)`` with a ``RangeIndex``, and fitted values.
        length: the number of rows.

    Raises:
        FunctionError: a function raised, or gave back another number or order of rows.
    """
    for step in steps:
        columns[step.name] = _as_column(step, call(step, columns), length)


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
    """The arguments of one call: an optional input that isn't there keeps its default."""
    return {
        parameter.name: _in_form(values[parameter.name], parameter.annotation)
        for parameter in step.parameters
        if parameter.required or parameter.name in values
    }


def _in_form(value: Any, annotation: Any) -> Any:
    if annotation is pd.Series or not (isinstance(value, pd.Series) and _is_array(annotation)):
        return value
    if is_extension_array_dtype(value.dtype) and is_numeric_dtype(value.dtype):
        # NumPy's integers and bools have no null. Floats have, and don't depend on the values.
        return value.to_numpy(np.float64, na_value=np.nan)
    return value.to_numpy()


def _is_array(annotation: Any) -> bool:
    if typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    return (typing.get_origin(annotation) or annotation) is np.ndarray


def _as_column(step: FunctionNode, result: Any, length: int) -> pd.Series | pd.DataFrame:
    if isinstance(result, np.ndarray) and result.ndim == 1:
        result = pd.Series(result)
    if not isinstance(result, pd.Series | pd.DataFrame):
        raise FunctionError(
            f"Function {step.name!r} of {step.module} is annotated as a column and returned "
            f"{type(result).__name__}. Return a pd.Series with a value for each row."
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
