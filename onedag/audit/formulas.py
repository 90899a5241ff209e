"""Formulas: the steps from a value back to raw columns and fields, in words."""

from __future__ import annotations

from collections.abc import Container, Iterator

from onedag.audit.steps import Raw, Step
from onedag.audit.words import ORIGINS, listed, step_of_stored
from onedag.catalog import Index
from onedag.lineage import PII, LineageNode, NodeKind
from onedag.service import EVENT_TIMESTAMP

__all__ = ["Formulas"]

LONG = 30
"""Steps, columns and fields among them, that people still read at once."""

_RAW = (NodeKind.COLUMN, NodeKind.REQUEST)
_TIMES = {
    NodeKind.COLUMN: "event time of the source's row",
    NodeKind.REQUEST: "time of the request",
}


class Formulas:
    """The formulas of a service.

    Args:
        index: of the service's lineage, and of the snapshot that it was recorded from.
        service: its name.
    """

    def __init__(self, index: Index, service: str) -> None:
        self._index = index
        self._nodes = index.lineage.nodes
        self._features = frozenset(index.features_of(service).values())
        self._row = f"service:{service}"
        self._values: dict[str, list[str]] = {}
        for start, end in index.lineage.edges:
            if (start, end) not in index.lineage.keys:
                self._values.setdefault(end, []).append(start)

    def of(self, node: str) -> tuple[Step, ...]:
        """The steps back from a node, itself first. What is met again isn't told twice.

        With more than `LONG` steps, those that are features themselves are told at these alone:
        else a hundred features that are made of each other would have 5,000 steps.
        """
        long = len(self._index.upstream([node])) > LONG
        apart = self._features - {node} if long else frozenset()
        told: set[str] = set()
        steps, left = [], [(0, node)]
        while left:
            depth, name = left.pop()
            inputs = self._values.get(name, [])
            where = self._where(name, told, apart) if inputs else "here"
            steps.append(self._step(depth, self._nodes[name], where))
            if where == "here":
                told.add(name)
                left.extend((depth + 1, each) for each in reversed(inputs))
        return tuple(steps)

    @staticmethod
    def _where(name: str, told: Container[str], apart: Container[str]) -> str:
        if name in told:
            return "above"
        return "apart" if name in apart else "here"

    @staticmethod
    def _step(depth: int, node: LineageNode, told: str) -> Step:
        function = node.label if node.module else ""
        said = _said(node)
        return Step(depth, node.full_name, node.kind, said, function, node.join_keys, told)

    def raw(self, node: str) -> tuple[Raw, ...]:
        """The columns and fields that a node is made of: columns first, in order of name."""
        found = (self._nodes[each] for each in self._index.upstream([node]))
        given = (each for each in found if each.kind in _RAW)
        return tuple(map(self._raw, sorted(given, key=lambda each: (each.kind, each.full_name))))

    def _raw(self, node: LineageNode) -> Raw:
        personal = PII in map(str.lower, node.tags)
        return Raw(node.full_name, node.kind, self._index.type_of(node), personal)

    def looked_up_by(self, node: str) -> tuple[str, ...]:
        """The fields that say which stored values are taken on the way to a node."""
        keys = (key for stored in self._looked_up(node) for key in stored.join_keys)
        return tuple(dict.fromkeys(self._nodes[f"{self._row}:{key}"].full_name for key in keys))

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


def _said(node: LineageNode) -> str:
    if node.label == EVENT_TIMESTAMP and node.kind in _RAW:
        return _TIMES[node.kind]
    return step_of_stored(node) if node.kind is NodeKind.STORED else ORIGINS[node.kind]
