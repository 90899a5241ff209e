"""Uses: which services and models a column goes into, and through what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from onedag.lineage.model import Lineage, LineageNode, NodeKind
from onedag.lineage.walks import following, shortest, way_to

__all__ = ["Use", "uses_of"]


@dataclass(frozen=True, slots=True)
class Use:
    """A feature of a service that something goes into.

    Attributes:
        service: its name.
        model: whether the service has a model.
        feature: its name.
        path: the ids of a shortest way, from what is used to the feature.
        key: whether it only says which value is looked up, and becomes no part of it.
    """

    service: str
    model: bool
    feature: str
    path: tuple[str, ...]
    key: bool


def uses_of(lineage: Lineage, names: Iterable[str]) -> tuple[Use, ...]:
    """The features that columns, or anything else, go into, service by service.

    The way of a value is told where there is one, though a look-up's may be shorter.

    Raises:
        UnknownName: no node of one of the names.
    """
    starts = lineage.all_named(names)
    values = (edge for edge in lineage.edges if edge not in lineage.keys)
    ways = _Ways(
        lineage,
        shortest(following(values), starts),
        shortest(following(lineage.edges), starts),
    )
    return tuple(
        use
        for service, features in lineage.features().items()
        for use in ways.uses(lineage.nodes[service], features)
    )


@dataclass(frozen=True, slots=True)
class _Ways:
    """What `shortest` found along values, and along look-ups as well."""

    lineage: Lineage
    values: Mapping[str, str | None]
    every: Mapping[str, str | None]

    def uses(self, service: LineageNode, features: tuple[str, ...]) -> Iterator[Use]:
        has_model = f"model:{service.label}" in self.lineage.nodes
        for feature in features:
            node = self.lineage.nodes[feature]
            if feature in self.values:
                path = way_to(feature, self.values)
                yield Use(service.label, has_model, node.label, path, key=False)
            elif path := self._looked_up(node, service):
                yield Use(service.label, has_model, node.label, path, key=True)

    def _looked_up(self, feature: LineageNode, service: LineageNode) -> tuple[str, ...]:
        if feature.id in self.every:
            return way_to(feature.id, self.every)
        if feature.kind is NodeKind.STORED:  # no edge leads to it from the keys of one service
            for key in feature.join_keys:
                field = f"{service.id}:{key}"
                if field in self.every:
                    return (*way_to(field, self.every), feature.id)
        return ()
