"""Calling a row function with stand-ins instead of Series."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from onedag.evaluate import is_array
from onedag.graph import FunctionNode
from onedag.numpy_series.convert import UTC_DTYPE, from_array
from onedag.numpy_series.refusal import Refused
from onedag.numpy_series.series import NumpySeries

__all__ = ["adopt", "on_stand_ins"]

_EXACT_INTEGERS = 2**53


def on_stand_ins(step: FunctionNode) -> Callable[..., Any]:
    """A row function that takes stand-ins where the step's own takes Series."""
    arrays = [p.name for p in step.parameters if is_array(p.annotation)]
    function = step.function
    if not arrays:
        return function

    def with_arrays(**given: Any) -> Any:
        for name in arrays:
            if name in given and type(given[name]) is NumpySeries:
                given[name] = _as_array(given[name])
        return function(**given)

    return with_arrays


def adopt(result: Any, length: int) -> NumpySeries:
    """What a function returned for ``length`` rows, in a dtype of the table of `onedag.dtypes`.

    Raises:
        Refused: pandas must tell what it is, or what is wrong with it.
    """
    if isinstance(result, np.ndarray):
        result = from_array(result.copy())
    if type(result) is not NumpySeries or len(result) != length:
        raise Refused("a result", result)
    if result._kind == "F":
        values = result._values.copy()
        values[result._mask] = np.nan
        return NumpySeries(values, "f", values.dtype)
    if result._kind == "M" and result._dtype is not UTC_DTYPE:
        return NumpySeries(result._values, "M", UTC_DTYPE)
    return result


def _as_array(column: NumpySeries) -> npt.NDArray[Any]:
    """As `onedag.evaluate` has it; a function may write into it."""
    kind, values = column._kind, column._values
    if kind in "biufm":
        return values.copy()
    if kind not in "BIU":
        raise Refused("an array", column)
    floats = values.astype(np.float64)
    if kind != "B" and (np.abs(values[~column._mask].astype(object)) > _EXACT_INTEGERS).any():
        raise Refused("an array of integers beyond 2**53", column)
    floats[column._mask] = np.nan
    return floats
