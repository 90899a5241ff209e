"""A test's rows in place of a source's: the same definition, other data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from drivers.engines import EVENT, KNOWN
from drivers.sources import SourceReader
from drivers.sources.files import Files
from drivers.testing.rows import RawRows, Rows
from onedag.dtypes import TIMESTAMP
from onedag.errors import SourceError, UnknownName
from onedag.project import Project
from onedag.source import Query, Source

__all__ = ["stand_in"]


def stand_in(source: Source, rows: Rows, project: Project) -> Source:
    """The source with these rows as its data.

    Columns have the types of the source's own where those are known without asking a database: it
    is a DataFrame, an Arrow table, or files that are there. Otherwise their values say them.

    Args:
        source: times, key and names are its own; its data isn't used.
        rows: with any of its columns, under their names in the data or in the project; the results
            of functions may be among them, and are then taken as they are.
        project: knows the functions, and where files are.

    Raises:
        UnknownName: a column that is neither in the source's own data nor a function.
        SourceError: rows that can't be used.
    """
    given = RawRows(rows, f"Rows of source {source.name!r}", SourceError, source.columns)
    own = _own_names(source, project.root)
    for name in given.names:
        if own is not None and name not in own and name not in project.graph:
            raise UnknownName.among(f"column of source {source.name!r}", name, own)
    if not given.names:
        return _with(source, _empty(source, own, project.root))
    known = [name for name in given.names if name in (own or ())]
    types = _types(source, known, project.root) if known else {}
    times = {n: TIMESTAMP for n in (source.timestamp, source.known_at) if n is not None}
    return _with(source, given.typed(types | times))


def _with(source: Source, table: pa.Table) -> Source:
    tags = {name: tags for name, tags in source.tags.items() if name in table.column_names}
    return replace(source, data=table, columns={}, tags=tags)


def _own_names(source: Source, root: Path) -> tuple[str, ...] | None:
    """The columns of the source's own data under their names in the project; None if not known."""
    is_file = isinstance(source.data, str | Path)
    if isinstance(source.data, Query) or (is_file and not Files.of(source, root).states):
        return None
    return SourceReader(root).columns([source])[source.name]


def _types(source: Source, names: list[str], root: Path) -> dict[str, pa.DataType]:
    """The types of some columns of the source's own data."""
    schema = next(SourceReader(root).batches(source, names, rows=1)).schema
    return {field.name: field.type for field in schema if field.name not in (EVENT, KNOWN)}


def _empty(source: Source, own: tuple[str, ...] | None, root: Path) -> pa.Table:
    """No rows, of all columns that could be features."""
    if own is None:
        raise SourceError(
            f"Rows of source {source.name!r}: there are none, and its own data isn't there to say "
            f"its columns. Give a row that no key of the spine has, or a table without rows, such "
            f'as pa.schema([("{source.timestamp}", pa.timestamp("us")), …]).empty_table().'
        )
    types: dict[str, pa.DataType] = {source.timestamp: TIMESTAMP}
    for name in own:
        try:
            types |= _types(source, [name], root)
        except SourceError:  # of a type that no feature has, such as a list: nothing can read it
            continue
    return pa.schema(types.items()).empty_table()
