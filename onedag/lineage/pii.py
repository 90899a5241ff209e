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

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from onedag.lineage.build import service_lineage
from onedag.lineage.model import Lineage, LineageNode, NodeKind
from onedag.lineage.personal import PII, begins, personal_nodes, personal_ways
from onedag.lineage.walks import shortest, way_to
from onedag.planner import Plan
from onedag.planner.plan import Definitions

__all__ = ["PII", "PiiFlow", "flows_of", "personal_names", "pii_flows"]


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
    return flows_of(service_lineage([plan], project, columns))


def flows_of(lineage: Lineage) -> tuple[PiiFlow, ...]:
    """All flows of personal data into the features of all services of a lineage, as `pii_flows`."""
    neighbours = personal_ways(lineage)
    starts = [node for node in lineage.nodes.values() if begins(node)]
    ways = {start.id: shortest(neighbours, [start.id]) for start in starts}
    return tuple(
        flow
        for service, features in lineage.features().items()
        for start in starts
        for flow in _flows(lineage, lineage.nodes[service], features, start, ways[start.id])
    )


def personal_names(
    plan: Plan, project: Definitions, columns: Mapping[str, tuple[str, ...]]
) -> frozenset[str]:
    """The names of all that personal data begins at or flows into, stored values among it.

    What rows of a source take may be looked up in another. Nobody knows where the source's own
    columns aren't known, so there a name counts as personal if it is tagged in any source.

    Args:
        plan: of a service.
        project: where the functions and sources are.
        columns: of the sources, by name; of one that isn't listed, those that are used.
    """
    lineage = service_lineage([plan], project, columns)
    known = {n for n, of in project.sources.items() if of.columns_without_reading() is not None}
    tagged = {
        column
        for source in project.sources.values()
        for column, tags in source.tags.items()
        if PII in map(str.lower, tags)
    }
    nodes = {
        name: replace(node, tags=(PII,))
        if node.kind is NodeKind.COLUMN
        and node.label in tagged
        and node.source not in {*known, *columns}
        else node
        for name, node in lineage.nodes.items()
    }
    personal = personal_nodes(replace(lineage, nodes=nodes))
    return frozenset(nodes[name].label for name in personal)


def _flows(
    lineage: Lineage,
    service: LineageNode,
    features: Iterable[str],
    start: LineageNode,
    ways: Mapping[str, str | None],
) -> Iterator[PiiFlow]:
    """What begins at a node, in the order of a service's features."""
    origin = start.column or start.label
    for feature in features:
        if feature in ways:
            names = (lineage.nodes[node].full_name for node in way_to(feature, ways))
            yield PiiFlow(
                service.label,
                lineage.nodes[feature].label,
                origin,
                tuple(dict.fromkeys(names)),
                origin in service.may_use,
            )
