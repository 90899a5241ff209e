"""`KnownColumns`: what can be known of the columns of sources, without opening them or with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain

from drivers.catalog.snapshots import KeptSnapshots
from drivers.registry.taking import Schemas, schemas_of
from onedag.credentials import without_credentials
from onedag.project import Project

__all__ = ["KnownColumns"]

_Types = Mapping[str, str]


class KnownColumns:
    """The columns of a project's sources, with their types.

    A server doesn't open sources: they may lie where it can't reach, and its work is to answer.
    What it knows of them is what the snapshot says that a run was trained with.

    Args:
        project: whose sources.
        snapshots: that its registry keeps.
        open_sources: whether files may be opened; what they say then comes first.
    """

    def __init__(self, project: Project, snapshots: KeptSnapshots, *, open_sources: bool) -> None:
        self._project = project
        self._snapshots = snapshots
        self._open_sources = open_sources

    def types(self, snapshots: Iterable[str]) -> dict[str, _Types]:
        """Arrow types as text, by source and column; a source that nobody knows isn't there.

        Args:
            snapshots: ids of those that runs were trained with, and views stored with; what the
                first ones say comes first. Where they don't say all, the registry's own are asked.
        """
        found = dict(self._opened.types)
        for snapshot_id in chain(dict.fromkeys(snapshots), self._snapshots.at_hand()):
            if len(found) == len(self._project.sources):
                break
            for name, types in self._of(snapshot_id):
                found.setdefault(name, types)
        return {name: found[name] for name in self._project.sources if name in found}

    def unopened(self) -> tuple[str, ...]:
        """Why sources that may be opened can't be, as sentences."""
        unread = self._opened.unread.items()
        return tuple(
            f"Source {name} can't be opened: {without_credentials(str(error))}"
            for name, error in unread
        )

    @cached_property
    def _opened(self) -> Schemas:
        """Of the sources that may be opened; a table in memory is open already."""
        sources = self._project.sources
        names = [
            name
            for name, source in sources.items()
            if self._open_sources or source.columns_without_reading() is not None
        ]
        return schemas_of(self._project, only=names) if names else Schemas({}, {})

    def _of(self, snapshot_id: str) -> Iterator[tuple[str, _Types]]:
        snapshot = self._snapshots.of(snapshot_id)
        for name, kept in () if snapshot is None else snapshot.sources.items():
            source = self._project.sources.get(name)
            if source is not None and kept.columns and dict(source.columns) == kept.renamed:
                yield name, kept.columns
