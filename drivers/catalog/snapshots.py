"""`KeptSnapshots`: what the registry keeps, read once for each snapshot."""

from __future__ import annotations

from drivers.registry import Registry
from onedag.errors import RegistryError
from onedag.project import Project
from onedag.snapshots import Snapshot

__all__ = ["KeptSnapshots"]


class KeptSnapshots:
    """The snapshots of a project's registry; none where it has none.

    Args:
        project: whose registry.
    """

    def __init__(self, project: Project) -> None:
        self._registry = None if project.registry is None else Registry(project.registry)
        self._found: dict[str, Snapshot] = {}

    def of(self, snapshot_id: str) -> Snapshot | None:
        """A snapshot; None where it isn't kept here, or can't be read."""
        if self._registry is None or not self._registry.has(snapshot_id):
            return self._found.get(snapshot_id)
        if snapshot_id not in self._found:
            try:
                self._found[snapshot_id] = self._registry.snapshot(snapshot_id)
            except RegistryError:
                return None
        return self._found[snapshot_id]

    def commit(self, snapshot_id: str) -> str:
        """The git hash that a snapshot was taken at; empty where it isn't known."""
        found = self.of(snapshot_id)
        return "" if found is None or found.commit is None else found.commit.hash

    def applied(self) -> Snapshot | None:
        """The current one of the registry; None where there is none, or it can't be read."""
        try:
            move = None if self._registry is None else self._registry.current()
        except RegistryError:
            return None
        return None if move is None else self.of(move.snapshot)
