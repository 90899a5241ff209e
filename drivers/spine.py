"""Reading a spine: the rows to train on, with the fields that a request would carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from drivers.history.chunks import Sizes
from drivers.sources import table_of
from onedag.dtypes import TIMESTAMP, ColumnType, canonical_array, cast_exactly
from onedag.errors import SchemaMismatch, SpineError
from onedag.service import EVENT_TIMESTAMP, RequestField

__all__ = ["Spine", "SpineData", "SpineReader", "read_spine"]

SpineData: TypeAlias = pd.DataFrame | pa.Table | str | Path


@dataclass(frozen=True, slots=True)
class Spine:
    """The rows of a training frame before it has features.

    Attributes:
        given: `EVENT_TIMESTAMP` and the fields that the plan reads, in their types.
        types: of the given columns.
        kept: the columns that the frame carries along, as they came.
        index: the rows' index, if they came with one.
    """

    given: pa.Table
    types: Mapping[str, ColumnType]
    kept: pa.Table
    index: pd.Index | None


def read_spine(
    data: SpineData,
    fields: Iterable[RequestField],
    keep: Sequence[str] = (),
    root: Path | None = None,
) -> Spine:
    """Read a spine whole. All its rows stay, in their order, repeated ones too.

    A field that isn't required and isn't there is its default in every row.

    Raises:
        SpineError: no such file; no `EVENT_TIMESTAMP`, or a null in it; a column that is missing,
            or whose values aren't of the field's type, or null where the field may not be.
    """
    spine = SpineReader(data, fields, keep, root)
    given, kept = zip(*spine, strict=True)
    return Spine(pa.concat_tables(given), spine.types, pa.concat_tables(kept), spine.index)


class SpineReader:
    """Goes through a spine in chunks; see `read_spine`.

    Only the columns that are needed are read of a Parquet file.

    Attributes:
        types: of the given columns.
        index: the rows' index, if they came with one.
        keep: the names of the kept columns.
    """

    def __init__(
        self,
        data: SpineData,
        fields: Iterable[RequestField],
        keep: Sequence[str] = (),
        root: Path | None = None,
        sizes: Sizes | None = None,
    ) -> None:
        if len(set(keep)) != len(keep):
            raise SpineError(f"keep= names a column twice: {', '.join(keep)}.")
        self._data = data
        self._fields = list(fields)
        self.keep = keep
        self._root = root or Path()
        self._rows = (sizes or Sizes()).chunk_rows
        self.types = {EVENT_TIMESTAMP: ColumnType(TIMESTAMP)}
        self.types |= {field.name: field.type for field in self._fields}
        self.index = data.index if isinstance(data, pd.DataFrame) else None

    def __iter__(self) -> Iterator[tuple[pa.Table, pa.Table]]:
        """The given and the kept columns of each chunk; of an empty spine, one without rows."""
        path = self._path()
        if path is not None and path.suffix.lower() != ".csv" and not path.is_dir():
            yield from self._parquet(path)
            return
        given, kept = self._chunk(self._whole(path), 0)
        for start in range(0, max(given.num_rows, 1), self._rows):
            yield given.slice(start, self._rows), kept.slice(start, self._rows)

    def _path(self) -> Path | None:
        if isinstance(self._data, str | Path):
            return self._root / self._data
        if not isinstance(self._data, pd.DataFrame | pa.Table):
            raise SpineError(
                f"A spine is a DataFrame, an Arrow table or a path, not "
                f"{type(self._data).__name__}."
            )
        return None

    def _parquet(self, path: Path) -> Iterator[tuple[pa.Table, pa.Table]]:
        with _reading(path), _unchanged(path), pq.ParquetFile(path, pre_buffer=False) as file:
            names = file.schema_arrow.names
            self._refuse_missing(names)
            needed = [EVENT_TIMESTAMP, *(f.name for f in self._fields), *self.keep]
            columns = [name for name in dict.fromkeys(needed) if name in names]
            start = 0
            for batch in file.iter_batches(self._rows, columns=columns):
                yield self._chunk(pa.Table.from_batches([batch]), start)
                start += batch.num_rows
            if not start:
                yield self._chunk(file.schema_arrow.empty_table(), 0)

    def _whole(self, path: Path | None) -> pa.Table:
        if path is not None:
            with _reading(path), duckdb.connect() as connection:
                if path.is_dir():  # of Parquet files
                    return pq.read_table(path)
                return connection.read_csv(str(path), sample_size=-1).to_arrow_table()
        if isinstance(self._data, pa.Table):
            return self._data
        frame = self._data
        assert isinstance(frame, pd.DataFrame)
        if not frame.columns.is_unique:
            repeated = sorted(set(frame.columns[frame.columns.duplicated()]))
            raise SpineError(f"The spine has more than one column named {', '.join(repeated)}.")
        try:
            return table_of(frame)
        except pa.ArrowException as error:
            raise SpineError(
                f"A column of the spine holds values of several kinds: {error}. Give each column "
                f"one dtype, or leave out those that nothing reads."
            ) from error

    def _chunk(self, table: pa.Table, start: int) -> tuple[pa.Table, pa.Table]:
        """The given and the kept columns of some rows, the first of which is number ``start``."""
        self._refuse_missing(table.column_names)
        try:
            given = {EVENT_TIMESTAMP: _timestamps(table[EVENT_TIMESTAMP])}
            given |= {field.name: _field(table, field) for field in self._fields}
        except SpineError as error:
            if not start:
                raise
            last = start + table.num_rows - 1
            raise SpineError(f"{error} (In rows {start} to {last}, counted from 0.)") from error
        return pa.table(given), table.select(list(self.keep))

    def _refuse_missing(self, available: Sequence[str]) -> None:
        for name in (EVENT_TIMESTAMP, *self.keep):
            why = "Every spine needs it" if name not in self.keep else "keep= asks"
            _refuse_missing(name, available, why)
        for field in self._fields:
            if field.required:
                _refuse_missing(field.name, available, "The service's request carries it")


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowException, duckdb.Error) as error:
        raise SpineError(f"The spine {path} can't be read: {error}") from error


@contextmanager
def _unchanged(path: Path) -> Iterator[None]:
    before = _state(path)
    yield
    if _state(path) != before:
        raise SpineError(
            f"The spine {path} changed while it was read. Write a new file under another name and "
            f"rename it when it is whole, then run again."
        )


def _state(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _refuse_missing(name: str, available: Sequence[str], why: str) -> None:
    if name not in available:
        raise SpineError(f"The spine has no column {name!r}. {why}; it has {', '.join(available)}.")


def _timestamps(array: pa.ChunkedArray) -> pa.ChunkedArray:
    if array.null_count:
        raise SpineError(
            f"{array.null_count} of the spine's {len(array)} rows have no {EVENT_TIMESTAMP!r}. "
            f"Features are computed as of a time: drop those rows, or give them one."
        )
    if pa.types.is_null(array.type):  # no rows, and so no type
        return array.cast(TIMESTAMP)
    if not (pa.types.is_timestamp(array.type) or pa.types.is_date(array.type)):
        raise SpineError(
            f"The spine's {EVENT_TIMESTAMP!r} is {array.type}, not a timestamp. Parse it, for "
            f"example with pd.to_datetime(..., utc=True)."
        )
    return canonical_array(array, f"The spine's {EVENT_TIMESTAMP!r}")


def _field(table: pa.Table, field: RequestField) -> pa.ChunkedArray:
    if field.name not in table.column_names and not field.required:
        scalar = pa.scalar(field.default, field.type.arrow)
        return pa.chunked_array([pa.repeat(scalar, table.num_rows)])
    what = f"Column {field.name!r} of the spine"
    try:
        array = canonical_array(table[field.name], what)
        array = cast_exactly(array, field.type.arrow, what)
    except SchemaMismatch as error:
        raise SpineError(f"{error} The service's request says {field.type}.") from error
    if array.null_count and not field.nullable:
        raise SpineError(
            f"{what} has {array.null_count} nulls, and a request must carry a value there. "
            f"Annotate the field `| None` if it may be missing, or drop those rows."
        )
    if pa.types.is_floating(array.type) and pc.any(pc.is_inf(array)).as_py():
        raise SpineError(
            f"{what} holds infinity, which no request can carry: JSON has no such number. Replace "
            f"it by a number or by null."
        )
    return array
