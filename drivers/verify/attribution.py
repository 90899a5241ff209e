"""Where two sides part: the first node of the DAG whose values differ, and what it was given.

    distance ───────────────▶ is_long_haul        agrees: not looked at
    tailnum ─▶ last_delay ──▶ delay_per_mile      both differ: last_delay is where the sides part,
    distance ───────────────────────▲             and tailnum is what it was given on both

It takes values of nodes on two sides, wherever they come from: a training frame and a replayed
request, or a log of what was served and what history says now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.verify.dag import Dag
from drivers.verify.values import RAISED, Cell, Mask, Side

__all__ = ["Attribution", "Input", "Parting"]


@dataclass(frozen=True, slots=True)
class Input:
    """What the node where two sides part was given; the sides agree on it.

    Attributes:
        name: of the node.
        left: its value on the one side.
        right: on the other.
    """

    name: str
    left: Cell
    right: Cell


@dataclass(frozen=True, slots=True)
class Parting:
    """The first node at which two sides differ, for one row.

    Attributes:
        node: its name.
        origin: where its value comes from: request, store, fitted or computed.
        view: of a stored feature.
        what: of value, dtype and status those that differ.
        left: its value on the one side.
        right: on the other.
        inputs: what it follows from.
        again: whether the sides agree once both are computed again, so that the node, or one that
            only it shows, gives another value each time.
    """

    node: str
    origin: str
    view: str | None
    what: tuple[str, ...]
    left: Cell
    right: Cell
    inputs: tuple[Input, ...]
    again: bool = False

    def to_dict(self, left: str, right: str) -> dict[str, Any]:
        """Plain values for JSON, with these names of the sides."""
        inputs = {
            one.name: {left: one.left.to_dict(), right: one.right.to_dict()} for one in self.inputs
        }
        return {
            "node": self.node,
            "origin": self.origin,
            "view": self.view,
            "what": list(self.what),
            left: self.left.to_dict(),
            right: self.right.to_dict(),
            "inputs": inputs,
            "repeatable": not self.again,
        }


class Attribution:
    """Finds where two sides part, row by row.

    Args:
        dag: of the service.
        left: values of nodes on the one side. Nodes that a side lacks are passed over.
        right: of the same rows on the other.
    """

    def __init__(self, dag: Dag, left: Side, right: Side) -> None:
        self._dag = dag
        self._left = left
        self._right = right

    @cached_property
    def differs(self) -> dict[str, Mask]:
        """Where each node differs, of those that both sides have; in the order of the DAG."""
        found = {}
        for name in self._dag.nodes:
            left, right = self._left.get(name), self._right.get(name)
            if left is not None and right is not None:
                found[name] = left.differs(right)
            elif (one := left or right) is not None and one.dtype == RAISED:
                found[name] = np.ones(len(one), np.bool_)
        return found

    def first(self, rows: npt.NDArray[np.int64], feature: str | None = None) -> list[str | None]:
        """The first differing node of those that a feature comes from, itself included.

        Args:
            rows: which rows.
            feature: a node; None for the first differing node of all.

        Returns:
            For each of the rows the node's name; None where all nodes agree.
        """
        found: list[str | None] = [None] * len(rows)
        names = list(self._dag.nodes) if feature is None else self._dag.upstream(feature)
        for name in reversed(names):
            if name in self.differs:
                for place in np.flatnonzero(self.differs[name][rows]).tolist():
                    found[place] = name
        return found

    def parting(self, node: str, row: int) -> Parting:
        """How two sides part at a node, in one row."""
        known = self._dag.nodes[node]
        left, right = _cell(self._left, node, row), _cell(self._right, node, row)
        what, inputs = _what(left, right), self.inputs(node, row)
        return Parting(node, known.origin.value, known.view, what, left, right, inputs)

    def inputs(self, node: str, row: int) -> tuple[Input, ...]:
        """What a node was given in one row, as far as both sides have it."""
        return tuple(
            Input(name, _cell(self._left, name, row), _cell(self._right, name, row))
            for name in self._dag.nodes[node].inputs
            if name in self.differs
        )


def _cell(side: Side, node: str, row: int) -> Cell:
    return side[node].cell(row) if node in side else Cell("nothing", "none", "none")


def _what(left: Cell, right: Cell) -> tuple[str, ...]:
    names: Sequence[str] = ("value", "dtype", "status")
    found = tuple(name for name in names if getattr(left, name) != getattr(right, name))
    return found or ("value",)  # two NaNs may differ in bits that aren't shown
