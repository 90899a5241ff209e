"""Aggregates of windows: recognised reductions for all windows at once, any other one by one."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from drivers.engines.base import EVENT, History, Windows
from drivers.engines.local.columns import Bools, Values, values_of
from drivers.engines.local.kernels import Kernels
from drivers.engines.local.keys import Integers
from drivers.engines.local.recognise import Decision, decide
from drivers.engines.local.reduce import lengths
from drivers.engines.local.result import typed
from drivers.engines.local.slices import Slices, Timeline
from onedag.aggregates import (
    Column,
    Expression,
    Recognised,
    Reduction,
    by_rows,
    evaluate,
    on_window,
    reductions_in,
)
from onedag.aggregates.scalar import return_type
from onedag.dtypes import to_series
from onedag.errors import FunctionError
from onedag.graph import FunctionNode
from onedag.modifiers import Aggregate
from onedag.planner import StoredFeature

__all__ = ["window"]


def window(
    timeline: Timeline, moments: pa.Table, history: History, features: Sequence[StoredFeature]
) -> Windows:
    """See `drivers.engines.Engine.window`. The rows are in the order of `Timeline.place`."""
    inputs = _inputs(history, features)
    kernels = _Columns(inputs, timeline)
    columns: dict[str, pa.Array] = {}
    called: dict[str, float] = {}
    calls: dict[str, int] = {}
    for over in dict.fromkeys(map(_over, features)):
        slices = timeline.slices(moments, over)
        reduced = _Reduced(kernels, slices, lengths(timeline, slices) == 0)
        for feature in features:
            if _over(feature) != over:
                continue
            node = _function(feature)
            decision = decide(node, history.types)
            found = _at_once(node, decision, reduced)
            if found is None:
                start = time.perf_counter()
                found, calls[feature.name] = _each(
                    feature, decision, history, inputs, timeline, slices
                )
                called[feature.name] = time.perf_counter() - start
            columns[feature.name] = found
    return Windows(pa.table({f.name: columns[f.name] for f in features}), called, calls)


def _inputs(history: History, features: Iterable[StoredFeature]) -> dict[str, pd.Series]:
    names = dict.fromkeys(name for f in features for name in _function(f).inputs)
    return {name: to_series(history.table[name], history.types[name]) for name in names}


def _function(feature: StoredFeature) -> FunctionNode:
    assert feature.node is not None
    return feature.node


def _over(feature: StoredFeature) -> timedelta | None:
    assert isinstance(feature.definition, Aggregate)
    return feature.definition.over


def _at_once(node: FunctionNode, decision: Decision, reduced: _Reduced) -> pa.Array | None:
    """The values of all windows of an aggregate; None if they must be found one by one."""
    if decision.recognised is None:
        return None
    try:
        with np.errstate(all="ignore"):  # a division by zero is infinity, as in pandas
            found = reduced.values(decision.recognised.expression)
        return typed(node, found, reduced.empty, decision.nothing)
    except _RowRaised:
        return None
    except FunctionError:
        raise
    except Exception as error:  # what arithmetic raises depends on the numbers
        raise FunctionError(
            f"Function {node.name!r} of {node.module} is computed for all windows at once, which "
            f"raised {type(error).__name__}: {error}."
        ) from error


class _RowRaised(Exception):
    """A row-wise expression raised for the whole history; most windows may be without that row."""


class _Columns:
    """The row-wise expressions of a history, each computed once for windows of all lengths."""

    def __init__(self, inputs: Mapping[str, pd.Series], timeline: Timeline) -> None:
        self._inputs, self._timeline = inputs, timeline
        self._kernels: dict[str, Kernels] = {}

    def __call__(self, column: Column) -> Kernels:
        if column.text not in self._kernels:
            try:
                values = values_of(column.compute(self._inputs))
            except Exception as error:  # pandas raises what it likes for a value that it refuses
                raise _RowRaised from error
            self._kernels[column.text] = Kernels(values, self._timeline)
        return self._kernels[column.text]


class _Reduced:
    """The reductions of all windows of one length, each computed once.

    Attributes:
        empty: which windows have no rows.
    """

    def __init__(self, columns: _Columns, slices: Slices, empty: Bools) -> None:
        self._columns, self._slices, self.empty = columns, slices, empty
        self._found: dict[str, Values] = {}

    def values(self, expression: Expression) -> Values:
        """The values of an expression. Arithmetic with a null is null."""
        if isinstance(expression, Reduction):
            return self._of(expression)
        numbers = evaluate(expression, lambda reduction: self._of(reduction).numbers)
        nulls = [self._of(reduction).null for reduction in reductions_in(expression)]
        return Values(numbers, np.logical_or.reduce(nulls))

    def _of(self, reduction: Reduction) -> Values:
        if reduction.text not in self._found:
            found = self._columns(reduction.column).reduce(reduction, self._slices)
            self._found[reduction.text] = found
        return self._found[reduction.text]


def _each(
    feature: StoredFeature,
    decision: Decision,
    history: History,
    inputs: Mapping[str, pd.Series],
    timeline: Timeline,
    slices: Slices,
) -> tuple[pa.Array, int]:
    """Find the value of each window by itself; moments with the same rows share a call.

    The function is called, literally. A recognised one is only where no window gets another value.

    Returns:
        The values, and how many calls it took.

    Raises:
        FunctionError: the function raised for a window, or its annotation can't hold the value.
    """
    node = _function(feature)
    known: dict[bytes, Any] = {b"": decision.nothing}
    values = []
    for moment in range(len(slices.at)):
        rows = timeline.rows(slices, moment)
        key = rows.tobytes()
        if key not in known:
            columns = {n: inputs[n].take(rows).reset_index(drop=True) for n in node.inputs}
            try:
                known[key] = _one(node, decision.recognised, columns)
            except FunctionError as error:
                raise FunctionError(f"{error} {_of_window(feature, history, rows)}") from error
        values.append(known[key])
    return pa.array(values, return_type(node).arrow), len(known) - 1


def _one(node: FunctionNode, recognised: Recognised | None, columns: dict[str, pd.Series]) -> Any:
    """The value of one window: of a recognised function, in the bits of all windows at once."""
    if recognised is not None:
        try:
            return by_rows(node, recognised, columns)
        except Exception:  # for this very window: the function shall say so itself
            return on_window(node, columns)
    return on_window(node, columns)


def _of_window(feature: StoredFeature, history: History, rows: Integers) -> str:
    """Which window an error is about."""
    newest = int(rows[-1])
    at = np.datetime64(history.table[EVENT][newest].as_py(), "us")
    key = {name: history.table[name][newest].as_py() for name in history.join_keys}
    return (
        f"It was asked for feature {feature.name!r} of a window of {len(rows)} rows, the newest of "
        f"{at} UTC, of {key or 'everything'}."
    )
