"""Rows of CSV files, read by DuckDB."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property

import duckdb
import pyarrow as pa

from drivers.sources.queries import schema_of, streamed
from drivers.sources.raw import Pick
from onedag.errors import SourceError
from onedag.source import Source

__all__ = ["CsvRows"]


class CsvRows:
    """The rows of CSV files with the same columns, in the order of the files."""

    def __init__(self, source: Source, paths: Sequence[str]) -> None:
        self._source = source
        self._paths = paths

    @cached_property
    def _schema(self) -> pa.Schema:
        with duckdb.connect() as connection:
            return schema_of(_relation(connection, self._paths))

    def names(self) -> list[str]:
        return list(self._schema.names)

    def schema(self) -> pa.Schema:
        return self._schema

    def count(self) -> None:
        return None

    def batches(self, pick: Pick, rows: int, dictionaries: Collection[str]) -> Iterator[pa.Table]:
        with duckdb.connect() as connection:
            self._refuse_other_headers(connection)
            relation = _relation(connection, self._paths)
            quoted = ['"' + name.replace('"', '""') + '"' for name in pick(relation.columns)]
            seen = 0
            for table in streamed(relation.project(", ".join(quoted)), rows):
                yield table
                seen += table.num_rows
        if not seen:
            raise SourceError(
                f"Source {self._source.name!r}: {self._paths[0]} has no rows, and a CSV file "
                f"without rows doesn't say the types of its columns. Use Parquet for a source "
                f"that may be empty."
            )

    def _refuse_other_headers(self, connection: duckdb.DuckDBPyConnection) -> None:
        if len(self._paths) == 1:
            return
        headers = {path: sorted(_relation(connection, [path]).columns) for path in self._paths}
        first = self._paths[0]
        for path, names in headers.items():
            if names != headers[first]:
                raise SourceError(
                    f"Source {self._source.name!r}: {path} has columns {', '.join(names)}, and "
                    f"{first} has {', '.join(headers[first])}. Write all files with the same "
                    f"columns."
                )


def _relation(
    connection: duckdb.DuckDBPyConnection, paths: Sequence[str]
) -> duckdb.DuckDBPyRelation:
    # The whole file is looked at, so that a type doesn't depend on the first rows.
    return connection.read_csv(list(paths), sample_size=-1, union_by_name=True)  # type: ignore[arg-type]
