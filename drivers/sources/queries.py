"""Rows that a database answers with."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from drivers.sources.frames import slices, table_of
from drivers.sources.raw import Pick, RawRows
from onedag.errors import SourceError
from onedag.source import Query

__all__ = ["query_rows", "schema_of", "streamed"]


def query_rows(root: Path, name: str, query: Query) -> RawRows:
    """The rows of the query of the source named ``name``.

    Raises:
        SourceError: there is no such database.
    """
    if query.database is None:
        return DuckRows(root, name, query.sql, None)
    path = root / query.database
    if not path.is_file():
        raise SourceError(f"Source {name!r}: there is no database {path}.")
    if path.suffix in (".duckdb", ".ddb"):
        return DuckRows(root, name, query.sql, path)
    return SqliteRows(path, query.sql)


class DuckRows:
    """The answer of DuckDB, streamed: it is run once for each pass, and never held whole.

    Args:
        root: what the paths in the SQL are relative to, without a database.
        name: of the source.
        sql: one SELECT statement.
        database: a file, or None for an empty database.
    """

    def __init__(self, root: Path, name: str, sql: str, database: Path | None) -> None:
        self._root = root
        self._name = name
        self._sql = sql
        self._database = database

    def _connect(self) -> duckdb.DuckDBPyConnection:
        if self._database is not None:
            return duckdb.connect(str(self._database), read_only=True)
        connection = duckdb.connect()
        connection.execute("SET file_search_path = ?", [str(self._root)])
        return connection

    def _relation(self, connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation:
        relation: duckdb.DuckDBPyRelation | None = connection.sql(self._sql)
        if relation is None:
            raise SourceError(
                f"Source {self._name!r}: {self._sql!r} gives no rows. Write one SELECT statement."
            )
        return relation

    def names(self) -> list[str]:
        with self._connect() as connection:
            return list(self._relation(connection).columns)

    def schema(self) -> pa.Schema:
        with self._connect() as connection:
            return schema_of(self._relation(connection))

    def count(self) -> None:
        return None

    def batches(self, pick: Pick, rows: int, dictionaries: Collection[str]) -> Iterator[pa.Table]:
        with self._connect() as connection:
            relation = self._relation(connection)
            names = pick(relation.columns)
            # The query runs as it is written: around it, another SELECT might lose its order.
            for table in streamed(relation, rows):
                yield table.select(names)


def schema_of(relation: duckdb.DuckDBPyRelation) -> pa.Schema:
    """The types of a relation's columns, without its rows."""
    return relation.limit(0).to_arrow_table().schema


def streamed(relation: duckdb.DuckDBPyRelation, rows: int) -> Iterator[pa.Table]:
    """A table without rows, then what the relation gives, at most ``rows`` at a time."""
    reader = relation.to_arrow_reader(rows)
    yield reader.schema.empty_table()
    for batch in reader:
        # DuckDB rounds the size of a batch up to that of its vectors.
        for start in range(0, batch.num_rows, rows):
            yield pa.Table.from_batches([batch.slice(start, rows)])


class SqliteRows:
    """The answer of SQLite, read whole: its values, and not its columns, have types."""

    def __init__(self, path: Path, sql: str) -> None:
        self._uri = f"{path.resolve().as_uri()}?mode=ro"
        self._sql = sql

    def names(self) -> list[str]:
        with closing(sqlite3.connect(self._uri, uri=True)) as database:
            return [column[0] for column in database.execute(self._sql).description or ()]

    def schema(self) -> None:
        return None

    def count(self) -> None:
        return None

    def batches(self, pick: Pick, rows: int, dictionaries: Collection[str]) -> Iterator[pa.Table]:
        with closing(sqlite3.connect(self._uri, uri=True)) as database:
            table = table_of(pd.read_sql_query(self._sql, database))
        yield from slices(table.select(pick(table.column_names)), rows)
