"""`ViewFacts` and `EntityFacts`: what is known of what is stored, by view and by entity."""

from __future__ import annotations

from dataclasses import dataclass

from onedag.catalog.freshness import Freshness, freshness
from onedag.catalog.model import Catalog
from onedag.errors import UnknownName
from onedag.snapshots import EntitySnapshot, FunctionSnapshot, ViewSnapshot

__all__ = ["EntityFacts", "StoredValue", "ViewFacts", "entity_facts", "view_facts"]


@dataclass(frozen=True, slots=True)
class StoredValue:
    """A stored feature of a view.

    Attributes:
        name: of the feature.
        type: Arrow type as text, as it is stored; empty where it isn't known.
        function: that makes it; None for a column that is looked up as it is.
        services: the names of the services that it goes into.
    """

    name: str
    type: str
    function: FunctionSnapshot | None
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ViewFacts:
    """Everything about one view.

    Attributes:
        view: as it is defined.
        join_keys: what a value is looked up by, in order; none of what is kept for everything.
        features: in order of name.
        freshness: of what is stored.
        services: the names of those that read it.
    """

    view: ViewSnapshot
    join_keys: tuple[str, ...]
    features: tuple[StoredValue, ...]
    freshness: Freshness
    services: tuple[str, ...]

    @property
    def name(self) -> str:
        """The view's name."""
        return self.view.name


@dataclass(frozen=True, slots=True)
class EntityFacts:
    """Everything about one entity.

    Attributes:
        entity: with its join keys.
        views: what is stored of it.
        features: the names of the stored features.
        keyed: the names of the sources whose rows describe its state.
        services: the names of those that read a view of it.
    """

    entity: EntitySnapshot
    views: tuple[ViewFacts, ...]
    features: tuple[str, ...]
    keyed: tuple[str, ...]
    services: tuple[str, ...]

    @property
    def name(self) -> str:
        """The entity's name."""
        return self.entity.name


def view_facts(catalog: Catalog, name: str) -> ViewFacts:
    """What is known of a view.

    Raises:
        UnknownName: there is no such one; the nearest name is given.
    """
    views, index = catalog.snapshot.views, catalog.index
    if name not in views:
        raise UnknownName.among("view", name, views)
    view, stored = views[name], catalog.views.get(name)
    types = {} if stored is None else stored.types
    values = (
        StoredValue(
            feature,
            types.get(feature, ""),
            catalog.snapshot.functions.get(feature),
            index.services_of(
                node.id for node in index.nodes.get(feature, ()) if node.view == name
            ),
        )
        for feature in view.features
    )
    keys = () if view.entity is None else catalog.snapshot.entities[view.entity].join_keys
    services = index.readers.get(name, ())
    return ViewFacts(view, keys, tuple(values), freshness(catalog, name), services)


def entity_facts(catalog: Catalog, name: str) -> EntityFacts:
    """What is known of an entity.

    Raises:
        UnknownName: there is no such one; the nearest name is given.
    """
    snapshot = catalog.snapshot
    if name not in snapshot.entities:
        raise UnknownName.among("entity", name, snapshot.entities)
    views = tuple(view_facts(catalog, v.name) for v in snapshot.views.values() if v.entity == name)
    readers = {service for view in views for service in view.services}
    return EntityFacts(
        entity=snapshot.entities[name],
        views=views,
        features=tuple(value.name for view in views for value in view.features),
        keyed=tuple(source.name for source in snapshot.sources.values() if source.key == name),
        services=tuple(service for service in snapshot.services if service in readers),
    )
