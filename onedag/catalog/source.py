"""`SourceFacts`: what is known of a source and its columns, by its name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from onedag.catalog.index import Index
from onedag.catalog.model import Catalog
from onedag.catalog.ways import Use, uses
from onedag.errors import UnknownName
from onedag.lineage import LineageNode, NodeKind
from onedag.snapshots import SourceSnapshot

__all__ = ["SourceColumn", "SourceFacts", "source_facts"]


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """One column.

    Attributes:
        name: in the project.
        type: Arrow type as text; empty where it isn't known.
        tags: in order, such as ``pii``.
        node: its id in the lineage; empty where nothing uses it.
        users: the names of the functions and stored features that take it directly.
        key_of: the names of the stored features that it is a join key of.
        uses: the services that it goes into, or is looked up by.
    """

    name: str
    type: str
    tags: tuple[str, ...]
    node: str
    users: tuple[str, ...]
    key_of: tuple[str, ...]
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """Everything about one source.

    Attributes:
        source: as it is defined.
        columns: those that are known: of its data where that could be looked at, and else those
            that something uses.
        complete: whether these are all that there are.
        mapped: the functions that are computed for each of its rows.
        views: the names of the views that are made of it.
        features: the stored features that are made of it.
        services: the names of the services that it goes into.
    """

    source: SourceSnapshot
    columns: tuple[SourceColumn, ...]
    complete: bool
    mapped: tuple[str, ...]
    views: tuple[str, ...]
    features: tuple[str, ...]
    services: tuple[str, ...]

    @property
    def name(self) -> str:
        """The source's name."""
        return self.source.name


def source_facts(catalog: Catalog, name: str) -> SourceFacts:
    """What is known of a source.

    Raises:
        UnknownName: there is no such one; the nearest name is given.
    """
    sources = catalog.snapshot.sources
    if name not in sources:
        raise UnknownName.among("source", name, sources)
    source, index = sources[name], catalog.index
    nodes = index.of_source.get(name, ())
    views = [view for view in catalog.snapshot.views.values() if view.source == name]
    return SourceFacts(
        source=source,
        columns=tuple(_columns(index, source, nodes)),
        complete=bool(source.columns),
        mapped=tuple(node.label for node in nodes if node.kind is NodeKind.MAPPED),
        views=tuple(view.name for view in views),
        features=tuple(feature for view in views for feature in view.features),
        services=index.services_of(node.id for node in nodes),
    )


def _columns(
    index: Index, source: SourceSnapshot, nodes: tuple[LineageNode, ...]
) -> Iterator[SourceColumn]:
    used: dict[str, list[str]] = {}
    for node in nodes:
        if node.kind is NodeKind.COLUMN:  # the time may be used under two names
            used.setdefault(node.column, []).append(node.id)
    for name in dict.fromkeys([*source.columns, *sorted({*used, *source.tags})]):
        ids = used.get(name, [])
        yield SourceColumn(
            name=name,
            type=source.columns.get(name, ""),
            tags=source.tags.get(name, ()),
            node=ids[0] if ids else "",
            users=index.labels(end for node in ids for end in index.outputs(node)),
            key_of=index.labels(end for node in ids for end in index.looked_up_by(node)),
            uses=uses(index, "", ids),
        )
