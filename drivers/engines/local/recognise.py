"""Which aggregates are known reductions, and how each is computed for all windows."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from drivers.engines.local.reduce import Array, Counts, Extremes, Numbers
from drivers.engines.local.slices import Slices, Timeline
from onedag.aggregates import Column, Expression, Reduction, as_scalar, evaluate, on_window, trace
from onedag.aggregates import reductions as reductions_of
from onedag.dtypes import series_to_arrow
from onedag.errors import FunctionError, SchemaMismatch
from onedag.graph import FunctionNode
from onedag.planner import StoredFeature

__all__ = ["Recognised", "recognise"]

_SAMPLES = (1, 2, 3, 7, 20)
_RELATIVE_TOLERANCE = 1e-9


Compute: TypeAlias = Callable[[Timeline, Slices], Array]


@dataclass(frozen=True, slots=True)
class Recognised:
    """What is computed for all windows at once.

    Attributes:
        expressions: how each feature's value comes from reductions.
        reductions: how each reduction, by its text, is computed.
        numbers: what the reductions of one expression share, by its text.
    """

    expressions: dict[StoredFeature, Expression] = field(default_factory=dict)
    reductions: dict[str, Compute] = field(default_factory=dict)
    numbers: dict[str, Callable[[Timeline], Numbers]] = field(default_factory=dict)


def recognise(
    features: Sequence[StoredFeature], inputs: Mapping[str, pd.Series]
) -> tuple[Recognised, list[StoredFeature]]:
    """Sort features into known reductions and those whose function is called for each window.

    Args:
        features: aggregates.
        inputs: the columns that their functions take, over the whole history.
    """
    found, others = Recognised(), []
    expressions: dict[Callable[..., Any], Expression | None] = {}
    for feature in features:
        node = feature.node
        assert node is not None
        if node.code not in expressions:
            expressions[node.code] = _trusted(node, inputs, found)
        expression = expressions[node.code]
        if expression is None:
            others.append(feature)
        else:
            found.expressions[feature] = expression
    return found, others


def _trusted(
    node: FunctionNode, inputs: Mapping[str, pd.Series], found: Recognised
) -> Expression | None:
    expression = trace(node.function, {name: name for name in node.inputs})
    if expression is None or not _agrees(node, expression, inputs):
        return None
    prepared = {}
    for reduction in reductions_of(expression):
        compute = found.reductions.get(reduction.text) or _reduction(reduction, inputs, found)
        if compute is None:
            return None
        prepared[reduction.text] = compute
    found.reductions.update(prepared)
    return expression


def _agrees(node: FunctionNode, expression: Expression, inputs: Mapping[str, pd.Series]) -> bool:
    """Whether the trace says what the function does, on windows of several sizes."""
    length = len(next(iter(inputs.values())))
    for size in _SAMPLES:
        for start in (0, max(0, length // 2 - size), max(0, length - size)):
            piece = {
                name: inputs[name].iloc[start : start + size].reset_index(drop=True)
                for name in node.inputs
            }
            try:
                if not _same(on_window(node, piece), _traced(node, expression, piece)):
                    return False
            except FunctionError:  # it may well like each window that there really is
                return False
    return True


def _traced(node: FunctionNode, expression: Expression, columns: Mapping[str, pd.Series]) -> Any:
    try:
        with np.errstate(all="ignore"):
            value = evaluate(expression, lambda r: getattr(r.column.compute(columns), r.kind)())
        return as_scalar(node, value)
    except (FunctionError, TypeError, AttributeError, ValueError):
        return _Disagreement


class _Disagreement:
    """Equal to no value."""


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        return bool(np.isclose(left, right, rtol=_RELATIVE_TOLERANCE, atol=0))
    return type(left) is type(right) and bool(left == right)


def _reduction(
    reduction: Reduction, inputs: Mapping[str, pd.Series], found: Recognised
) -> Compute | None:
    """How a reduction is computed; None for a kind and dtype that aren't covered."""
    column = _column_array(reduction.column, inputs)
    if column is None:
        return None
    if reduction.kind == "count":
        return _counts(column)
    if pa.types.is_boolean(column.type):
        whole = column.cast(pa.int64())
        # Of nothing but nulls, `any` is false and `all` is true.
        if reduction.kind == "any":
            return _extreme(whole, largest=True, nothing=0, boolean=True)
        if reduction.kind == "all":
            return _extreme(whole, largest=False, nothing=1, boolean=True)
        column = whole if reduction.kind in ("sum", "mean", "std", "var") else column
    if column.type not in (pa.int64(), pa.float64()):
        # Sums of others have a dtype, and min and max a range, that arithmetic would tell apart.
        return None
    if reduction.kind in ("sum", "mean", "std", "var"):
        return _of_numbers(reduction, column, found)
    if reduction.kind not in ("min", "max"):
        return None
    largest = reduction.kind == "max"
    if pa.types.is_floating(column.type):
        return _extreme_float(column, largest)
    if column.null_count:  # a window of nulls alone has no integer to show for it
        return None
    return _extreme(column, largest, nothing=0, boolean=False)


def _column_array(column: Column, inputs: Mapping[str, pd.Series]) -> pa.Array | None:
    computed = column.compute(inputs)
    if not isinstance(computed, pd.Series):
        return None
    try:
        return series_to_arrow(computed, column.text)[0]
    except SchemaMismatch:
        return None


def _counts(column: pa.Array) -> Compute:
    counts = functools.cache(functools.partial(Counts.of, column))
    return lambda timeline, slices: counts(timeline)(slices)


def _of_numbers(reduction: Reduction, column: pa.Array, found: Recognised) -> Compute:
    text = reduction.column.text
    if text not in found.numbers:
        found.numbers[text] = functools.cache(functools.partial(Numbers, column))
    numbers = found.numbers[text]
    methods: Mapping[str, Compute] = {
        "sum": lambda timeline, slices: numbers(timeline).sum(slices),
        "mean": lambda timeline, slices: numbers(timeline).mean(slices),
        "var": lambda timeline, slices: numbers(timeline).variance(slices),
        "std": lambda timeline, slices: np.sqrt(numbers(timeline).variance(slices)),
    }
    return methods[reduction.kind]


def _extreme_float(column: pa.Array, largest: bool) -> Compute:
    nothing = -np.inf if largest else np.inf
    values = pc.fill_null(column, nothing).to_numpy(zero_copy_only=False)
    extremes = functools.cache(functools.partial(Extremes, values, nothing, largest))
    counts = _counts(column)

    def compute(timeline: Timeline, slices: Slices) -> Array:
        return np.where(counts(timeline, slices) == 0, np.nan, extremes(timeline)(slices))

    return compute


def _extreme(column: pa.Array, largest: bool, nothing: int, *, boolean: bool) -> Compute:
    limits = np.iinfo(np.int64)
    beyond = nothing if boolean else limits.min if largest else limits.max
    filled = pc.fill_null(column, beyond)
    values = filled.to_numpy(zero_copy_only=False)
    extremes = functools.cache(functools.partial(Extremes, values, beyond, largest))

    def compute(timeline: Timeline, slices: Slices) -> Array:
        found = extremes(timeline)(slices)
        return found.astype(np.bool_) if boolean else found

    return compute
