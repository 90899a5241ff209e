"""What datasets are called, by OpenLineage's naming conventions.

Where another tool writes or reads the same file, it says the same name, and the graphs join.

| what                  | namespace                  | name                              |
|-----------------------|----------------------------|-----------------------------------|
| a file                | ``file``                   | its absolute path                 |
| files of a glob       | ``file``                   | the folder above the first star   |
| a query on a database | ``duckdb:///path``, ``sqlite:///path`` | the source's name     |
| a stored view, SQLite | ``sqlite:///path``         | the view's name                   |
| a stored view, Redis  | ``redis://host:port``      | ``<db>.<namespace>.<view>``       |
| what is in memory     | ``inmemory://``            | ``<project>.<what>``              |
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pyarrow as pa

from onedag.project import Project
from onedag.source import Query, Source

if TYPE_CHECKING:  # a server loads no DuckDB
    from drivers.spine import SpineData

__all__ = ["Name", "Names"]

IN_MEMORY = "inmemory://"


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """A dataset's namespace, and its name there."""

    namespace: str
    name: str

    @property
    def uri(self) -> str:
        """Where it is, as a URI."""
        if self.namespace == "file":
            return Path(self.name).as_uri()
        return self.namespace


class Names:
    """The names of a project's datasets.

    Args:
        project: its root, offline folder and store.
        namespace: what stands for the project.
    """

    def __init__(self, project: Project, namespace: str) -> None:
        self.namespace = namespace
        self._root, self._offline = project.root, project.offline
        self._store = project.store

    def source(self, source: Source) -> Name:
        """Of a source: its file, folder or database."""
        data = source.data
        if isinstance(data, Query):
            return self._query(data, source.name)
        if isinstance(data, str | Path):
            return self.file(_before_stars(self._root / data))
        return self.in_memory(source.name)

    def spine(self, data: SpineData, service: str) -> Name:
        """Of the spine of a training frame."""
        if isinstance(data, pd.DataFrame | pa.Table):
            return self.in_memory(f"{service}.spine")
        return self.file(self._root / data)

    def view(self, view: str) -> Name:
        """Of a view in the store."""
        scheme, _, rest = self._store.partition("://")
        if scheme == "sqlite":
            return Name(f"sqlite://{self._root / rest[1:]}", view)
        if scheme in ("redis", "rediss"):
            return _in_redis(self._store, view)
        return self.in_memory(view)

    def backfilled(self, view: str) -> Name:
        """Of the history of a view's values."""
        return self.file(self._offline / "backfill" / view)

    def written(self, folder: str, name: str) -> Name:
        """Of a file in the offline folder."""
        return self.file(self._offline / folder / name)

    def file(self, path: Path) -> Name:
        """Of a file or a folder."""
        return Name("file", str(path))

    def in_memory(self, what: str) -> Name:
        """Of what no file and no store has."""
        return Name(IN_MEMORY, f"{self.namespace}.{what}")

    def _query(self, query: Query, source: str) -> Name:
        if query.database is None:
            return self.in_memory(source)
        path = self._root / query.database
        scheme = "duckdb" if path.suffix in (".duckdb", ".ddb") else "sqlite"
        return Name(f"{scheme}://{path}", source)


def _before_stars(path: Path) -> Path:
    """The folder that a glob looks in; a path without a star as it is."""
    starred = [i for i, part in enumerate(path.parts) if set("*?[") & set(part)]
    if not starred or not path.parts[starred[0]].startswith("*"):
        return path  # landings_*.parquet beside orders_*.parquet: the folder would be both
    return Path(*path.parts[: starred[0]])


def _in_redis(url: str, view: str) -> Name:
    parts = urlsplit(url)
    namespace = parse_qs(parts.query).get("namespace", ["onedag"])[0]
    database = parts.path.strip("/") or "0"
    host = parts.netloc.rpartition("@")[2]
    host = host if parts.port else f"{host}:6379"
    return Name(f"redis://{host}", f"{database}.{namespace}.{view}")
