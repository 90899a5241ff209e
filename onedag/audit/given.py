"""What a service's features are made from: fields of the request, sources, and what is stored."""

from __future__ import annotations

from collections.abc import Iterator

from onedag.audit.model import AuditedColumn, AuditedField, AuditedSource, AuditedView
from onedag.audit.words import known
from onedag.catalog import Catalog, Index, freshness
from onedag.lineage import PII, NodeKind
from onedag.service import EVENT_TIMESTAMP
from onedag.snapshots import FieldSnapshot, ServiceSnapshot, Snapshot

__all__ = ["fields_of", "sources_of", "views_of"]


def fields_of(index: Index, service: ServiceSnapshot) -> tuple[AuditedField, ...]:
    """The fields of the request, in its order."""
    return tuple(_field(index, service, field) for field in service.fields)


def sources_of(index: Index) -> tuple[AuditedSource, ...]:
    """The sources that the features need, in the project's order."""
    found = (_source(index, name) for name in index.snapshot.sources)
    return tuple(source for source in found if source is not None)


def views_of(catalog: Catalog, index: Index, service: ServiceSnapshot) -> tuple[AuditedView, ...]:
    """The views that requests look up, in the order of the service."""
    return tuple(_view(catalog, index, name) for name in service.views)


def _field(index: Index, service: ServiceSnapshot, field: FieldSnapshot) -> AuditedField:
    taken = index.features_of(service.name)
    node = f"service:{service.name}:{field.name}"
    reached = index.downstream([node]) if node in index.lineage.nodes else {}
    return AuditedField(
        field.name,
        field.type,
        field.required,
        field.nullable,
        field.default,
        field.description,
        any(tag.lower() == PII for tag in field.tags),
        field.tags,
        tuple(_looked_up(index.snapshot, service, field.name)),
        tuple(name for name in service.features if taken.get(name) in reached),
    )


def _looked_up(snapshot: Snapshot, service: ServiceSnapshot, field: str) -> Iterator[str]:
    for name in service.views:
        entity = snapshot.entities.get(snapshot.views[name].entity or "")
        if entity is not None and field in entity.join_keys:
            yield name


def _source(index: Index, name: str) -> AuditedSource | None:
    source = index.snapshot.sources[name]
    columns = tuple(_columns(index, name))
    if not columns:
        return None
    named = {column.name for column in columns}
    return AuditedSource(
        name,
        source.data,
        source.timestamp,
        known(source),
        source.known_at,
        source.delay,
        source.key,
        columns,
        len(source.columns.keys() - named) if source.columns else None,
    )


def _columns(index: Index, source: str) -> Iterator[AuditedColumn]:
    """By name; the time of its rows is among them, whatever takes it."""
    of, roles = index.snapshot.sources[source], _roles(index, source)
    if not roles:
        return
    times = {of.timestamp: "event time"}
    if of.known_at:
        times[of.known_at] = "when it is known"
    for name in sorted({*roles, *times}):
        said = [*roles.get(name, ()), *([times[name]] if name in times else [])]
        tags = tuple(sorted(of.tags.get(name, ())))
        yield AuditedColumn(name, of.columns.get(name, ""), tags, " and ".join(said))


def _roles(index: Index, source: str) -> dict[str, list[str]]:
    nodes, keys = index.lineage.nodes, index.lineage.keys
    found: dict[str, list[str]] = {}
    for edge in index.lineage.edges:
        node = nodes[edge[0]]
        if node.kind is NodeKind.COLUMN and node.source == source:
            role = "look-up" if edge in keys else "value"
            if node.label == EVENT_TIMESTAMP and role == "look-up":
                continue
            roles = found.setdefault(node.column, [])
            if role not in roles:
                roles.append(role)
    return found


def _view(catalog: Catalog, index: Index, name: str) -> AuditedView:
    view = index.snapshot.views[name]
    entity = index.snapshot.entities.get(view.entity or "")
    needed = {node.label for node in index.lineage.nodes.values() if node.view == name}
    fresh = freshness(catalog, name)
    stored = fresh.stored
    return AuditedView(
        name,
        view.source,
        view.entity,
        () if entity is None else entity.join_keys,
        tuple(feature for feature in view.features if feature in needed),
        view.refresh,
        None if stored is None else stored.as_of,
        fresh.age,
        None if stored is None else stored.keys,
        None if stored is None else stored.current,
        "" if stored is None else stored.snapshot,
        fresh.unknown,
    )
