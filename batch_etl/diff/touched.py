"""What a change of a function touches: services, published models, stored views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from drivers.published import Model, Published
from onedag.snapshots.changes import Changes
from onedag.snapshots.uses import services_of, views_of

__all__ = ["Touch", "Touched"]


@dataclass(frozen=True, slots=True)
class Touch:
    """What one function is part of, before or after.

    Attributes:
        services: that need it.
        models: the published runs of these services.
        views: that keep it, or what is made of it.
    """

    services: tuple[str, ...]
    models: tuple[Model, ...]
    views: tuple[str, ...]


class Touched:
    """What the functions of two snapshots are part of."""

    def __init__(self, changes: Changes, published: Published) -> None:
        self._models = published.models
        self._services = [services_of(each) for each in (changes.old, changes.new)]
        self._views = [views_of(each) for each in (changes.old, changes.new)]

    def by(self, function: str) -> Touch:
        """What a change of this function touches."""
        services = _union(self._services, function)
        models = tuple(self._models[name] for name in services if name in self._models)
        return Touch(services, models, _union(self._views, function))


def _union(found: Sequence[Mapping[str, frozenset[str]]], function: str) -> tuple[str, ...]:
    return tuple(sorted({name for each in found for name in each.get(function, ())}))
