"""Pieces of SQL that both operations need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import duckdb
import pyarrow as pa

__all__ = ["key_list", "key_match", "not_null", "quoted", "registered"]


@contextmanager
def registered(
    connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table]
) -> Iterator[None]:
    """Arrow tables as DuckDB tables of these names, for as long as the block lasts."""
    for name, table in tables.items():
        connection.register(name, table)
    try:
        yield
    finally:
        for name in tables:
            connection.unregister(name)


def quoted(name: str) -> str:
    """A column's name as SQL reads it."""
    return '"' + name.replace('"', '""') + '"'


def key_list(keys: Sequence[str]) -> str:
    """The join keys as a list of expressions; one constant where there are none."""
    return ", ".join(map(quoted, keys)) or "0"


def key_match(left: str, right: str, keys: Sequence[str]) -> str:
    """That the join keys of two tables are equal. A null equals nothing."""
    pairs = (f"{left}.{quoted(key)} = {right}.{quoted(key)}" for key in keys)
    return " AND ".join(pairs) or "TRUE"


def not_null(keys: Sequence[str]) -> str:
    """That no join key is null."""
    return " AND ".join(f"{quoted(key)} IS NOT NULL" for key in keys) or "TRUE"
