"""What an aggregate's function returns for one window, as a value of its annotated type."""

from __future__ import annotations

import math
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from onedag.dtypes import TIMESTAMP, ColumnType, annotated_type, plain_value
from onedag.durations import to_utc
from onedag.errors import FunctionError
from onedag.evaluate import call
from onedag.graph import FunctionNode

__all__ = ["as_scalar", "on_empty", "on_window", "quietly", "return_type"]

_ONE_AT_A_TIME = threading.RLock()


def return_type(node: FunctionNode) -> ColumnType:
    """The column type of an aggregate: that of its function's return annotation."""
    return annotated_type(node.returns, f"@aggregate function {node.name!r}")


def on_window(node: FunctionNode, columns: Mapping[str, pd.Series]) -> Any:
    """The value of one window: the function called, literally, with the window's columns.

    Args:
        node: an aggregate.
        columns: its inputs by name, the visible rows of the window in time order.

    Returns:
        A Python scalar of the annotated type, or None for null, NaN and ``pd.NA``.

    Raises:
        FunctionError: the function raised, or returned what its annotation doesn't say.
    """
    with quietly():  # an empty or all-null window is an ordinary thing, not worth a warning
        result = call(node, columns)
    return as_scalar(node, result)


@contextmanager
def quietly(category: type[Warning] = RuntimeWarning) -> Iterator[None]:
    """No warnings of a category, nor NumPy's; other threads wait for their turn to say so.

    Filters of warnings belong to the process, and engines call functions from several threads.
    """
    with _ONE_AT_A_TIME, np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", category)
        yield


def on_empty(node: FunctionNode, columns: Mapping[str, pd.Series]) -> Any:
    """The value for a key or a window without rows: the function of empty Series.

    Args:
        node: an aggregate.
        columns: its inputs by name; only their dtypes count.
    """
    return on_window(node, {name: columns[name].iloc[:0] for name in node.inputs})


def as_scalar(node: FunctionNode, value: Any) -> Any:
    """A function's result as a Python scalar of its annotated type.

    Raises:
        FunctionError: another type, or null where the annotation doesn't allow it.
    """
    column = return_type(node)
    if isinstance(value, np.generic):
        value = value.item()
    value = plain_value(value)
    if value is None or value is pd.NA or value is pd.NaT or _is_nan(value):
        if column.nullable:
            return None
        raise FunctionError(
            f"Function {node.name!r} returned {value!r}, and its annotation {node.returns!r} has "
            f"no null. Annotate `-> float`, `| None`, or return another value for such a window."
        )
    converted = _converted(value, column.arrow)
    if converted is None:
        raise FunctionError(
            f"Function {node.name!r} returned {value!r} ({type(value).__name__}); its annotation "
            f"says {node.returns!r}."
        )
    return converted


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _converted(value: Any, arrow: pa.DataType) -> Any:
    """The value in the type, or None where that would change it."""
    if arrow == pa.bool_():
        return value if isinstance(value, bool) else None
    if arrow == pa.int64():
        return _whole(value) if isinstance(value, int | float) else None
    if arrow == pa.float64():
        return _float(value) if isinstance(value, int | float) else None
    if arrow == TIMESTAMP:
        return to_utc(value) if isinstance(value, datetime) else None
    return str(value) if isinstance(value, str) else None


def _float(value: int | float) -> float | None:
    try:
        return float(value)
    except OverflowError:
        return None


def _whole(value: int | float) -> int | None:
    if isinstance(value, float) and not value.is_integer():  # infinity isn't either
        return None
    return int(value) if -(2**63) <= value < 2**63 else None
