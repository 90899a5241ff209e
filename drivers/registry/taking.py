"""Taking the snapshot of a project, with what its files and its repository say."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.registry.git import commit_of
from onedag.errors import SourceError
from onedag.project import Project
from onedag.snapshots import Commit, Snapshot, snapshot_of

if TYPE_CHECKING:
    from drivers.sources import SourceReader

__all__ = ["Schemas", "commit_of_code", "schemas_of", "take_snapshot"]


@dataclass(frozen=True, slots=True)
class Schemas:
    """What the sources of a project have as columns.

    Attributes:
        types: Arrow types as text, by source and column; of the sources that can be opened.
        unread: why the others can't be, by source.
    """

    types: Mapping[str, Mapping[str, str]]
    unread: Mapping[str, SourceError]


def schemas_of(
    project: Project, reader: SourceReader | None = None, only: Collection[str] | None = None
) -> Schemas:
    """The columns of a project's sources. Files are opened, and rows aren't read.

    Args:
        project: whose sources.
        reader: that has opened some of them already.
        only: names of some of the sources.
    """
    from drivers.sources import SourceReader  # and DuckDB with it, which a server never needs

    reading = reader or SourceReader(project.root)
    types, unread = {}, {}
    for source in project.sources.values():
        if only is not None and source.name not in only:
            continue
        try:
            types[source.name] = reading.types(source)
        except SourceError as error:
            unread[source.name] = error
    return Schemas(types, unread)


def take_snapshot(
    project: Project, reader: SourceReader | None = None, *, strict: bool = False
) -> Snapshot:
    """The snapshot of a project as it is loaded, with its sources' types and its git commit.

    Args:
        project: whose definitions.
        reader: that has opened some of the sources already.
        strict: whether a source that can't be opened is an error. By default it is in the
            snapshot without its columns.

    Raises:
        SourceError: ``strict``, and a source can't be opened.
    """
    schemas = schemas_of(project, reader)
    if strict:
        for error in schemas.unread.values():
            raise error
    return snapshot_of(project, schemas.types, commit_of_code(project))


def commit_of_code(project: Project) -> Commit | None:
    """The commit of a project's code; what onedag itself writes makes it no other."""
    return commit_of(project.root, _made(project))


def _made(project: Project) -> list[Path]:
    """What onedag itself writes: the code doesn't differ from its commit because of it."""
    registry = [] if project.registry is None else [project.registry]
    return [project.root / ".onedag", project.offline, *registry]
