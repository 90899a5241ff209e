"""Which aggregates are known reductions: decided once for a function and the types it takes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import pyarrow as pa

from onedag.aggregates import Recognised, on_empty, recognise
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


_Types: TypeAlias = tuple[tuple[str, ColumnType], ...]

_lock = threading.Lock()
_decisions: WeakKeyDictionary[Callable[..., Any], dict[_Types, Decision]] = WeakKeyDictionary()


def decide(node: FunctionNode, types: Mapping[str, ColumnType]) -> Decision:
    """How an aggregate of columns of some types is computed: the same, whatever rows there are.

    It is remembered for as long as the function lives: history comes in many parts.

    Raises:
        FunctionError: the function raised for empty columns.
    """
    wanted = (*((name, types[name]) for name in node.inputs), ("return", return_type(node)))
    with _lock:
        found = _decisions.get(node.code, {}).get(wanted)
    if found is None:
        found = _decided(node, types)
        with _lock:
            _decisions.setdefault(node.code, {})[wanted] = found
    return found


def _decided(node: FunctionNode, types: Mapping[str, ColumnType]) -> Decision:
    empty = {n: to_series(pa.array([], types[n].arrow), types[n]) for n in node.inputs}
    return Decision(recognise(node, types), on_empty(node, empty))
