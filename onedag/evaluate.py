"""Calling row functions on columns: one way, for both drivers."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_bool_dtype, is_extension_array_dtype, is_numeric_dtype

from onedag.dtypes import canonical_series
from onedag.errors import FunctionError
from onedag.graph import FunctionNode

__all__ = ["arguments", "call", "evaluate", "is_array"]

_EXACT_INTEGERS = 2**53


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
        column = _as_column(step, call(step, columns), length)
        # A dtype that isn't in the table of `onedag.dtypes` would become one that is whenever the
        # column is kept between two passes; so it becomes it here, always.
        columns[step.name] = canonical_series(column, f"Function {step.name!r}")


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
    return {
        parameter.name: _in_form(values[parameter.name], parameter.annotation)
        for parameter in step.parameters
        if parameter.required or parameter.name in values
    }


def _in_form(value: Any, annotation: Any) -> Any:
    if not isinstance(value, pd.Series | pd.DataFrame):
        return value
    if not (isinstance(value, pd.Series) and is_array(annotation)):
        return value.copy(deep=False)  # pandas copies when it is written to
    if is_extension_array_dtype(value.dtype) and is_numeric_dtype(value.dtype):
        # NumPy's integers and bools have no null. Floats have, and don't depend on the values.
        return _as_floats(value)
    return value.to_numpy(copy=True)


def _as_floats(value: pd.Series) -> npt.NDArray[np.float64]:
    if not is_bool_dtype(value.dtype) and value.abs().max() > _EXACT_INTEGERS:
        raise FunctionError(
            "A nullable integer column holds values beyond ±2**53, which a float array can't hold "
            "exactly. Annotate the parameter as pd.Series instead of np.ndarray."
        )
    return value.to_numpy(np.float64, na_value=np.nan)


def is_array(annotation: Any) -> bool:
    """Whether a parameter takes a column as an array."""
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
