"""Reading sources: any data that a `Source` names, as one Arrow table of canonical types."""

from __future__ import annotations

import glob
import sqlite3
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from drivers.engines.base import EVENT, KNOWN
from onedag.dtypes import TIMESTAMP, canonical_array
from onedag.durations import micros
from onedag.errors import SchemaMismatch, SourceError
from onedag.source import Query, Source

__all__ = ["SourceReader", "table_of"]


class SourceReader:
    """Reads the sources of one project.

    Args:
        root: what paths are relative to.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._columns: dict[int, tuple[str, ...]] = {}

    def columns(self, sources: Iterable[Source]) -> dict[str, tuple[str, ...]]:
        """The column names of each source, under their names in the project."""
        return {source.name: self._names(source) for source in sources}

    def _names(self, source: Source) -> tuple[str, ...]:
        if id(source) not in self._columns:
            in_memory = source.columns_without_reading()
            names = in_memory if in_memory is not None else self._names_in_file(source)
            self._columns[id(source)] = names
        return self._columns[id(source)]

    def _names_in_file(self, source: Source) -> tuple[str, ...]:
        with _Reading(source):
            if isinstance(source.data, str | Path):
                paths = self._paths(source, source.data)
                if _is_parquet(paths):
                    names = pq.read_schema(paths[0]).names
                else:
                    names = _csv(paths).columns
            else:
                names = self._load(source).column_names
        return tuple(source.columns.get(name, name) for name in names)

    def read(self, source: Source, columns: Sequence[str]) -> pa.Table:
        """Some columns of a source, with `EVENT` and `KNOWN`, in the source's order of rows.

        Types are canonical (`onedag.dtypes`). `KNOWN` is null where the row isn't known yet.

        Raises:
            SourceError: no such file, a file that can't be read, a column that isn't there, a
                null or unparsable timestamp.
        """
        with _Reading(source):
            table = self._load(source)
        table = table.rename_columns([source.columns.get(n, n) for n in table.column_names])
        _refuse_repeated(source, table.column_names)
        needed = dict.fromkeys([*columns, source.timestamp, source.known_at or source.timestamp])
        for name in needed:
            if name not in table.column_names:
                raise SourceError(
                    f"Source {source.name!r} has no column {name!r}. It has "
                    f"{', '.join(table.column_names)}."
                )
        try:
            arrays = {
                name: canonical_array(table[name], f"Column {name!r} of source {source.name!r}")
                for name in columns
            }
        except SchemaMismatch as error:
            raise SourceError(str(error)) from error
        untyped = [name for name, array in arrays.items() if pa.types.is_null(array.type)]
        if untyped and not table.num_rows:
            raise SourceError(
                f"Source {source.name!r} has no rows, and its column {untyped[0]!r} no type. Give "
                f"it one, for example with astype()."
            )
        return pa.table({**arrays, **_times(source, table)})

    def _load(self, source: Source) -> pa.Table:
        data = source.data
        if isinstance(data, pa.Table):
            return data
        if isinstance(data, pd.DataFrame):
            _refuse_repeated(source, [source.columns.get(str(n), str(n)) for n in data.columns])
            return table_of(data)
        if isinstance(data, Query):
            return self._query(source, data)
        paths = self._paths(source, data)
        if _is_parquet(paths):
            return pa.concat_tables([pq.read_table(path) for path in paths])
        return _read_csv(source, paths)

    def _paths(self, source: Source, data: str | Path) -> list[str]:
        pattern = str(self._root / data)
        paths = sorted(glob.glob(pattern, recursive=True))
        if not paths:
            raise SourceError(
                f"Source {source.name!r}: there is no file {pattern}. Check the path, which is "
                f"relative to the project's folder, or run the job that writes the file."
            )
        empty = [path for path in paths if Path(path).stat().st_size == 0]
        if empty:
            raise SourceError(
                f"Source {source.name!r}: {empty[0]} is empty, without even the names of columns. "
                f"Write the file again."
            )
        return paths

    def _query(self, source: Source, query: Query) -> pa.Table:
        if query.database is None:
            with duckdb.connect() as connection:
                connection.execute("SET file_search_path = ?", [str(self._root)])
                return connection.sql(query.sql).to_arrow_table()
        path = self._root / query.database
        if not path.is_file():
            raise SourceError(f"Source {source.name!r}: there is no database {path}.")
        if path.suffix in (".duckdb", ".ddb"):
            with duckdb.connect(str(path), read_only=True) as connection:
                return connection.sql(query.sql).to_arrow_table()
        connection_uri = f"{path.resolve().as_uri()}?mode=ro"
        database = sqlite3.connect(connection_uri, uri=True)
        try:
            return table_of(pd.read_sql_query(query.sql, database))
        finally:
            database.close()


def table_of(frame: pd.DataFrame) -> pa.Table:
    """A DataFrame's columns in Arrow, without its index. NaN in a float column is null."""
    return pa.Table.from_pandas(
        _with_text_uuids(frame), preserve_index=False
    ).replace_schema_metadata()


def _with_text_uuids(frame: pd.DataFrame) -> pd.DataFrame:
    changed = {
        str(name): column.map(lambda v: str(v) if isinstance(v, uuid.UUID) else v)
        for name, column in frame.items()
        if column.dtype == object and isinstance(column.dropna().iloc[:1].squeeze(), uuid.UUID)
    }
    return frame.assign(**changed) if changed else frame


def _is_parquet(paths: Sequence[str]) -> bool:
    return Path(paths[0]).suffix.lower() in (".parquet", ".pq")


def _read_csv(source: Source, paths: Sequence[str]) -> pa.Table:
    headers = {path: sorted(_csv([path]).columns) for path in paths}
    for path, names in headers.items():
        if names != headers[paths[0]]:
            raise SourceError(
                f"Source {source.name!r}: {path} has columns {', '.join(names)}, and {paths[0]} "
                f"has {', '.join(headers[paths[0]])}. Write all files with the same columns."
            )
    table = _csv(paths).to_arrow_table()
    if not table.num_rows:
        raise SourceError(
            f"Source {source.name!r}: {paths[0]} has no rows, and a CSV file without rows doesn't "
            f"say the types of its columns. Use Parquet for a source that may be empty."
        )
    return table


def _csv(paths: Sequence[str]) -> duckdb.DuckDBPyRelation:
    # The whole file is looked at, so that a type doesn't depend on the first rows.
    return duckdb.connect().read_csv(list(paths), sample_size=-1, union_by_name=True)  # type: ignore[arg-type]


class _Reading:
    """Wraps what a file or a database raises, naming the source."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        foreign = (duckdb.Error, pa.ArrowException, sqlite3.Error, pd.errors.DatabaseError, OSError)
        if isinstance(error, foreign) and not isinstance(error, SourceError):
            data = self._source.data
            shown = "its data frame" if isinstance(data, pd.DataFrame | pa.Table) else repr(data)
            raise SourceError(
                f"Source {self._source.name!r} can't be read from {shown}: {error}"
            ) from error


def _refuse_repeated(source: Source, names: Sequence[str]) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise SourceError(
            f"Source {source.name!r} has more than one column named {', '.join(repeated)} (after "
            f"renaming). Give each its own name with columns=."
        )


def _times(source: Source, table: pa.Table) -> dict[str, pa.ChunkedArray]:
    event = _timestamps(source, table, source.timestamp)
    if event.null_count:
        row = pc.index(pc.is_null(event), True).as_py()
        raise SourceError(
            f"Source {source.name!r}: {event.null_count} of {len(event)} rows have no "
            f"{source.timestamp!r}, the first at row {row} (from 0). A row without a time can't be "
            f"placed in history: leave such rows out of the data."
        )
    event_us = event.cast(pa.int64())
    if source.known_at is not None:
        return {
            EVENT: event_us,
            KNOWN: _timestamps(source, table, source.known_at).cast(pa.int64()),
        }
    if source.delay is None:
        return {EVENT: event_us, KNOWN: event_us}
    try:
        return {EVENT: event_us, KNOWN: pc.add_checked(event_us, micros(source.delay))}
    except pa.ArrowInvalid as error:
        raise SourceError(
            f"Source {source.name!r}: an event time plus the delay {source.delay} is beyond what a "
            f"timestamp can hold. Shorten the delay."
        ) from error


def _timestamps(source: Source, table: pa.Table, name: str) -> pa.ChunkedArray:
    what = f"Column {name!r} of source {source.name!r}"
    array = table[name]
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if pa.types.is_null(array.type):
        return array.cast(TIMESTAMP)
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        return _parsed(array, what)
    if not (pa.types.is_timestamp(array.type) or pa.types.is_date(array.type)):
        raise SourceError(
            f"{what} is {array.type}, not a timestamp. Convert it where the rows are written: a "
            f"number doesn't say its unit."
        )
    return canonical_array(array, what)


def _parsed(array: pa.ChunkedArray, what: str) -> pa.ChunkedArray:
    texts = array.to_pandas()
    parsed = pd.to_datetime(texts, utc=True, format="ISO8601", errors="coerce")
    wrong = parsed.isna() & texts.notna()
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise SourceError(
            f"{what}: {texts.iloc[row]!r} at row {row} (from 0) isn't an ISO 8601 timestamp."
        )
    return pa.chunked_array([pa.array(parsed.dt.as_unit("us"))]).cast(TIMESTAMP)
