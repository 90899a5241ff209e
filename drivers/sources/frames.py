"""Rows that are in memory: DataFrames, Arrow tables, and what is only read whole."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator

import pandas as pd
import pyarrow as pa
from pandas.api.types import is_object_dtype

from drivers.sources.raw import Pick

__all__ = ["FrameRows", "TableRows", "slices", "table_of"]


class TableRows:
    """The rows of an Arrow table."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def names(self) -> list[str]:
        return list(self._table.column_names)

    def schema(self) -> pa.Schema:
        return self._table.schema

    def count(self) -> int:
        return int(self._table.num_rows)

    def batches(self, pick: Pick, rows: int, dictionaries: Collection[str]) -> Iterator[pa.Table]:
        yield from slices(self._table.select(pick(self.names())), rows)


class FrameRows:
    """The rows of a DataFrame, without its index."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def names(self) -> list[str]:
        return [str(name) for name in self._frame.columns]

    def schema(self) -> pa.Schema:
        # The values of a column of objects say its type; others have one without rows too.
        frame = self._frame
        columns = [frame.iloc[:, [place]] for place in range(frame.shape[1])]
        typed = (c if is_object_dtype(c.dtypes.iloc[0]) else c.iloc[:0] for c in columns)
        fields = (table_of(column).schema.field(0) for column in typed)
        return pa.schema([f.with_name(n) for f, n in zip(fields, self.names(), strict=True)])

    def count(self) -> int:
        return len(self._frame)

    def batches(self, pick: Pick, rows: int, dictionaries: Collection[str]) -> Iterator[pa.Table]:
        names = self.names()
        places = [names.index(name) for name in pick(names)]
        # Converted whole: what an object column is must not depend on the rows of a slice.
        yield from slices(table_of(self._frame.iloc[:, places]), rows)


def slices(table: pa.Table, rows: int) -> Iterator[pa.Table]:
    """A table without rows, then the table's rows, ``rows`` at a time."""
    yield table.slice(0, 0)
    for start in range(0, table.num_rows, rows):
        yield table.slice(start, rows)


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
