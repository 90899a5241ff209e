"""`KeptSnapshots`: what the registry keeps, read once for each snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from drivers.registry import Registry
from onedag.errors import RegistryError
from onedag.project import Project
from onedag.snapshots import SourceSnapshot

__all__ = ["KeptSnapshot", "KeptSnapshots"]


@dataclass(frozen=True, slots=True)
class KeptSnapshot:
    """What a catalog wants of a snapshot; the whole is large.

    Attributes:
        commit: the git hash that it was taken at; empty where it isn't known.
        sources: by name.
    """

    commit: str
    sources: Mapping[str, SourceSnapshot]


class KeptSnapshots:
    """The snapshots of a project's registry; none where it has none.

    Args:
        project: whose registry.
    """

    def __init__(self, project: Project) -> None:
        self._registry = None if project.registry is None else Registry(project.registry)
        self._found: dict[str, KeptSnapshot] = {}

    def of(self, snapshot_id: str) -> KeptSnapshot | None:
        """A snapshot; None where it isn't kept here, or can't be read."""
        known = self._found.get(snapshot_id)
        if known is not None or self._registry is None or not self._registry.has(snapshot_id):
            return known
        try:
            read = self._registry.snapshot(snapshot_id)
        except RegistryError:
            return None
        commit = "" if read.commit is None else read.commit.hash
        self._found[snapshot_id] = KeptSnapshot(commit, read.sources)
        return self._found[snapshot_id]

    def commit(self, snapshot_id: str) -> str:
        """The git hash that a snapshot was taken at; empty where it isn't known."""
        found = self.of(snapshot_id)
        return "" if found is None else found.commit

    def at_hand(self) -> Iterator[str]:
        """The ids of the one that is applied, and of the one that was kept last."""
        if self._registry is None:
            return
        with suppress(RegistryError):
            move = self._registry.current()
            yield from () if move is None else (move.snapshot,)
        with suppress(RegistryError, OSError):
            newest = self._registry.newest()
            yield from () if newest is None else (newest,)
