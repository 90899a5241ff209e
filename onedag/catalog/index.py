"""`Index`: what a catalog's answers about one name are looked up in, made once for all names."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from onedag.dtypes import TIMESTAMP
from onedag.lineage import PII, Lineage, LineageNode, NodeKind
from onedag.service import EVENT_TIMESTAMP
from onedag.snapshots import Snapshot

__all__ = ["Index"]

_SERVED = (NodeKind.SERVICE, NodeKind.MODEL)


class Index:
    """The ways through a lineage, and who uses which name.

    Each part is made when it is first asked for: the whole takes some milliseconds for 1,000
    features.

    Args:
        snapshot: of the project.
        lineage: of the same.
    """

    def __init__(self, snapshot: Snapshot, lineage: Lineage) -> None:
        self.snapshot, self.lineage = snapshot, lineage

    @cached_property
    def nodes(self) -> Mapping[str, tuple[LineageNode, ...]]:
        """The nodes of each name, one for each place; those of services and models aren't there."""
        found: dict[str, list[LineageNode]] = {}
        for node in self.lineage.nodes.values():
            if node.kind not in _SERVED:
                found.setdefault(node.label, []).append(node)
        return {name: tuple(nodes) for name, nodes in found.items()}

    @cached_property
    def features(self) -> frozenset[str]:
        """Whatever has a page as a feature: functions, and what services list besides."""
        listed = (name for one in self.snapshot.services.values() for name in one.features)
        viewed = (name for view in self.snapshot.views.values() for name in view.features)
        return frozenset([*self.snapshot.functions, *listed, *viewed])

    @cached_property
    def users(self) -> Mapping[str, tuple[str, ...]]:
        """The functions that take each name, in the project's order."""
        found: dict[str, list[str]] = {}
        for function in self.snapshot.functions.values():
            for name in function.inputs:
                found.setdefault(name, []).append(function.name)
        return {name: tuple(users) for name, users in found.items()}

    @cached_property
    def readers(self) -> Mapping[str, tuple[str, ...]]:
        """The services that read each view."""
        found: dict[str, list[str]] = {}
        for service in self.snapshot.services.values():
            for view in service.views:
                found.setdefault(view, []).append(service.name)
        return {view: tuple(services) for view, services in found.items()}

    @cached_property
    def direct(self) -> Mapping[str, tuple[str, ...]]:
        """The services that list each name as a feature."""
        found: dict[str, list[str]] = {}
        for service in self.snapshot.services.values():
            for name in service.features:
                found.setdefault(name, []).append(service.name)
        return {name: tuple(services) for name, services in found.items()}

    @cached_property
    def of_source(self) -> Mapping[str, tuple[LineageNode, ...]]:
        """The nodes of each source's rows: columns and what is computed of them."""
        found: dict[str, list[LineageNode]] = {}
        for node in self.lineage.nodes.values():
            if node.kind.above_boundary:
                found.setdefault(node.source, []).append(node)
        return {source: tuple(nodes) for source, nodes in found.items()}

    @cached_property
    def service_nodes(self) -> Mapping[str, str]:
        """The node of each service that is in the lineage."""
        nodes = self.lineage.nodes.values()
        return {node.label: node.id for node in nodes if node.kind is NodeKind.SERVICE}

    def features_of(self, service: str) -> dict[str, str]:
        """The nodes of a service's features by name; none of one that isn't in the lineage."""
        taken = self._inputs.get(self.service_nodes.get(service, ""), ())
        return {self.lineage.nodes[node].label: node for node in taken}

    @cached_property
    def services(self) -> Mapping[str, tuple[str, ...]]:
        """The services that each node goes into, as a value or as what one is looked up by."""
        found: dict[str, list[str]] = {}
        for service, start in self.service_nodes.items():
            for node in self._reached([start], lambda each: self._all_inputs.get(each, ())):
                found.setdefault(node, []).append(service)
        return {node: tuple(services) for node, services in found.items()}

    def services_of(self, nodes: Iterable[str]) -> tuple[str, ...]:
        """The services that any of these nodes goes into, in the project's order."""
        found = {service for node in nodes for service in self.services.get(node, ())}
        return tuple(service for service in self.snapshot.services if service in found)

    def outputs(self, node: str) -> list[str]:
        """What takes a node's value."""
        return self._outputs.get(node, [])

    def looked_up_by(self, node: str) -> list[str]:
        """What a node is only looked up by."""
        return self._key_outputs.get(node, [])

    def labels(self, nodes: Iterable[str]) -> tuple[str, ...]:
        """The names of some nodes, each once."""
        return tuple(dict.fromkeys(self.lineage.nodes[node].label for node in nodes))

    def upstream(self, starts: Iterable[str]) -> dict[str, str | None]:
        """What values come from, nearest first, each with the node after it on a shortest way."""
        return self._reached(starts, lambda node: self._inputs.get(node, ()))

    def downstream(self, starts: Iterable[str]) -> dict[str, str | None]:
        """What values go into, nearest first, each with the node before it on a shortest way."""
        return self._reached(starts, lambda node: self._outputs.get(node, ()))

    def personal(self, starts: Iterable[str]) -> dict[str, str | None]:
        """As `upstream`, as far as personal data would come: what is said to be none ends it."""
        open_ = [node for node in starts if not self._is_none(node)]
        return self._reached(
            open_, lambda node: (n for n in self._inputs.get(node, ()) if not self._is_none(n))
        )

    def is_personal(self, node: str) -> bool:
        """Whether personal data begins at a node: it is tagged so."""
        return any(tag.lower() == PII for tag in self.lineage.nodes[node].tags)

    def shown(self, node: str) -> str:
        """A node's name for people: that of a column with its source, of a field as one."""
        of = self.lineage.nodes[node]
        if of.kind is NodeKind.COLUMN:
            return f"{of.source}.{self.column(of)}"
        return f"request.{of.label}" if of.kind is NodeKind.REQUEST else of.label

    def column(self, node: LineageNode) -> str:
        """A column's name in its source: rows have their time under a name of its own."""
        source = self.snapshot.sources.get(node.source)
        is_time = node.label == EVENT_TIMESTAMP and node.kind is NodeKind.COLUMN
        return source.timestamp if is_time and source is not None else node.label

    def type_of(self, node: LineageNode) -> str:
        """The Arrow type of a column or a field as text; empty where it isn't known."""
        if node.kind is NodeKind.COLUMN:
            source = self.snapshot.sources.get(node.source)
            return "" if source is None else source.columns.get(self.column(node), "")
        if node.label == EVENT_TIMESTAMP:
            return str(TIMESTAMP)
        service = self.snapshot.services.get(node.service)
        fields = () if service is None else service.fields
        return next((field.type for field in fields if field.name == node.label), "")

    def _is_none(self, node: str) -> bool:
        of = self.lineage.nodes[node]
        if of.kind in (NodeKind.COLUMN, NodeKind.REQUEST, *_SERVED):
            return False
        function = self.snapshot.functions.get(of.label)
        return function is not None and function.tags.get(PII, "").lower() == "false"

    @cached_property
    def _inputs(self) -> Mapping[str, list[str]]:
        return _grouped((end, start) for start, end in self._values())

    @cached_property
    def _outputs(self) -> Mapping[str, list[str]]:
        return _grouped(self._values())

    @cached_property
    def _key_outputs(self) -> Mapping[str, list[str]]:
        return _grouped(edge for edge in self.lineage.edges if edge in self.lineage.keys)

    @cached_property
    def _all_inputs(self) -> Mapping[str, list[str]]:
        return _grouped((end, start) for start, end in self.lineage.edges)

    def _values(self) -> Iterator[tuple[str, str]]:
        return (edge for edge in self.lineage.edges if edge not in self.lineage.keys)

    @staticmethod
    def _reached(
        starts: Iterable[str], following: Callable[[str], Iterable[str]]
    ) -> dict[str, str | None]:
        before: dict[str, str | None] = dict.fromkeys(starts)
        left = deque(before)
        while left:
            node = left.popleft()
            for each in following(node):
                if each not in before:
                    before[each] = node
                    left.append(each)
        return before


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one, other in pairs:
        found.setdefault(one, []).append(other)
    return found
