"""`Index`: what a catalog's answers about one name are looked up in, made once for all names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from onedag.dtypes import TIMESTAMP
from onedag.lineage import PII, Lineage, LineageNode, NodeKind
from onedag.lineage.walks import Neighbours, following, preceding, shortest
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
        inputs = preceding(self.lineage.edges)
        for service, start in self.service_nodes.items():
            for node in shortest(inputs, [start]):
                found.setdefault(node, []).append(service)
        return {node: tuple(services) for node, services in found.items()}

    def services_of(self, nodes: Iterable[str]) -> tuple[str, ...]:
        """The services that any of these nodes goes into, in the project's order."""
        found = {service for node in nodes for service in self.services.get(node, ())}
        return tuple(service for service in self.snapshot.services if service in found)

    def outputs(self, node: str) -> Sequence[str]:
        """What takes a node's value."""
        return self._outputs.get(node, ())

    def looked_up_by(self, node: str) -> Sequence[str]:
        """What a node is only looked up by."""
        return self._key_outputs.get(node, ())

    def labels(self, nodes: Iterable[str]) -> tuple[str, ...]:
        """The names of some nodes, each once."""
        return tuple(dict.fromkeys(self.lineage.nodes[node].label for node in nodes))

    def upstream(self, starts: Iterable[str]) -> dict[str, str | None]:
        """What values come from, nearest first, each with the node after it on a shortest way."""
        return shortest(self._inputs, starts)

    def downstream(self, starts: Iterable[str]) -> dict[str, str | None]:
        """What values go into, nearest first, each with the node before it on a shortest way."""
        return shortest(self._outputs, starts)

    def personal(self, starts: Iterable[str]) -> dict[str, str | None]:
        """As `upstream`, as far as personal data comes through: what is said to be none ends it."""
        return shortest(self._personal_inputs, starts)

    def type_of(self, node: LineageNode) -> str:
        """The Arrow type of a column or a field as text; empty where it isn't known."""
        if node.kind is NodeKind.COLUMN:
            source = self.snapshot.sources.get(node.source)
            return "" if source is None else source.columns.get(node.column, "")
        if node.label == EVENT_TIMESTAMP:
            return str(TIMESTAMP)
        service = self.snapshot.services.get(node.service)
        fields = () if service is None else service.fields
        return next((field.type for field in fields if field.name == node.label), "")

    @cached_property
    def _values(self) -> tuple[tuple[str, str], ...]:
        return tuple(edge for edge in self.lineage.edges if edge not in self.lineage.keys)

    @cached_property
    def _inputs(self) -> Neighbours:
        return preceding(self._values)

    @cached_property
    def _outputs(self) -> Neighbours:
        return following(self._values)

    @cached_property
    def _personal_inputs(self) -> Neighbours:
        nodes = self.lineage.nodes
        return preceding(edge for edge in self._values if PII not in nodes[edge[1]].denied)

    @cached_property
    def _key_outputs(self) -> Neighbours:
        return following(edge for edge in self.lineage.edges if edge in self.lineage.keys)
