"""What a service reads: the request, the store, the training run, and the sources behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from onedag.errors import UnknownName
from onedag.lineage.model import Lineage, LineageNode, NodeKind

__all__ = ["ReadFeature", "ReadField", "ReadView", "ServiceReads", "reads_of"]


@dataclass(frozen=True, slots=True)
class ReadField:
    """A field of the request.

    Attributes:
        name: of the field.
        key: whether a view is looked up by it.
        tags: such as ``pii``.
    """

    name: str
    key: bool
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadFeature:
    """A stored feature.

    Attributes:
        name: of the feature.
        modifier: ``latest`` or ``aggregate``.
        window: of an aggregate; empty for all history.
        max_age: of the newest value; empty for any age.
    """

    name: str
    modifier: str
    window: str
    max_age: str


@dataclass(frozen=True, slots=True)
class ReadView:
    """Stored features that are read as one.

    Attributes:
        name: of the view.
        entity: its name; empty for one value for everything.
        join_keys: what makes a key.
        source: whose rows they come from.
        refresh: how often the store is refreshed; empty for always.
        online: whether a request reads it; otherwise only the rows of another view's source do.
        features: those that are needed.
    """

    name: str
    entity: str
    join_keys: tuple[str, ...]
    source: str
    refresh: str
    online: bool
    features: tuple[ReadFeature, ...]


@dataclass(frozen=True, slots=True)
class ServiceReads:
    """What a service reads, directly and through what it reads.

    Attributes:
        service: its name.
        fields: of the request, those that are needed.
        views: of the store.
        fitted: the values of the training run.
        sources: the columns that are needed, by source.
    """

    service: str
    fields: tuple[ReadField, ...]
    views: tuple[ReadView, ...]
    fitted: tuple[str, ...]
    sources: Mapping[str, tuple[str, ...]]


def reads_of(lineage: Lineage, service: str) -> ServiceReads:
    """What a service reads.

    Args:
        lineage: that the service is in.
        service: its name or its id.

    Raises:
        UnknownName: no such service.
    """
    name = service.removeprefix("service:")
    if name not in lineage.services:
        raise UnknownName.among("service", service, lineage.services)
    part = lineage.upstream([f"service:{name}"])
    online = {start for start, end in part.edges if part.nodes[end].service}
    return ServiceReads(
        name,
        _fields(part, online),
        tuple(_view(nodes, online) for nodes in _by_view(part).values()),
        tuple(n.label for n in part.nodes.values() if n.kind is NodeKind.FITTED),
        _columns(part),
    )


def _fields(part: Lineage, online: set[str]) -> tuple[ReadField, ...]:
    keys = {key for name in online for key in part.nodes[name].join_keys}
    requested = (node for node in part.nodes.values() if node.kind is NodeKind.REQUEST)
    return tuple(ReadField(node.label, node.label in keys, node.tags) for node in requested)


def _by_view(part: Lineage) -> dict[str, list[LineageNode]]:
    found: dict[str, list[LineageNode]] = {}
    for node in part.nodes.values():
        if node.kind is NodeKind.STORED:
            found.setdefault(node.view, []).append(node)
    return found


def _view(nodes: list[LineageNode], online: set[str]) -> ReadView:
    first = nodes[0]
    return ReadView(
        first.view,
        first.entity,
        first.join_keys,
        first.source,
        first.refresh,
        any(node.id in online for node in nodes),
        tuple(ReadFeature(n.label, n.modifier, n.window, n.max_age) for n in nodes),
    )


def _columns(part: Lineage) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for node in part.nodes.values():
        if node.kind is NodeKind.COLUMN:
            found.setdefault(node.source, []).append(node.column)
    return {source: tuple(sorted(columns)) for source, columns in found.items()}
