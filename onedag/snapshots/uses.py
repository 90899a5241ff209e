"""What a service of a snapshot needs, above the boundary and below it.

One name may stand for two things: a column of the row in hand at one place, a function at another.
So what is needed are names at places: ``("", name)`` in the row of a request, ``(source, name)`` in
a row of that source.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from onedag.service import EVENT_TIMESTAMP
from onedag.snapshots.model import Snapshot, SourceSnapshot, ViewSnapshot

__all__ = ["REQUEST", "Place", "Use", "needed_by", "readers", "services_of", "views_of"]

REQUEST = ""
"""Where a request's row is in hand."""

Place: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Use:
    """How a name is used at a place.

    Attributes:
        origin: ``request``, ``store``, ``fitted`` or ``computed``; ``column`` of a source's row;
            ``nothing`` for an input that is optional and isn't there.
        function: whether it is the function of that name.
        source: of a raw column that is looked up; else empty.
        needs: the places of its inputs, and of the join keys that it is looked up by.
    """

    origin: str
    function: bool
    source: str = ""
    needs: tuple[Place, ...] = ()


def needed_by(
    snapshot: Snapshot, service: str, origins: Mapping[str, str] | None = None
) -> dict[Place, Use]:
    """All that a service's features are made of.

    Args:
        snapshot: that has the service.
        service: its name.
        origins: instead of the service's own, where it couldn't be planned.
    """
    planned = snapshot.services[service].origins if origins is None else origins
    fields = {field.name for field in snapshot.services[service].fields}
    return _walked(snapshot, [(REQUEST, name) for name in planned], _Requests(planned, fields))


@dataclass(frozen=True, slots=True)
class _Requests:
    """What is known of the rows of requests: where each name comes from, and what they carry."""

    planned: Mapping[str, str]
    fields: Collection[str]

    def origin(self, name: str) -> str:
        # A join key is carried without being a node of the plan.
        return self.planned.get(name, "request" if name in self.fields else "nothing")


_NONE = _Requests({}, ())


def _walked(
    snapshot: Snapshot, start: Iterable[Place], requests: _Requests = _NONE
) -> dict[Place, Use]:
    found: dict[Place, Use] = {}
    left = [*start]
    while left:
        place = left.pop()
        if place not in found:
            found[place] = _use(snapshot, place, requests)
            left.extend(found[place].needs)
    return found


def _use(snapshot: Snapshot, place: Place, requests: _Requests) -> Use:
    where, name = place
    origin = requests.origin(name) if where == REQUEST else _above(snapshot, where, name)
    function = snapshot.functions.get(name)
    if origin == "store" and function is None:
        given = requests.fields if where == REQUEST else snapshot.sources[where].columns
        source = _source_of(snapshot, name, given)
        keys = _keys(snapshot, where, source.key) if source else ()
        return Use(origin, False, source.name if source else "", keys)
    if function is None or origin not in ("store", "fitted", "computed"):
        return Use(origin, False)
    if function.definition is None:
        return Use(origin, True, needs=tuple((where, one) for one in function.inputs))
    inputs = tuple((function.definition.source, one) for one in function.inputs)
    return Use(origin, True, needs=(*inputs, *_keys(snapshot, where, function.definition.entity)))


def _keys(snapshot: Snapshot, where: str, entity: str | None) -> tuple[Place, ...]:
    """What is looked up by, in the row in hand."""
    found = snapshot.entities.get(entity or "")
    return () if found is None else tuple((where, key) for key in found.join_keys)


def _above(snapshot: Snapshot, source: str, name: str) -> str:
    """Where a name comes from in a row of a source."""
    columns = snapshot.sources[source].columns
    if name in columns or name == EVENT_TIMESTAMP:
        return "column"
    if function := snapshot.functions.get(name):
        return "computed" if function.definition is None else "store"
    if not columns:  # of a source that couldn't be opened
        return "column"
    return "store" if _source_of(snapshot, name, columns) else "nothing"


def _source_of(snapshot: Snapshot, column: str, given: Collection[str]) -> SourceSnapshot | None:
    """The source that a raw column is looked up in, as the planner finds it: the one that has it
    and whose key the row in hand carries.

    Args:
        snapshot: that has the sources.
        column: its name.
        given: what the row in hand carries.
    """
    keyed = [source for source in snapshot.sources.values() if _identified(snapshot, source, given)]
    of_views = {view.source for view in snapshot.views.values() if column in view.features}
    return next(
        (source for source in keyed if column in source.columns),
        # Where files couldn't be opened, a view still says it.
        next((source for source in keyed if source.name in of_views), None),
    )


def _identified(snapshot: Snapshot, source: SourceSnapshot, given: Collection[str]) -> bool:
    entity = snapshot.entities.get(source.key or "")
    return entity is not None and all(key in given for key in entity.join_keys)


def services_of(snapshot: Snapshot) -> dict[str, frozenset[str]]:
    """For each function the services that need it."""
    found: dict[str, set[str]] = {name: set() for name in snapshot.functions}
    for service in snapshot.services:
        for (_, name), use in needed_by(snapshot, service).items():
            if use.function:
                found[name].add(service)
    return {name: frozenset(services) for name, services in found.items()}


def views_of(snapshot: Snapshot) -> dict[str, frozenset[str]]:
    """For each function the views that keep it, or what is made of it."""
    found: dict[str, set[str]] = {name: set() for name in snapshot.functions}
    for view in snapshot.views.values():
        inputs = [(view.source, name) for name in _kept_by(snapshot, view)]
        for (_, name), use in _walked(snapshot, inputs).items():
            if use.function:
                found[name].add(view.name)
        for name in view.features:
            if name in found:
                found[name].add(view.name)
    return {name: frozenset(views) for name, views in found.items()}


def _kept_by(snapshot: Snapshot, view: ViewSnapshot) -> Iterator[str]:
    """What the features of a view take of its source's rows."""
    for name in view.features:
        function = snapshot.functions.get(name)
        yield from (name,) if function is None else function.inputs


def readers(snapshot: Snapshot, source: str, column: str) -> frozenset[str]:
    """Who takes a column of a source's rows: functions, ``entity …`` and ``service …``."""
    return frozenset(_readers(snapshot, source, column))


def _readers(snapshot: Snapshot, source: str, column: str) -> Iterator[str]:
    for view in snapshot.views.values():
        entity = snapshot.entities.get(view.entity or "")
        if view.source == source and entity is not None and column in entity.join_keys:
            yield f"entity {entity.name}"
        found = _walked(snapshot, [(view.source, name) for name in _kept_by(snapshot, view)])
        kept = {
            name: [(view.source, each) for each in snapshot.functions[name].inputs]
            for name in view.features
            if name in snapshot.functions
        }
        taken = [*kept.items(), *((p[1], u.needs) for p, u in found.items() if u.function)]
        for name, needs in taken:
            if any(_is_of(found, need, source, column) for need in needs):
                yield name
    for service in snapshot.services.values():
        use = needed_by(snapshot, service.name).get((REQUEST, column))
        if use is not None and use.source == source:
            yield f"service {service.name}"


def _is_of(found: Mapping[Place, Use], need: Place, source: str, column: str) -> bool:
    """Whether what is needed is a column of a source, of the row in hand or looked up."""
    use = found.get(need)
    return use is not None and (
        need == (source, column) or (need[1] == column and use.source == source)
    )
