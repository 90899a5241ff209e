"""What a recognised aggregate gives for all windows, in the type that its function is annotated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from drivers.engines.local.columns import Array, Bools, Values
from onedag.aggregates.scalar import return_type
from onedag.errors import FunctionError
from onedag.graph import FunctionNode

__all__ = ["typed"]


def typed(node: FunctionNode, values: Values, empty: Bools, nothing: Any) -> pa.Array:
    """The values in the annotated type, with the value of no rows where a window is empty.

    Raises:
        FunctionError: a window with rows has a null or a fraction, and the annotation has none.
    """
    column = return_type(node)
    numbers, null = values.numbers, values.null | empty
    if numbers.dtype.kind == "f":
        null = null | np.isnan(numbers)
    wrong = null & ~empty & (not column.nullable)
    if column.arrow == pa.int64() and numbers.dtype.kind in "fu":
        whole = _is_whole(numbers)
        wrong |= ~null & ~whole
        numbers = np.where(whole & ~null, numbers, 0).astype(np.int64)
    if wrong.any():
        raise _refused(node, values, wrong)
    if column.arrow == pa.float64():
        numbers = numbers.astype(np.float64)
    result = values.with_numbers(numbers, null).arrow().cast(column.arrow)
    return pc.if_else(pa.array(empty), pa.scalar(nothing, column.arrow), result)


def _is_whole(numbers: Array) -> Bools:
    if numbers.dtype.kind == "u":
        return np.asarray(numbers < 2**63)
    return np.asarray(
        (numbers == np.trunc(numbers)) & (numbers >= -(2.0**63)) & (numbers < 2.0**63)
    )


def _refused(node: FunctionNode, values: Values, wrong: Bools) -> FunctionError:
    first = int(np.flatnonzero(wrong)[0])
    shown = None if values.null[first] else values.numbers[first].item()
    return FunctionError(
        f"Function {node.name!r} returned {shown!r}, and a null or a fraction for "
        f"{int(wrong.sum())} windows with rows in all; its annotation {node.returns!r} can't hold "
        f"that. Annotate `-> float`, or `| None`."
    )
