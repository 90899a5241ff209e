"""`compare`: what two snapshots of a project differ in, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from graphlib import TopologicalSorter

from onedag.snapshots.definitions import (
    EntityChange,
    ServiceChange,
    SourceChange,
    ViewChange,
    entity_changes,
    service_changes,
    source_changes,
    unplanned,
    view_changes,
)
from onedag.snapshots.model import FunctionSnapshot, Snapshot
from onedag.snapshots.reasons import HELPERS, doc_reasons, own_reasons

__all__ = [
    "Change",
    "Changes",
    "FunctionChange",
    "VersionChange",
    "compare",
    "edits_are_sure",
    "own_changes",
    "version_changes",
]


class Change(StrEnum):
    """How a function differs."""

    ADDED = "added"
    REMOVED = "removed"
    MEANING = "meaning"
    """Its values may be others."""
    VERSIONS = "versions"
    """Nothing of it is written otherwise, and the packages that compute are others."""
    DOC = "doc"
    """What no value depends on: docstring, owner, tags, place, formatting."""


@dataclass(frozen=True, slots=True)
class VersionChange:
    """One package, or Python, in two versions; ``none`` where a snapshot doesn't name it."""

    package: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.package} {self.old} -> {self.new}"


@dataclass(frozen=True, slots=True)
class FunctionChange:
    """One function that differs.

    Attributes:
        name: of the function.
        change: how.
        own: what of its own is another; empty where it changed through its inputs alone.
        causes: the nearest functions upstream of it that were added or removed or changed by
            themselves.
        docs: what is another that no value depends on.
        same_as: for an added function the removed ones, for a removed one the added ones, that do
            the same with the same inputs: it may have been renamed.
    """

    name: str
    change: Change
    own: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    docs: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """All that two snapshots differ in; each part in order of name.

    Attributes:
        old: the snapshot before.
        new: the snapshot after.
        versions: packages in other versions. Where there are any, all meanings differ; where
            `edits_are_sure` isn't so, an edit of a helper or a constant can't be told from them.
        functions: that differ.
        sources: that differ.
        entities: that differ.
        services: that differ.
        views: that differ.
        uncertain: functions of the same meaning that reach what has no fingerprint, such as an
            open file: their values may be others all the same.
    """

    old: Snapshot
    new: Snapshot
    versions: tuple[VersionChange, ...]
    functions: tuple[FunctionChange, ...]
    sources: tuple[SourceChange, ...]
    entities: tuple[EntityChange, ...]
    services: tuple[ServiceChange, ...]
    views: tuple[ViewChange, ...]
    uncertain: tuple[str, ...]
    unplanned: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether anything differs."""
        parts = (self.functions, self.sources, self.entities, self.services, self.views)
        return bool(self.versions) or any(parts)

    def of(self, *changes: Change) -> tuple[FunctionChange, ...]:
        """The functions that differ in one of these ways."""
        return tuple(one for one in self.functions if one.change in changes)


def compare(old: Snapshot, new: Snapshot) -> Changes:
    """What differs between two snapshots.

    A function of the same fingerprint means the same. Where fingerprints differ, the function
    changed by itself, or through what it takes: then the nearest functions upstream that changed
    by themselves are its causes.

    >>> nothing = Snapshot({}, {}, {}, {}, {}, ("Python 3.11",))
    >>> bool(compare(nothing, nothing))
    False
    """
    versions = version_changes(old.versions, new.versions)
    found = _functions(old, new)
    told = {one.name for one in found.values() if one.change is not Change.DOC}
    uncertain = (
        name
        for name in sorted({*old.functions} & {*new.functions} - told)
        if not (old.functions[name].certain and new.functions[name].certain)
    )
    return Changes(
        old,
        new,
        versions,
        tuple(found[name] for name in sorted(found)),
        source_changes(old, new),
        entity_changes(old, new),
        service_changes(old, new),
        view_changes(old, new),
        tuple(uncertain),
        unplanned(old, new),
    )


def version_changes(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[VersionChange, ...]:
    """Packages whose version differs."""
    before, after = (dict(each.rsplit(" ", 1) for each in one) for one in (old, new))
    return tuple(
        VersionChange(name, before.get(name, "none"), after.get(name, "none"))
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name)
    )


def edits_are_sure(old: Snapshot, new: Snapshot) -> bool:
    """Whether edits can be told from upgrades: not from one of Python or of fingerprints."""
    before, after = (_of_language(one.versions) for one in (old, new))
    both = [each for one in (old, new) for each in one.functions.values()]
    return old.versions == new.versions or (before == after and all(f.written for f in both))


def _of_language(versions: tuple[str, ...]) -> list[str]:
    return [each for each in versions if each.startswith(("Python ", "fingerprints "))]


def own_changes(old: Snapshot, new: Snapshot) -> dict[str, tuple[str, ...]]:
    """For each function of both snapshots what of its own is another; empty where nothing is.

    Where Python has another version, a fingerprint may differ because of it alone, so there it
    takes something that is written otherwise.
    """
    sure = edits_are_sure(old, new)
    both = (name for name in new.functions if name in old.functions)
    return {name: _own(name, old, new, sure) for name in both}


def _functions(old: Snapshot, new: Snapshot) -> dict[str, FunctionChange]:
    own = own_changes(old, new)
    causes = _causes(old.functions, new.functions, own)
    found: dict[str, FunctionChange] = {}
    for name in own:
        a, b = old.functions[name], new.functions[name]
        docs = doc_reasons(a, b)
        if own[name] or causes[name]:
            found[name] = FunctionChange(name, Change.MEANING, own[name], causes[name], docs)
        elif a.meaning != b.meaning:
            found[name] = FunctionChange(name, Change.VERSIONS, docs=docs)
        elif docs:
            found[name] = FunctionChange(name, Change.DOC, docs=docs)
    gone = {name: old.functions[name] for name in old.functions if name not in new.functions}
    come = {name: new.functions[name] for name in new.functions if name not in old.functions}
    for name, function in gone.items():
        found[name] = FunctionChange(name, Change.REMOVED, same_as=_same(function, come))
    for name, function in come.items():
        found[name] = FunctionChange(name, Change.ADDED, same_as=_same(function, gone))
    return found


def _own(name: str, old: Snapshot, new: Snapshot, sure: bool) -> tuple[str, ...]:
    """What of a function's own is another."""
    a, b = old.functions[name], new.functions[name]
    upgraded = sure and old.versions != new.versions and a.written == b.written
    if a.own == b.own or upgraded:
        return ()
    return own_reasons(name, old, new) or ((HELPERS,) if sure else ())


def _causes(
    old: Mapping[str, FunctionSnapshot],
    new: Mapping[str, FunctionSnapshot],
    own: Mapping[str, tuple[str, ...]],
) -> dict[str, tuple[str, ...]]:
    """For each function of both, the nearest ones upstream that changed by themselves.

    An input that was dropped is a change of the function itself, so the new ones are enough.
    """
    known = {*old, *new}
    inputs = {name: [i for i in new[name].inputs if i in known] for name in new}
    found: dict[str, set[str]] = {}
    for name in TopologicalSorter(inputs).static_order():
        found[name] = set()
        for one in inputs.get(name, ()):
            found[name] |= {one} if own.get(one, (one,)) else found[one]
    return {name: tuple(sorted(found[name])) for name in own}


def _same(function: FunctionSnapshot, others: Mapping[str, FunctionSnapshot]) -> tuple[str, ...]:
    what = (function.own, function.inputs)
    return tuple(sorted(o.name for o in others.values() if (o.own, o.inputs) == what))
