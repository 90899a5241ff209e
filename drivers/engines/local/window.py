"""Aggregates of windows: recognised reductions for all windows at once, any other one by one."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from drivers.engines.base import History, Windows
from drivers.engines.local.recognise import Recognised, recognise
from drivers.engines.local.reduce import Array, lengths
from drivers.engines.local.slices import Slices, Timeline
from onedag.aggregates import Reduction, evaluate, on_empty, on_window
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
    recognised, _ = recognise(features, inputs)
    columns: dict[str, pa.Array] = {}
    called: dict[str, float] = {}
    for over in dict.fromkeys(map(_over, features)):
        slices = timeline.slices(moments, over)
        reduced = _Reduced(recognised, timeline, slices)
        for feature in features:
            if _over(feature) != over:
                continue
            node = _function(feature)
            if feature in recognised.expressions:
                with np.errstate(all="ignore"):  # a division by zero is infinity, as in pandas
                    values = evaluate(recognised.expressions[feature], reduced)
                columns[feature.name] = _typed(node, values, reduced.empty, on_empty(node, inputs))
            else:
                start = time.perf_counter()
                columns[feature.name] = _each(node, inputs, timeline, slices, moments)
                called[feature.name] = time.perf_counter() - start
    return Windows(pa.table({f.name: columns[f.name] for f in features}), called)


def _inputs(history: History, features: Iterable[StoredFeature]) -> dict[str, pd.Series]:
    names = dict.fromkeys(name for f in features for name in _function(f).inputs)
    return {name: to_series(history.table[name], history.types[name]) for name in names}


def _function(feature: StoredFeature) -> FunctionNode:
    assert feature.node is not None
    return feature.node


def _over(feature: StoredFeature) -> timedelta | None:
    assert isinstance(feature.definition, Aggregate)
    return feature.definition.over


class _Reduced:
    """The reductions of all windows of one length, each computed once."""

    def __init__(self, recognised: Recognised, timeline: Timeline, slices: Slices) -> None:
        self._recognised, self._timeline, self._slices = recognised, timeline, slices
        self._values: dict[str, Array] = {}
        self.empty = lengths(timeline, slices) == 0

    def __call__(self, reduction: Reduction) -> Array:
        text = reduction.text
        if text not in self._values:
            compute = self._recognised.reductions[text]
            self._values[text] = compute(self._timeline, self._slices)
        return self._values[text]


def _typed(node: FunctionNode, values: Any, empty: Array, nothing: Any) -> pa.Array:
    """The values in the annotated type, with the value of no rows where a window is empty."""
    column = return_type(node)
    values = np.broadcast_to(np.asarray(values), empty.shape)
    if column.arrow == pa.float64():
        values = values.astype(np.float64)
    missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), np.bool_)
    wrong = missing & ~empty & (not column.nullable)
    if column.arrow == pa.int64() and values.dtype.kind == "f":
        whole = (values == np.trunc(values)) & (values >= -(2.0**63)) & (values < 2.0**63)
        wrong |= ~missing & ~empty & ~whole
        values = np.where(missing | empty | wrong, 0, values).astype(np.int64)
    if wrong.any():
        raise FunctionError(
            f"Function {node.name!r} gives null or a fraction for {int(wrong.sum())} windows with "
            f"rows, and its annotation {node.returns!r} can't hold that. Annotate `-> float`, or "
            f"`| None`."
        )
    result = pa.array(values, mask=missing).cast(column.arrow)
    return pc.if_else(pa.array(empty), pa.scalar(nothing, column.arrow), result)


def _each(
    node: FunctionNode,
    inputs: Mapping[str, pd.Series],
    timeline: Timeline,
    slices: Slices,
    moments: pa.Table,
) -> pa.Array:
    """Call the function for each window, literally; moments with the same rows share a call."""
    nothing = on_empty(node, inputs)
    known: dict[bytes, Any] = {}
    values = []
    for moment in range(moments.num_rows):
        rows = timeline.rows(slices, moment)
        key = rows.tobytes()
        if key not in known:
            known[key] = (
                on_window(
                    node, {n: inputs[n].take(rows).reset_index(drop=True) for n in node.inputs}
                )
                if len(rows)
                else nothing
            )
        values.append(known[key])
    return pa.array(values, return_type(node).arrow)
