"""The lineage of a project: what every value comes from, as one frozen graph.

Every picture and answer is made from this model, so that they can't disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from onedag.errors import UnknownName

__all__ = ["Lineage", "LineageNode", "NodeKind"]


class NodeKind(StrEnum):
    """What a node of the lineage is."""

    COLUMN = "column"
    """A column of a source."""
    MAPPED = "mapped"
    """A row function, computed for each row of a source."""
    STORED = "stored"
    """A stored feature: it lies on the boundary."""
    REQUEST = "request"
    """A field of the request."""
    FITTED = "fitted"
    """A fitted value of the training run."""
    COMPUTED = "computed"
    """A row function, computed for the row in hand."""
    SERVICE = "service"
    MODEL = "model"
    """What was trained on a service's features, and answers with predictions."""

    @property
    def above_boundary(self) -> bool:
        """Whether it is known before the request comes."""
        return self in (NodeKind.COLUMN, NodeKind.MAPPED)


@dataclass(frozen=True, slots=True)
class LineageNode:
    """One thing that has a value, at one place.

    Attributes:
        id: unique: a function that is computed both above and below the boundary is two nodes.
        label: its name.
        kind: what it is.
        detail: for people: the source, the view, or the first line of the docstring.
        group: the source or the view that it is drawn in; empty for the row in hand.
        source: of a column, of what is computed from it row by row, and of what is stored of it.
        view: of a stored feature.
        entity: of a stored feature; empty where it is one value for everything.
        window: of an aggregate, such as ``7d``; empty for all history.
        service: whose row it is computed for; of a service and its model the service itself.
        module: where the function is written; empty for what no function makes.
        owner: of the function's tags.
        tags: of a column, a field or a function, in order; ``pii`` among them.
    """

    id: str
    label: str
    kind: NodeKind
    detail: str = ""
    group: str = ""
    source: str = ""
    view: str = ""
    entity: str = ""
    window: str = ""
    service: str = ""
    module: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lineage:
    """Nodes by id, and edges from what is used to what uses it.

    Attributes:
        nodes: by id.
        edges: pairs of ids.
        keys: those of the edges that are look-ups alone: the start says which value is taken, and
            is no part of it. A value's edge that is a look-up as well isn't among them.
    """

    nodes: Mapping[str, LineageNode]
    edges: tuple[tuple[str, str], ...]
    keys: frozenset[tuple[str, str]] = frozenset()

    def upstream(self, names: Iterable[str]) -> Lineage:
        """The part that the named nodes come from, themselves included.

        Args:
            names: labels or ids.

        Raises:
            UnknownName: no node of that name.
        """
        return self._reached(names, forward=False)

    def downstream(self, names: Iterable[str]) -> Lineage:
        """The part that the named nodes go into, themselves included.

        Raises:
            UnknownName: no node of that name.
        """
        return self._reached(names, forward=True)

    def named(self, name: str) -> tuple[str, ...]:
        """The ids of the nodes of a name, which may be an id itself: one for each place.

        Raises:
            UnknownName: no node of that name.
        """
        found = tuple(n.id for n in self.nodes.values() if name in (n.id, n.label))
        if not found:
            raise UnknownName.among("node", name, {n.label for n in self.nodes.values()})
        return found

    def _reached(self, names: Iterable[str], *, forward: bool) -> Lineage:
        following: dict[str, list[str]] = {}
        for start, end in self.edges:
            here, there = (start, end) if forward else (end, start)
            following.setdefault(here, []).append(there)
        left = [node for name in names for node in self.named(name)]
        kept: set[str] = set()
        while left:
            node = left.pop()
            if node not in kept:
                kept.add(node)
                left.extend(following.get(node, ()))
        return Lineage(
            {name: node for name, node in self.nodes.items() if name in kept},
            tuple((a, b) for a, b in self.edges if a in kept and b in kept),
            frozenset((a, b) for a, b in self.keys if a in kept and b in kept),
        )
