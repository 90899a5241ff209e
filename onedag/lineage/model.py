"""The lineage of a project: what every value comes from, as one frozen graph.

Every picture and answer is made from this model, so that they can't disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from onedag.errors import UnknownName
from onedag.graph import FunctionNode, Kind
from onedag.planner import Cut, Plan, View, plan_view
from onedag.planner.plan import Definitions
from onedag.service import EVENT_TIMESTAMP

__all__ = ["Lineage", "LineageNode", "NodeKind", "service_lineage"]


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
    """

    id: str
    label: str
    kind: NodeKind
    detail: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Lineage:
    """Nodes by id, and edges from what is used to what uses it."""

    nodes: Mapping[str, LineageNode]
    edges: tuple[tuple[str, str], ...]

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
        )


def service_lineage(
    plans: Iterable[Plan], project: Definitions, columns: Mapping[str, tuple[str, ...]]
) -> Lineage:
    """The lineage of planned services, back to the columns of sources and the request's fields.

    Args:
        plans: of the services.
        project: where the sources are.
        columns: of the sources, by name.
    """
    builder = _Builder(project, columns)
    for plan in plans:
        builder.add_service(plan)
    return Lineage(builder.nodes, tuple(builder.edges))


class _Builder:
    def __init__(self, project: Definitions, columns: Mapping[str, tuple[str, ...]]) -> None:
        self._project, self._columns = project, columns
        self.nodes: dict[str, LineageNode] = {}
        self.edges: dict[tuple[str, str], None] = {}

    def add_service(self, plan: Plan) -> None:
        name = plan.service.name
        uses = self._add_cut(plan.training, _Place(f"service:{name}:", NodeKind.REQUEST, name))
        length = len(plan.service.features)
        detail = f"{length} feature{'s' * (length != 1)}"
        service = self._add(LineageNode(f"service:{name}", name, NodeKind.SERVICE, detail))
        for feature in plan.service.features:
            self._connect(uses[feature], service)

    def _add_cut(self, cut: Cut, place: _Place) -> dict[str, tuple[str, ...]]:
        """Add what a cut computes; for each name the ids of what is used by using it.

        A stored feature is used together with the join keys that it is looked up by. They don't
        lead to the stored feature itself: the keys of one service say nothing about another's.
        """
        uses: dict[str, tuple[str, ...]] = {
            name: (self._add(place.given_node(name)),) for name in cut.given
        }
        for view in cut.views:
            keys = [key for name in view.join_keys for key in uses[name]]
            stored = self._add_view(view)
            uses.update({name: (node, *keys) for name, node in stored.items()})
        for step in cut.steps:
            node = self._add(place.computed_node(step))
            for name in step.inputs:
                self._connect(uses.get(name, ()), node)
            uses[step.name] = (node,)
        return uses

    def _add_view(self, view: View) -> dict[str, str]:
        """Add the stored features of a view and their sources; the features' ids by name."""
        source = view.source.name
        place = _Place(f"source:{source}:", NodeKind.COLUMN, source, group=f"source {source}")
        uses = self._add_cut(plan_view(view, self._project, self._columns), place)
        keys = [self._add(place.given_node(key)) for key in view.join_keys]
        ids = {}
        for feature in view.features:
            detail = view.name if feature.node is None else _first_line(feature.node.doc)
            node = self._add(
                LineageNode(
                    f"view:{view.name}:{feature.name}",
                    feature.name,
                    NodeKind.STORED,
                    detail,
                    group=f"view {view.name}",
                )
            )
            for name in feature.node.inputs if feature.node else (feature.name,):
                self._connect(uses[name], node)
            self._connect(keys, node)
            ids[feature.name] = node
        return ids

    def _connect(self, starts: Iterable[str], end: str) -> None:
        self.edges.update(dict.fromkeys((start, end) for start in starts))

    def _add(self, node: LineageNode) -> str:
        self.nodes.setdefault(node.id, node)
        return node.id


@dataclass(frozen=True, slots=True)
class _Place:
    """Where rows are computed: of a request, or of a source."""

    prefix: str
    given: NodeKind
    name: str
    group: str = ""

    def given_node(self, name: str) -> LineageNode:
        detail = "the row's time" if name == EVENT_TIMESTAMP else self.name
        return LineageNode(self.prefix + name, name, self.given, detail, self.group)

    def computed_node(self, step: FunctionNode) -> LineageNode:
        computed = NodeKind.MAPPED if self.given is NodeKind.COLUMN else NodeKind.COMPUTED
        kind = NodeKind.FITTED if step.kind is Kind.FITTED else computed
        return LineageNode(
            self.prefix + step.name, step.name, kind, _first_line(step.doc), self.group
        )


def _first_line(doc: str) -> str:
    return doc.strip().split("\n", 1)[0]
