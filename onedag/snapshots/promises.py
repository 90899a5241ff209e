"""What a published model relies on: that what its features are made of means what it did.

Only what changed by itself breaks that promise; what changed through it is its consequence.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from onedag.snapshots.changes import edits_are_sure, own_changes, version_changes
from onedag.snapshots.model import FieldSnapshot, Snapshot, SourceSnapshot
from onedag.snapshots.reasons import entity_reasons, field_reasons, source_reasons
from onedag.snapshots.uses import REQUEST, Place, Use, needed_by

__all__ = ["GONE", "VERSIONS", "Breach", "breaches", "gone"]

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
    both = _Both(old, new, service, own_changes(old, new))
    reached = _Reached(after, new.services[service].features)
    found: dict[str, list[_Found]] = defaultdict(list)
    for place in sorted(before.keys() & after.keys()):
        reasons = tuple(both.broken(place, before[place], after[place]))
        if reasons:
            now = both.now(place, after[place])
            found[place[1]].append(_Found(reasons, now, reached.from_place(place)))
    ordered = [_breach(name, found[name]) for name in sorted(found)]
    return (*_of_versions(old, new, service), *ordered)


GONE = "isn't there any more"
"""Why a function means nothing in the new snapshot."""


def gone(old: Snapshot, new: Snapshot, service: str) -> tuple[Breach, ...]:
    """The functions that a service's features were made of, and that the new snapshot lacks.

    They are no breach: what takes them is another then, or the service can't be planned.

    Args:
        old: the snapshot that a model was trained with; it must have the service.
        new: the snapshot after it.
        service: its name.
    """
    before = needed_by(old, service)
    reached = _Reached(before, old.services[service].features)
    lost: dict[str, dict[str, None]] = {}
    for place in sorted(before):
        if before[place].function and place[1] not in new.functions:
            features = lost.setdefault(place[1], {})
            features.update(dict.fromkeys(reached.from_place(place)))
    return tuple(Breach(name, (GONE,), _hashed([]), tuple(found)) for name, found in lost.items())


class _Found(NamedTuple):
    """What isn't what it was at one place."""

    reasons: tuple[str, ...]
    digits: str
    features: tuple[str, ...]


def _breach(name: str, found: list[_Found]) -> Breach:
    """What isn't what it was at any of the places of one name."""
    reasons = dict.fromkeys(reason for one in found for reason in one.reasons)
    features = dict.fromkeys(feature for one in found for feature in one.features)
    digits = sorted({one.digits for one in found})
    now = digits[0] if len(digits) == 1 else _hashed(digits)
    return Breach(name, tuple(reasons), now, tuple(features))


def _hashed(texts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Both:
    """Two snapshots of one service, to compare what stands at a place."""

    old: Snapshot
    new: Snapshot
    service: str
    own: Mapping[str, tuple[str, ...]]

    def broken(self, place: Place, before: Use, after: Use) -> Iterator[str]:
        """Why a place has something else; nothing where it doesn't."""
        name = place[1]
        if before.origin != after.origin:
            yield f"{_origin(place, before)} -> {_origin(place, after)}"
        elif before.function and after.function:
            yield from self.own.get(name, ())
        elif before.origin == "request":
            a, b = (_field(each, self.service, name) for each in (self.old, self.new))
            yield from field_reasons(a, b) if a and b else ()
        else:
            yield from self._column(place, before, after)

    def _column(self, place: Place, before: Use, after: Use) -> Iterator[str]:
        """A column of a source: of the row in hand, or of the newest row of a key."""
        where, name = place
        # Where a service couldn't be planned, nobody says in which source it looks a column up.
        was, now = before.source or after.source, after.source or before.source
        if was != now:
            yield f"looked up in {was} -> {now}"
            return
        a, b = (each.sources.get(now or where) for each in (self.old, self.new))
        if a is None or b is None:
            return
        if now and a.meaning != b.meaning:
            yield from (f"source {a.name}: {reason}" for reason in source_reasons(a, b))
            yield from entity_reasons(a.key, self.old, self.new)
        types = a.columns.get(name), b.columns.get(name)
        if None not in types and types[0] != types[1]:
            yield f"column of {a.name} {types[0]} -> {types[1]}"

    def now(self, place: Place, use: Use) -> str:
        """Digits of what stands at a place in the new snapshot, the same for each service."""
        where, name = place
        if use.function:
            return self.new.functions[name].meaning
        told = [use.origin, use.source]
        if use.origin == "request" and (field := _field(self.new, self.service, name)):
            told += [field.type, str(field.default), field.made]
        if source := self.new.sources.get(use.source or where):
            told += [source.meaning, source.columns.get(name, "")]
        return _hashed(told)


def _field(snapshot: Snapshot, service: str, name: str) -> FieldSnapshot | None:
    return next((f for f in snapshot.services[service].fields if f.name == name), None)


_ORIGINS = {"request": "carried by the request", "store": "stored", "nothing": "absent"}


def _origin(place: Place, use: Use) -> str:
    if use.origin == "column":
        return f"a column of {place[0]}"
    return _ORIGINS.get(use.origin, use.origin)


def _of_versions(old: Snapshot, new: Snapshot, service: str) -> Iterator[Breach]:
    changed = version_changes(old.versions, new.versions)
    if changed:
        hidden = () if edits_are_sure(old, new) else _meanings(new, service)
        digits = _hashed([*new.versions, *hidden])
        yield Breach(VERSIONS, tuple(map(str, changed)), digits, new.services[service].features)


def _meanings(snapshot: Snapshot, service: str) -> list[str]:
    """Where an edit can't be told from an upgrade, the next one ends an acknowledgement."""
    used = {name for (_, name), use in needed_by(snapshot, service).items() if use.function}
    return [snapshot.functions[name].meaning for name in sorted(used)]


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
