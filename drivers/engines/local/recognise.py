"""Which aggregates are known reductions: found out once for a function and the types it takes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import pyarrow as pa

from onedag.aggregates import Recognised, on_empty, recognise, text_of, trace
from onedag.aggregates.scalar import return_type
from onedag.dtypes import ColumnType, to_series
from onedag.graph import FunctionNode

__all__ = ["Decision", "decide"]


@dataclass(frozen=True, slots=True)
class Decision:
    """How an aggregate is computed.

    Attributes:
        recognised: None where the function is called for each window.
        nothing: the value of a window without rows.
    """

    recognised: Recognised | None
    nothing: Any


_Case: TypeAlias = tuple[str, ColumnType, tuple[tuple[str, ColumnType], ...]]

_lock = threading.Lock()
_known: WeakKeyDictionary[Callable[..., Any], dict[_Case, Recognised | None]] = WeakKeyDictionary()


def decide(node: FunctionNode, types: Mapping[str, ColumnType]) -> Decision:
    """How an aggregate of columns of some types is computed: the same, whatever rows there are.

    History comes in many parts. So what a function computes is asked each time, for it may have
    been given another constant; whether that may be believed is found out once.

    Raises:
        FunctionError: the function raised for empty columns.
    """
    empty = {n: to_series(pa.array([], types[n].arrow), types[n]) for n in node.inputs}
    nothing = on_empty(node, empty)
    expression = trace(node.function, {name: name for name in node.inputs})
    if expression is None:
        return Decision(None, nothing)
    inputs = tuple((name, types[name]) for name in node.inputs)
    return Decision(
        _remembered(node, types, (text_of(expression), return_type(node), inputs)), nothing
    )


def _remembered(
    node: FunctionNode, types: Mapping[str, ColumnType], case: _Case
) -> Recognised | None:
    with _lock:
        cases = _known.setdefault(node.code, {})
    if case not in cases:
        cases[case] = recognise(node, types)
    return cases[case]
