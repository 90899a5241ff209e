"""What a service of a snapshot needs, above the boundary and below it.

One name may stand for two things: a column of the row in hand at one place, a function at another.
So what is needed are names at places: ``("", name)`` in the row of a request, ``(source, name)`` in
a row of that source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from onedag.service import EVENT_TIMESTAMP
from onedag.snapshots.model import Snapshot

__all__ = ["REQUEST", "Place", "Use", "needed_by", "readers", "services_of"]

REQUEST = ""
"""Where a request's row is in hand."""

Place: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Use:
    """How a name is used at a place.

    Attributes:
        origin: ``request``, ``store``, ``fitted`` or ``computed``; ``column`` in a source's row.
        function: whether it is the function of that name.
        source: of a raw column that is looked up; else empty.
        needs: the places of its inputs.
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
    found: dict[Place, Use] = {}
    planned = snapshot.services[service].origins if origins is None else origins
    left: list[Place] = [(REQUEST, name) for name in planned]
    while left:
        place = left.pop()
        if place not in found:
            found[place] = _use(snapshot, place, planned)
            left.extend(found[place].needs)
    return found


def _use(snapshot: Snapshot, place: Place, planned: Mapping[str, str]) -> Use:
    where, name = place
    function = snapshot.functions.get(name)
    if where == REQUEST:
        origin = planned.get(name, "request")
    else:
        given = name in snapshot.sources[where].columns or name == EVENT_TIMESTAMP
        stored = function is None or function.definition is not None
        origin = "column" if given else "store" if stored else "computed"
    if origin in ("request", "column"):
        return Use(origin, False)
    if function is None:
        source = "" if origin != "store" else _holding(snapshot, name)
        return Use(origin if source or where == REQUEST else "column", False, source)
    if function.definition is None:
        return Use(origin, True, needs=tuple((where, one) for one in function.inputs))
    there = function.definition.source
    known = there in snapshot.sources
    return Use(origin, True, needs=tuple((there, one) for one in function.inputs if known))


def _holding(snapshot: Snapshot, column: str) -> str:
    """The source whose raw column is looked up."""
    views = (view for view in snapshot.views.values() if column in view.features)
    return next((view.source for view in views), "")


def services_of(snapshot: Snapshot) -> dict[str, frozenset[str]]:
    """For each function the services that need it."""
    found: dict[str, set[str]] = {name: set() for name in snapshot.functions}
    for service in snapshot.services:
        for (_, name), use in needed_by(snapshot, service).items():
            if use.function:
                found[name].add(service)
    return {name: frozenset(services) for name, services in found.items()}


def readers(snapshot: Snapshot, source: str, column: str) -> frozenset[str]:
    """The functions that take a column of a source's rows, and ``service …`` that look it up."""
    return frozenset(_readers(snapshot, source, column))


def _readers(snapshot: Snapshot, source: str, column: str) -> Iterator[str]:
    seen: set[str] = set()
    left = [
        function.name
        for function in snapshot.functions.values()
        if function.definition is not None and function.definition.source == source
    ]
    columns = snapshot.sources[source].columns
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        inputs = snapshot.functions[name].inputs
        if column in inputs:
            yield name
        left.extend(
            one
            for one in inputs
            if one not in columns
            and one in snapshot.functions
            and snapshot.functions[one].definition is None
        )
    for service in snapshot.services.values():
        looked_up = service.origins.get(column) == "store" and column not in snapshot.functions
        if looked_up and _holding(snapshot, column) == source:
            yield f"service {service.name}"
