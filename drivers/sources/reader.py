"""`SourceReader`: what the drivers ask for the rows of a source."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from drivers.sources.canonical import Wanted
from drivers.sources.csv import CsvRows
from drivers.sources.files import Files, Watch
from drivers.sources.frames import FrameRows, TableRows
from drivers.sources.parquet import ParquetRows
from drivers.sources.queries import query_rows
from drivers.sources.raw import RawRows
from onedag.dtypes import canonical_type
from onedag.errors import SourceError
from onedag.source import Query, Source

__all__ = ["BATCH_ROWS", "SourceReader"]

BATCH_ROWS = 524_288


class SourceReader:
    """Reads the sources of one project for one run.

    All passes over a source read the same rows: a file that another pass found otherwise, or that
    changes during a pass, is an error. `for_a_run` gives the reader of the next run.

    Args:
        root: what paths are relative to.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._columns: dict[Source, tuple[str, ...]] = {}
        self._opened: dict[Source, tuple[Files, RawRows]] = {}
        self._watch = Watch(root)

    def for_a_run(self) -> SourceReader:
        """A reader that knows the same names of columns and hasn't seen any rows."""
        reader = SourceReader(self._root)
        reader._columns, reader._opened = self._columns, self._opened
        return reader

    def columns(self, sources: Iterable[Source]) -> dict[str, tuple[str, ...]]:
        """The column names of each source, under their names in the project.

        Raises:
            SourceError: as `batches`.
        """
        return {source.name: self._names(source) for source in sources}

    def types(self, source: Source) -> dict[str, str]:
        """The Arrow types in which a source's columns are read, as text, by name in the project.

        Rows aren't read: where only the values have types, as in SQLite, it is ``unknown``. A type
        that no feature can take is told as it is.

        Raises:
            SourceError: as `batches`.
        """
        with _naming(source):
            files = Files.of(source, self._root).readable(source, self._root)
            raw = self._rows(source, files)
            schema = raw.schema()
            names = raw.names() if schema is None else schema.names
            types = [None] * len(names) if schema is None else schema.types
        renamed = [source.columns.get(name, name) for name in names]
        return {name: _shown(arrow) for name, arrow in zip(renamed, types, strict=True)}

    def _names(self, source: Source) -> tuple[str, ...]:
        if source not in self._columns:
            in_memory = source.columns_without_reading()
            names = in_memory if in_memory is not None else self._names_in_file(source)
            self._columns[source] = names
        return self._columns[source]

    def _names_in_file(self, source: Source) -> tuple[str, ...]:
        with _naming(source):
            files = Files.of(source, self._root).readable(source, self._root)
            names = self._rows(source, files).names()
        return tuple(source.columns.get(name, name) for name in names)

    def row_count(self, source: Source) -> int | None:
        """The number of a source's rows where files or tables say it; None where not.

        Raises:
            SourceError: as `batches`.
        """
        with self._reading(source):
            return self._rows(source, self._watch.files(source)).count()

    def read(self, source: Source, columns: Sequence[str]) -> pa.Table:
        """All `batches` as one table."""
        return pa.concat_tables(self.batches(source, columns))

    def batches(
        self,
        source: Source,
        columns: Sequence[str],
        rows: int = BATCH_ROWS,
        dictionaries: Collection[str] = (),
    ) -> Iterator[pa.Table]:
        """Some columns of a source, with `EVENT` and `KNOWN`, in the source's order of rows.

        Types are canonical (`onedag.dtypes`), and those of the whole source: all tables have one
        schema. `KNOWN` is null where the row isn't known yet. A query runs once for each call.

        Args:
            source: whose rows.
            columns: names in the project.
            rows: at most so many in one table; a table has at least one, unless there is none.
            dictionaries: those of ``columns`` that may come as dictionary<int32, string>, each
                table with dictionaries of its own, where that is how they are stored.

        Raises:
            SourceError: no such file, a file that can't be read, a column that isn't there or
                changes its type between files, a null or unparsable timestamp, rows that change
                while they are read. Raised when the rows are asked for.
        """
        wanted = Wanted(source, columns, dictionaries)
        total = 0
        with self._reading(source):
            raw = self._rows(source, self._watch.files(source))
            batches = raw.batches(wanted.pick, rows, wanted.raw_dictionaries)
            for table in _gathered(wanted.tables(batches), rows):
                yield table
                total += table.num_rows
        with _naming(source):
            self._watch.finish(source, total)

    def some(self, source: Source, columns: Sequence[str], most: int) -> pa.Table:
        """Some rows of a source, as `batches` gives them, without reading the others.

        Of Parquet the first, the last and evenly spaced row groups are read, the first rows of a
        large one; of anything else the first rows.

        Args:
            source: whose rows.
            columns: names in the project.
            most: how many rows at most.

        Raises:
            SourceError: as `batches`.
        """
        wanted = Wanted(source, columns, ())
        with self._reading(source):
            raw = self._rows(source, self._watch.files(source))
            if isinstance(raw, ParquetRows):
                raw = raw.some(most)
            held: list[pa.Table] = []
            for table in wanted.tables(raw.batches(wanted.pick, min(most, BATCH_ROWS), ())):
                held.append(table.slice(0, most))
                most -= held[-1].num_rows
                if not most:
                    break
            return pa.concat_tables(held)

    def _rows(self, source: Source, files: Files) -> RawRows:
        """The rows in these files; the same object again, which knows what the files said."""
        before, raw = self._opened.get(source, (None, None))
        if raw is None or before != files:
            raw = _raw_rows(source, files, self._root)
            self._opened[source] = files, raw
        return raw

    @contextmanager
    def _reading(self, source: Source) -> Iterator[None]:
        """Says that the source changed, where that may be why it can't be read."""
        try:
            with _naming(source):
                yield
        except SourceError as error:
            with _naming(source):
                changed = self._watch.changed(source)
            if changed is None:
                raise
            raise changed from error


def _raw_rows(source: Source, files: Files, root: Path) -> RawRows:
    data = source.data
    if isinstance(data, pa.Table):
        return TableRows(data)
    if isinstance(data, pd.DataFrame):
        return FrameRows(data)
    if isinstance(data, Query):
        return query_rows(root, source.name, data)
    if Path(files.paths[0]).suffix.lower() in (".parquet", ".pq"):
        return ParquetRows(source, files.paths)
    return CsvRows(source, files.paths)


def _shown(arrow: pa.DataType | None) -> str:
    return "unknown" if arrow is None else str(canonical_type(arrow) or arrow)


def _gathered(tables: Iterator[pa.Table], rows: int) -> Iterator[pa.Table]:
    """Small tables joined into some of at most ``rows``; one without rows if there are no rows."""
    empty = next(tables)
    held: list[pa.Table] = []
    count, given = 0, False
    for table in tables:
        if held and count + table.num_rows > rows:
            yield pa.concat_tables(held).combine_chunks()
            held, count, given = [], 0, True
        if table.num_rows == rows:
            yield table
            given = True
        elif table.num_rows:
            held.append(table)
            count += table.num_rows
    if held or not given:
        yield pa.concat_tables([*held] or [empty]).combine_chunks()


@contextmanager
def _naming(source: Source) -> Iterator[None]:
    """Wraps what a file or a database raises, naming the source."""
    try:
        yield
    except (duckdb.Error, pa.ArrowException, sqlite3.Error, pd.errors.DatabaseError, OSError) as e:
        data = source.data
        shown = "its data frame" if isinstance(data, pd.DataFrame | pa.Table) else repr(data)
        raise SourceError(f"Source {source.name!r} can't be read from {shown}: {e}") from e
