"""Reading a spine: the rows to train on, with the fields that a request would carry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from drivers.sources import table_of
from onedag.dtypes import TIMESTAMP, ColumnType, canonical_array, cast_exactly
from onedag.errors import SchemaMismatch, SpineError
from onedag.service import EVENT_TIMESTAMP, RequestField

__all__ = ["Spine", "SpineData", "read_spine"]

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
    """Read a spine. All its rows stay, in their order, repeated ones too.

    A field that isn't required and isn't there is its default in every row.

    Raises:
        SpineError: no such file; no `EVENT_TIMESTAMP`, or a null in it; a column that is missing,
            or whose values aren't of the field's type, or null where the field may not be.
    """
    if len(set(keep)) != len(keep):
        raise SpineError(f"keep= names a column twice: {', '.join(keep)}.")
    table = _table(data, root)
    for name in (EVENT_TIMESTAMP, *keep):
        _refuse_missing(name, table, "Every spine needs it" if name not in keep else "keep= asks")
    given = {EVENT_TIMESTAMP: _timestamps(table[EVENT_TIMESTAMP])}
    types = {EVENT_TIMESTAMP: ColumnType(TIMESTAMP)}
    for field in fields:
        types[field.name] = field.type
        given[field.name] = _field(table, field)
    index = data.index if isinstance(data, pd.DataFrame) else None
    return Spine(pa.table(given), types, _kept(table, keep), index)


def _table(data: SpineData, root: Path | None) -> pa.Table:
    if isinstance(data, pd.DataFrame):
        if not data.columns.is_unique:
            repeated = sorted(set(data.columns[data.columns.duplicated()]))
            raise SpineError(f"The spine has more than one column named {', '.join(repeated)}.")
        try:
            return table_of(data)
        except pa.ArrowException as error:
            raise SpineError(
                f"A column of the spine holds values of several kinds: {error}. Give each column "
                f"one dtype, or leave out those that nothing reads."
            ) from error
    if isinstance(data, pa.Table):
        return data
    if not isinstance(data, str | Path):
        raise SpineError(
            f"A spine is a DataFrame, an Arrow table or a path, not {type(data).__name__}."
        )
    path = (root or Path()) / data
    try:
        if path.suffix.lower() == ".csv":
            with duckdb.connect() as connection:
                return connection.read_csv(str(path), sample_size=-1).to_arrow_table()
        return pq.read_table(path)
    except (OSError, pa.ArrowException, duckdb.Error) as error:
        raise SpineError(f"The spine {path} can't be read: {error}") from error


def _refuse_missing(name: str, table: pa.Table, why: str) -> None:
    if name not in table.column_names:
        raise SpineError(
            f"The spine has no column {name!r}. {why}; it has {', '.join(table.column_names)}."
        )


def _kept(table: pa.Table, keep: Sequence[str]) -> pa.Table:
    """The kept columns; one without nulls says so, and so keeps a plain dtype in pandas."""
    columns = [table[name] for name in keep]
    fields = [
        pa.field(name, column.type, nullable=bool(column.null_count))
        for name, column in zip(keep, columns, strict=True)
    ]
    return pa.table(columns, schema=pa.schema(fields))


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
    _refuse_missing(field.name, table, "The service's request carries it")
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
