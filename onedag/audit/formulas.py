"""Formulas: the steps from a value back to raw columns and fields, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from onedag.audit.steps import Raw, Step
from onedag.audit.words import ORIGINS, listed, step_of_stored
from onedag.catalog import Index
from onedag.lineage import PII, LineageNode, NodeKind
from onedag.service import EVENT_TIMESTAMP

__all__ = ["Formulas"]

_RAW = (NodeKind.COLUMN, NodeKind.REQUEST)
_TIMES = {
    NodeKind.COLUMN: "event time of the source's row",
    NodeKind.REQUEST: "time of the request",
}


class Formulas:
    """The formulas of a service.

    Args:
        index: of the service's lineage, and of the snapshot that it was recorded from.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self._nodes = index.lineage.nodes
        self._row = {n.label: n.id for n in self._nodes.values() if not n.kind.above_boundary}
        self._values: dict[str, list[str]] = {}
        for start, end in index.lineage.edges:
            if (start, end) not in index.lineage.keys:
                self._values.setdefault(end, []).append(start)

    def of(self, node: str) -> Step:
        """The steps back from a node. A step that is met again isn't written out twice."""
        return self._step(node, set())

    def raw(self, node: str) -> tuple[Raw, ...]:
        """The columns and fields that a node's value is made of, in order of their first use."""
        return tuple(
            Raw(
                self._nodes[each].full_name,
                self._nodes[each].kind,
                self._index.type_of(self._nodes[each]),
                PII in map(str.lower, self._nodes[each].tags),
            )
            for each in self._index.upstream([node])
            if self._nodes[each].kind in _RAW
        )

    def looked_up_by(self, node: str) -> tuple[str, ...]:
        """The fields that say which stored values are taken on the way to a node."""
        keys = (key for stored in self._looked_up(node) for key in stored.join_keys)
        return tuple(dict.fromkeys(self._nodes[self._row[key]].full_name for key in keys))

    def sentence(self, node: str) -> str:
        """What a node comes from."""
        raw = self.raw(node)
        if self._nodes[node].kind is NodeKind.REQUEST:
            return "It is carried by the request as it is."
        if not raw:
            return "It is made of nothing that comes from outside."
        said = f"It comes from {listed(each.name for each in raw)}."
        keys = self.looked_up_by(node)
        return f"{said} What is stored is looked up by {listed(keys)}." if keys else said

    def _looked_up(self, name: str) -> Iterator[LineageNode]:
        """The stored features that a node below the boundary is made of."""
        seen, left = {name}, [name]
        while left:
            node = self._nodes[left.pop()]
            if node.kind is NodeKind.STORED:
                yield node
                continue
            inputs = [each for each in self._values.get(node.id, ()) if each not in seen]
            seen.update(inputs)
            left.extend(reversed(inputs))

    def _step(self, name: str, written: set[str]) -> Step:
        node = self._nodes[name]
        inputs = self._values.get(name, [])
        step = Step(
            node.full_name,
            node.kind,
            _said(node),
            node.label if node.module else "",
            node.join_keys,
            name in written and bool(inputs),
            (),
        )
        if name in written:
            return step
        written.add(name)
        return replace(step, inputs=tuple(self._step(each, written) for each in inputs))


def _said(node: LineageNode) -> str:
    if node.label == EVENT_TIMESTAMP and node.kind in _RAW:
        return _TIMES[node.kind]
    return step_of_stored(node) if node.kind is NodeKind.STORED else ORIGINS[node.kind]
