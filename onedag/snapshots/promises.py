"""What a published model relies on: that what its features are made of means what it did.

Only what changed by itself breaks that promise; what changed through it is its consequence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from onedag.snapshots.changes import own_changes, version_changes
from onedag.snapshots.model import Snapshot, SourceSnapshot
from onedag.snapshots.reasons import source_reasons
from onedag.snapshots.uses import REQUEST, Place, Use, needed_by

__all__ = ["VERSIONS", "Breach", "breaches"]

VERSIONS = "package-versions"
"""What stands for Python and the packages that compute; no function can have this name."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that a service's features are made of, and that isn't what it was.

    Attributes:
        name: of a function, or of what is carried or looked up; or `VERSIONS`.
        reasons: why it means something else.
        digits: 64 hexadecimal ones that stand for what it means now.
        features: of the service, that are made of it.
    """

    name: str
    reasons: tuple[str, ...]
    digits: str
    features: tuple[str, ...]


def breaches(old: Snapshot, new: Snapshot, service: str) -> tuple[Breach, ...]:
    """What a service needs that was in both snapshots and means something else in the new one.

    What is new breaks nothing, and neither does a feature that the service doesn't take any more:
    the server refuses a model whose features aren't the service's.

    Args:
        old: the snapshot that a model was trained with.
        new: the snapshot that would serve it.
        service: its name; both snapshots must have it.
    """
    old, new = _with_columns(old, new), _with_columns(new, old)
    plans = old.services[service].origins, new.services[service].origins
    before = needed_by(old, service, plans[0] or plans[1])
    after = needed_by(new, service, plans[1] or plans[0])
    own = own_changes(old, new)
    found: dict[str, Breach] = {}
    reached = _Reached(after, new.services[service].features)
    for place in before.keys() & after.keys():
        told = _broken(place, before[place], after[place], old, new, own)
        if told is not None:
            reasons, digits = told
            name = place[1]
            others = found[name].features if name in found else ()
            features = tuple(dict.fromkeys([*others, *reached.from_place(place)]))
            found[name] = Breach(name, reasons, digits or new.services[service].meaning, features)
    ordered = [found[name] for name in sorted(found)]
    return (*_of_versions(old, new, service), *ordered)


def _broken(
    place: Place,
    before: Use,
    after: Use,
    old: Snapshot,
    new: Snapshot,
    own: Mapping[str, tuple[str, ...]],
) -> tuple[tuple[str, ...], str] | None:
    """Why, and the digits of what it is now; empty for those of the service."""
    name = place[1]
    if before.origin != after.origin:
        return (f"{_origin(place, before)} -> {_origin(place, after)}",), ""
    if before.function and after.function:
        return (own[name], new.functions[name].meaning) if own.get(name) else None
    # Where a service couldn't be planned, nobody says in which source it looks a column up.
    was, now = before.source or after.source, after.source or before.source
    if was != now:
        return (f"looked up in {was} -> {now}",), ""
    a, b = old.sources.get(was), new.sources.get(now)
    if a is None or b is None or a.meaning == b.meaning:
        return None
    return tuple(f"source {a.name}: {reason}" for reason in source_reasons(a, b)), b.meaning


_ORIGINS = {"request": "carried by the request", "store": "stored", "nothing": "absent"}


def _origin(place: Place, use: Use) -> str:
    if use.origin == "column":
        return f"a column of {place[0]}"
    return _ORIGINS.get(use.origin, use.origin)


def _of_versions(old: Snapshot, new: Snapshot, service: str) -> Iterator[Breach]:
    changed = version_changes(old.versions, new.versions)
    if changed:
        digits = hashlib.sha256("\n".join(new.versions).encode()).hexdigest()
        yield Breach(VERSIONS, tuple(map(str, changed)), digits, new.services[service].features)


def _with_columns(snapshot: Snapshot, other: Snapshot) -> Snapshot:
    """A snapshot with the columns that the other one knows of sources that couldn't be opened."""
    sources = {
        name: _filled(source, other.sources.get(name)) for name, source in snapshot.sources.items()
    }
    return replace(snapshot, sources=sources)


def _filled(source: SourceSnapshot, other: SourceSnapshot | None) -> SourceSnapshot:
    return source if source.columns or other is None else replace(source, columns=other.columns)


class _Reached:
    """Which features are made of what."""

    def __init__(self, uses: Mapping[Place, Use], features: tuple[str, ...]) -> None:
        self._features = features
        self._takers: dict[Place, list[Place]] = {place: [] for place in uses}
        for place, use in uses.items():
            for need in use.needs:
                self._takers[need].append(place)

    def from_place(self, place: Place) -> tuple[str, ...]:
        seen: set[Place] = set()
        left = [place]
        while left:
            one = left.pop()
            if one not in seen:
                seen.add(one)
                left.extend(self._takers[one])
        return tuple(name for name in self._features if (REQUEST, name) in seen)
