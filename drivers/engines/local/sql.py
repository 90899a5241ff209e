"""Pieces of SQL that both operations need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import duckdb
import pyarrow as pa

__all__ = ["key_list", "key_match", "keyed", "not_null", "registered"]


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


def keyed(table: pa.Table, keys: Sequence[str]) -> pa.Table:
    """A table with its join keys first, under names that clash with no other column."""
    others = [name for name in table.column_names if name not in keys]
    names = [*(f"key_{index}" for index, _ in enumerate(keys)), *others]
    return table.select([*keys, *others]).rename_columns(names)


def key_list(keys: Sequence[str]) -> str:
    """The join keys of a `keyed` table; one constant where there are none."""
    return ", ".join(f"key_{index}" for index, _ in enumerate(keys)) or "0"


def key_match(left: str, right: str, keys: Sequence[str]) -> str:
    """That the join keys of two `keyed` tables are equal. A null equals nothing."""
    pairs = (f"{left}.key_{index} = {right}.key_{index}" for index, _ in enumerate(keys))
    return " AND ".join(pairs) or "TRUE"


def not_null(keys: Sequence[str]) -> str:
    """That no join key of a `keyed` table is null."""
    return " AND ".join(f"key_{index} IS NOT NULL" for index, _ in enumerate(keys)) or "TRUE"
