"""Whether an aggregate is known reductions: a matter of its function and its dtypes alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from onedag.aggregates.arithmetic import is_sound
from onedag.aggregates.expression import (
    Expression,
    Reduction,
    constants_in,
    evaluate,
    reductions_in,
)
from onedag.aggregates.reductions import Known, fold, known
from onedag.aggregates.samples import sample_windows
from onedag.aggregates.scalar import as_scalar, on_window, quietly, return_type
from onedag.aggregates.trace import trace
from onedag.aggregates.written import asks_what_it_is, constants_of
from onedag.dtypes import TIMESTAMP, ColumnType
from onedag.errors import FunctionError
from onedag.graph import FunctionNode

__all__ = ["Recognised", "by_rows", "recognise"]

_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Recognised:
    """What an aggregate computes.

    Attributes:
        expression: of reductions.
        known: each reduction by its text.
        dtypes: of the column that each reduces, as pandas has it, by its text.
    """

    expression: Expression
    known: Mapping[str, Known]
    dtypes: Mapping[str, Any]


def recognise(node: FunctionNode, types: Mapping[str, ColumnType]) -> Recognised | None:
    """An aggregate as an expression of known reductions; None if its function must be called.

    Args:
        node: an aggregate.
        types: of the columns that it may take.
    """
    expression = trace(node.function, {name: name for name in node.inputs})
    if expression is None or asks_what_it_is(node.code):
        return None
    constants = [*constants_in(expression), *constants_of(node.code)]
    try:
        windows = list(sample_windows({name: types[name] for name in node.inputs}, constants))
    except Exception:  # a type without samples, or a constant beyond all types
        return None
    found = _known(expression, windows)
    if found is None or not _is_computable(node, found):
        return None
    try:
        return found if _agrees(node, found, windows) else None
    except Exception:  # Python's numbers and numpy's raise what they like
        return None


def by_rows(node: FunctionNode, found: Recognised, window: Mapping[str, pd.Series]) -> Any:
    """The value of a recognised aggregate for one window with rows, value by value.

    It is what an engine computes for all windows at once, to the last bit.

    Raises:
        FunctionError: the annotation can't hold the value.
    """
    with quietly():
        return as_scalar(node, evaluate(found.expression, lambda r: _value(found, r, window)))


def _known(expression: Expression, windows: list[dict[str, pd.Series]]) -> Recognised | None:
    found: dict[str, Known] = {}
    dtypes: dict[str, Any] = {}
    for reduction in reductions_in(expression):
        dtype = _dtype(reduction, windows)
        one = None if dtype is None else known(reduction.kind, dtype, reduction.q)
        if one is None:
            return None
        found[reduction.text], dtypes[reduction.text] = one, dtype
    return Recognised(expression, found, dtypes)


def _dtype(reduction: Reduction, windows: list[dict[str, pd.Series]]) -> Any:
    """The dtype of what is reduced; None unless it is the same, and a column, in each window."""
    dtypes = set()
    for window in windows:
        try:
            with quietly(Warning):  # they say nothing of real windows
                column = reduction.column.compute(window)
        except Exception:  # pandas raises what it likes for a value or dtype that it refuses
            return None
        dtypes.add(column.dtype if isinstance(column, pd.Series) else None)
    return dtypes.pop() if len(dtypes) == 1 else None


def _is_computable(node: FunctionNode, found: Recognised) -> bool:
    """Whether arithmetic may be done on arrays, and makes the type that is annotated."""
    sound = is_sound(found.expression, lambda r: (found.known[r.text], found.dtypes[r.text]))
    arrow = return_type(node).arrow
    if not sound or not isinstance(found.expression, Reduction):
        return sound and arrow in (pa.int64(), pa.float64())
    kind = found.known[found.expression.text].dtype.kind
    kinds = {pa.bool_(): "b", pa.string(): "U", TIMESTAMP: "M"}
    return kind in kinds.get(arrow, "biuf")


def _agrees(node: FunctionNode, found: Recognised, windows: list[dict[str, pd.Series]]) -> bool:
    """Whether the trace says what the function does, where the function does anything."""
    pairs = [(_literal(node, window), _traced(node, found, window)) for window in windows]
    said = any(literal is not _Raised for literal, _ in pairs)
    return said and all(_same(literal, traced) for literal, traced in pairs)


class _Raised:
    """Stands for the value that a function doesn't have for a window."""


def _literal(node: FunctionNode, window: Mapping[str, pd.Series]) -> Any:
    try:
        return on_window(node, window)
    except FunctionError:
        return _Raised


def _traced(node: FunctionNode, found: Recognised, window: Mapping[str, pd.Series]) -> Any:
    try:
        return by_rows(node, found, window)
    except FunctionError:
        return _Raised


def _value(found: Recognised, reduction: Reduction, window: Mapping[str, pd.Series]) -> Any:
    """What the reference implementation returns, as pandas' scalar."""
    one = found.known[reduction.text]
    column = reduction.column.compute(window)
    objects = [None if pd.isna(value) else value for value in column.array]
    plain = [value.item() if isinstance(value, np.generic) else value for value in objects]
    result = fold(one.aggregator, plain)
    if one.dtype.kind not in "biuf":
        return result
    return np.float64("nan") if result is None else one.dtype.type(result)


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        return bool(np.isclose(left, right, rtol=_TOLERANCE, atol=_TOLERANCE))
    return type(left) is type(right) and bool(left == right)
