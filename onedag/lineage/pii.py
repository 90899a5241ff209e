"""Personal data: which columns and fields tagged ``pii`` flow into which features.

Three places say where personal data begins and ends. `Source(tags={"tailnum": ["pii"]})` tags a
column, ``Field(json_schema_extra={"tags": ["pii"]})`` a field of the request, and Hamilton's
``@tag(pii="true")`` a function. A function with ``@tag(pii="false")`` ends the flow: what it makes
of personal data is none any more, such as an age band. Everything else hands on what it gets:
a mean over one person's payments still tells of that person.

What flows are values. A join key says which row is looked up; it doesn't become a part of what is
found there. So a count of orders by a tagged ``person_id`` comes from no personal data, and the
newest ``person_id`` by shop does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from onedag.graph import FunctionGraph
from onedag.lineage.build import service_lineage
from onedag.lineage.model import Lineage, LineageNode, NodeKind
from onedag.planner import Plan
from onedag.planner.plan import Definitions
from onedag.service import EVENT_TIMESTAMP

__all__ = ["PII", "PiiFlow", "personal_names", "pii_flows"]

PII = "pii"
"""The tag, of a column, a field or a function."""


@dataclass(frozen=True, slots=True)
class PiiFlow:
    """One way of personal data into a feature of a service.

    Attributes:
        service: its name.
        feature: that it flows into.
        origin: the name of the tagged column, field or function.
        path: for people, from the origin to the feature: ``("planes.tailnum", "owner", …)``.
        allowed: whether the service's ``may_use`` names the origin.
    """

    service: str
    feature: str
    origin: str
    path: tuple[str, ...]
    allowed: bool


def pii_flows(
    plan: Plan, project: Definitions, columns: Mapping[str, tuple[str, ...]]
) -> tuple[PiiFlow, ...]:
    """All flows of personal data into a service's features, those that it may use among them.

    A shortest path is given for each origin and feature.

    Args:
        plan: of the service.
        project: where the functions and sources are.
        columns: of the sources, by name.
    """
    flows = _Flows(service_lineage([plan], project, columns), plan, project)
    return tuple(flow for start in flows.starts() for flow in flows.of(start))


def personal_names(
    plan: Plan, project: Definitions, columns: Mapping[str, tuple[str, ...]]
) -> frozenset[str]:
    """The names of all that personal data begins at or flows into, stored values among it.

    Args:
        plan: of a service.
        project: where the functions and sources are.
        columns: of the sources, by name; of one that isn't listed, those that are used.
    """
    flows = _Flows(service_lineage([plan], project, columns), plan, project)
    return frozenset(name for start in flows.starts() for name in flows.names_from(start))


class _Flows:
    def __init__(self, lineage: Lineage, plan: Plan, project: Definitions) -> None:
        self._nodes, self._plan, self._project = lineage.nodes, plan, project
        self._following: dict[str, list[str]] = {}
        for start, end in lineage.edges:
            if (start, end) not in lineage.keys and not self._ends(end):
                self._following.setdefault(start, []).append(end)

    def starts(self) -> Iterator[str]:
        return (name for name, node in self._nodes.items() if self._begins(node))

    def of(self, start: str) -> Iterator[PiiFlow]:
        """What begins at a node, in the order of the service's features."""
        before = self._reached(start)
        service = self._plan.service
        given = {self._nodes[name].label: name for name in self._features() if name in before}
        origin = self._column(self._nodes[start])
        for feature in service.features:
            if feature in given:
                path = self._path(before, given[feature])
                allowed = origin in service.may_use
                yield PiiFlow(service.name, feature, origin, path, allowed)

    def names_from(self, start: str) -> Iterator[str]:
        """The names of a node and of all that it flows into."""
        return (self._nodes[node].label for node in self._reached(start))

    def _features(self) -> Iterator[str]:
        for start, ends in self._following.items():
            if any(self._nodes[end].kind is NodeKind.SERVICE for end in ends):
                yield start

    def _reached(self, start: str) -> dict[str, str | None]:
        """Each node that is reached, with the one before it on a shortest way."""
        before: dict[str, str | None] = {start: None}
        left = deque([start])
        while left:
            node = left.popleft()
            for following in self._following.get(node, ()):
                if following not in before:
                    before[following] = node
                    left.append(following)
        return before

    def _path(self, before: Mapping[str, str | None], end: str) -> tuple[str, ...]:
        names: list[str] = []
        node: str | None = end
        while node is not None:
            names.append(self._shown(self._nodes[node]))
            node = before[node]
        return tuple(dict.fromkeys(reversed(names)))

    def _shown(self, node: LineageNode) -> str:
        if node.kind is NodeKind.COLUMN:
            return f"{self._source(node)}.{self._column(node)}"
        return f"request.{node.label}" if node.kind is NodeKind.REQUEST else node.label

    def _begins(self, node: LineageNode) -> bool:
        if node.kind is NodeKind.COLUMN:
            source = self._project.sources.get(self._source(node))
            return source is not None and _is_pii(source.tags.get(self._column(node), ()))
        if node.kind is NodeKind.REQUEST:
            field = self._plan.fields.get(node.label)
            return field is not None and _is_pii(field.tags)
        return _said(self._project.graph, node) == "true"

    def _source(self, node: LineageNode) -> str:
        """The source of a column."""
        return node.group.removeprefix("source ")

    def _column(self, node: LineageNode) -> str:
        """A column's name in its source: rows have their time under a name of its own."""
        source = self._project.sources.get(self._source(node))
        if node.kind is NodeKind.COLUMN and node.label == EVENT_TIMESTAMP and source is not None:
            return source.timestamp
        return node.label

    def _ends(self, name: str) -> bool:
        return _said(self._project.graph, self._nodes[name]) == "false"


def _is_pii(tags: Iterable[str]) -> bool:
    return any(tag.lower() == PII for tag in tags)


def _said(graph: FunctionGraph, node: LineageNode) -> str:
    """What the function of a node says of itself; columns, fields and services have none."""
    if node.kind in (NodeKind.COLUMN, NodeKind.REQUEST, NodeKind.SERVICE):
        return ""
    function = graph.get(node.label)
    return "" if function is None else str(function.tags.get(PII, "")).lower()
