"""Views: stored features that are kept together, one blob for each key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from onedag.durations import label
from onedag.entity import Entity
from onedag.errors import DuplicateName
from onedag.graph import FunctionGraph, FunctionNode
from onedag.modifiers import Aggregate, Latest
from onedag.source import Source

__all__ = ["StoredFeature", "View", "merge_views", "view_name", "view_of"]


@dataclass(frozen=True, slots=True)
class StoredFeature:
    """One value of a view.

    Attributes:
        name: the function's node, or the column's name where a source's raw column is looked up.
        definition: what it is the newest value, or the reduction, of.
        node: its function; None for a raw column.
    """

    name: str
    definition: Latest | Aggregate
    node: FunctionNode | None


@dataclass(frozen=True, slots=True)
class View:
    """The stored features of one source, entity and refresh interval: read and written as one.

    Attributes:
        name: unique in the project, such as ``carrier_landings``.
        source: whose rows they come from.
        entity: whose values they are; None for everything.
        refresh: the tick at which the store is refreshed; None for as of the row's time.
        features: in order of name.
    """

    name: str
    source: Source
    entity: Entity | None
    refresh: timedelta | None
    features: tuple[StoredFeature, ...]

    @property
    def join_keys(self) -> tuple[str, ...]:
        """The columns that make a key of this view."""
        return self.entity.join_keys if self.entity else ()

    def only(self, names: Iterable[str]) -> View:
        """The same view with some of its features."""
        wanted = set(names)
        return replace(self, features=tuple(f for f in self.features if f.name in wanted))


def view_name(definition: Latest | Aggregate) -> str:
    """The name of the view that a stored feature belongs to."""
    entity = definition.entity.name if definition.entity else "everything"
    name = f"{entity}_{definition.source.name}"
    return name if definition.refresh is None else f"{name}_every_{label(definition.refresh)}"


def view_of(feature: StoredFeature) -> View:
    """The view with this one feature."""
    definition = feature.definition
    return View(
        view_name(definition),
        definition.source,
        definition.entity,
        definition.refresh,
        (feature,),
    )


def merge_views(views: Iterable[View]) -> dict[str, View]:
    """One view of each name, with all features that any of the given ones has.

    Raises:
        DuplicateName: two different entities and sources make one name.
    """
    merged: dict[str, View] = {}
    for view in views:
        known = merged.setdefault(view.name, view)
        if (known.source, known.entity, known.refresh) != (view.source, view.entity, view.refresh):
            raise DuplicateName.of("View", view.name, known.source.name, view.source.name)
        features = {feature.name: feature for feature in known.features + view.features}
        ordered = tuple(features[name] for name in sorted(features))
        merged[view.name] = replace(known, features=ordered)
    return merged


def declared_views(graph: FunctionGraph) -> dict[str, View]:
    """The views of all stored features that the project's functions declare."""
    return merge_views(
        view_of(StoredFeature(node.name, node.definition, node))
        for node in graph.values()
        if node.definition is not None
    )
