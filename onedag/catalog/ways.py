"""Where values come from and go, as ways that people can read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from onedag.catalog.index import Index
from onedag.lineage import PII, NodeKind
from onedag.lineage.walks import way_to

__all__ = ["Origin", "Use", "origins", "personal_origins", "uses"]

_RAW = (NodeKind.COLUMN, NodeKind.REQUEST)


@dataclass(frozen=True, slots=True)
class Origin:
    """Something raw that a value comes from, or something personal.

    Attributes:
        name: of the column or field; of a function that is tagged as personal.
        kind: what it is.
        source: of a column; empty otherwise.
        service: of a field of its request; empty otherwise.
        type: Arrow type as text; empty where it isn't known.
        tags: in order.
        way: the names on a shortest way from here to the value, both included, such as
            ``("landings.arr_delay", "is_late", "carrier_late_rate_7d")``.
        nodes: the ids of the nodes on it, in the lineage: as many, or more where one name is
            computed at two places in turn.
    """

    name: str
    kind: NodeKind
    source: str
    service: str
    type: str
    tags: tuple[str, ...]
    way: tuple[str, ...]
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """A service that something goes into.

    Attributes:
        service: its name.
        direct: whether it lists it as a feature.
        through: the features of the service that it goes into, in the service's order; itself
            among them where it is one.
        way: the names on a shortest way to the service, both included; empty where it is only
            looked up by, or the service can't be planned.
    """

    service: str
    direct: bool
    through: tuple[str, ...]
    way: tuple[str, ...]


def origins(index: Index, starts: Iterable[str]) -> tuple[Origin, ...]:
    """The columns and fields that the values of some nodes are made of, the nearest first.

    What they are looked up by isn't among them.

    Args:
        index: of the catalog.
        starts: ids of nodes.
    """
    found = index.upstream(starts)
    raw = [node for node in found if index.lineage.nodes[node].kind in _RAW]
    return tuple(_origin(index, node, found) for node in raw)


def personal_origins(index: Index, starts: Iterable[str]) -> tuple[Origin, ...]:
    """The personal data that the values of some nodes come from (`onedag.lineage.pii_flows`)."""
    found = index.personal(starts)
    tagged = [node for node in found if PII in map(str.lower, index.lineage.nodes[node].tags)]
    return tuple(_origin(index, node, found) for node in tagged)


def uses(index: Index, name: str, nodes: Iterable[str]) -> tuple[Use, ...]:
    """The services that something goes into, as a value or as what one is looked up by.

    Args:
        index: of the catalog.
        name: of the feature; empty for what isn't one.
        nodes: its ids, at all its places.
    """
    starts = list(nodes)
    found = index.downstream(starts)
    reached = {*index.services_of(starts), *index.direct.get(name, ())}
    services = (service for service in index.snapshot.services if service in reached)
    return tuple(_use(index, name, service, found) for service in services)


def _origin(index: Index, node: str, found: Mapping[str, str | None]) -> Origin:
    of, nodes = index.lineage.nodes[node], way_to(node, found)[::-1]
    return Origin(
        name=of.column or of.label,
        kind=of.kind,
        source=of.source if of.kind is NodeKind.COLUMN else "",
        service=of.service if of.kind is NodeKind.REQUEST else "",
        type=index.type_of(of),
        tags=of.tags,
        way=_names(index, nodes),
        nodes=nodes,
    )


def _use(index: Index, name: str, service: str, found: Mapping[str, str | None]) -> Use:
    direct = name in index.snapshot.services[service].features
    end = index.service_nodes.get(service, "")
    way = _names(index, way_to(end, found)) if end in found else ()
    taken = index.features_of(service)
    reached = {label for label, node in taken.items() if node in found}
    features = index.snapshot.services[service].features
    through = tuple(each for each in features if each in reached or (direct and each == name))
    return Use(service, direct, through, way)


def _names(index: Index, nodes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(index.lineage.nodes[node].full_name for node in nodes))
