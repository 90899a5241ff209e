"""Rows as a test writes them, as an Arrow table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa

from drivers.sources import table_of
from drivers.sources.raw import is_text
from drivers.testing.text import TextTable
from onedag.dtypes import TIMESTAMP, canonical_array, cast_exactly, plain_value
from onedag.durations import to_utc
from onedag.errors import DataError, SchemaMismatch

__all__ = ["RawTable", "Rows"]

Rows: TypeAlias = Sequence[Mapping[str, Any]] | pd.DataFrame | pa.Table | str
"""Dicts, of which a column that one of them lacks is null; a DataFrame, whose index is left out; an
Arrow table; or text with a line of names and one line for each row, separated by commas."""


class RawTable:
    """Rows under the names that they were given, before their types are known.

    Args:
        rows: see `Rows`.
        what: they are rows of, for messages: ``Source 'landings'``.
        error: what is raised where they can't be used.

    Raises:
        DataError: of the class ``error``: rows in another form, or values of several kinds in one
            column.
    """

    def __init__(self, rows: Rows, what: str, error: type[DataError]) -> None:
        self._what = what
        self._error = error
        self._is_text = isinstance(rows, str)
        try:
            table = self._table(rows)
        except (pa.ArrowException, SchemaMismatch) as problem:
            raise self._wrong(f"the values of a column are of several kinds: {problem}") from None
        self._columns: dict[str, pa.ChunkedArray] = {
            name: table[name] for name in table.column_names
        }
        self.length = int(table.num_rows)

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return list(self._columns)

    def renamed(self, names: Mapping[str, str]) -> RawTable:
        """The same rows with other names for some columns; two columns never get one name."""
        new = [names.get(name, name) for name in self._columns]
        repeated = sorted({name for name in new if new.count(name) > 1})
        if repeated:
            raise self._wrong(f"column {repeated[0]!r} is given twice, under both of its names.")
        renamed = object.__new__(RawTable)
        vars(renamed).update(vars(self))
        renamed._columns = dict(zip(new, self._columns.values(), strict=True))
        return renamed

    def inferred(self, name: str) -> pa.DataType:
        """The type of a column by its values; the null type where it has none."""
        return self._canonical(name).type

    def has_nulls(self, name: str) -> bool:
        """Whether a value of a column is missing."""
        return bool(self._canonical(name).null_count)

    def typed(self, types: Mapping[str, pa.DataType]) -> pa.Table:
        """The rows in these types, and in the inferred ones where nothing is known.

        Numbers become numbers if no value changes, and text in ISO 8601 a time, UTC where it says
        nothing else.

        Raises:
            DataError: a value isn't of its column's type; nothing is known of a column's type.
        """
        return pa.table({name: self._typed(name, types.get(name)) for name in self._columns})

    def _typed(self, name: str, target: pa.DataType | None) -> pa.ChunkedArray:
        array = self._columns[name]
        if target is None:
            array = self._canonical(name)
            if pa.types.is_null(array.type):
                raise self._wrong(
                    f"no value says the type of column {name!r}. Leave it out if nothing reads it, "
                    f"or give an Arrow table or a DataFrame, which have types."
                )
            return array
        if pa.types.is_timestamp(target) and is_text(array.type):
            return self._times(name, array.cast(pa.string()).to_pylist())
        if self._is_text:
            return self._parsed(name, array, target)
        try:
            return cast_exactly(self._canonical(name), target, f"column {name!r}")
        except SchemaMismatch as problem:
            raise self._wrong(str(problem)) from None

    def _canonical(self, name: str) -> pa.ChunkedArray:
        array = self._columns[name]
        if self._is_text:
            return TextTable.inferred(array)
        try:
            return canonical_array(array, f"column {name!r}")
        except SchemaMismatch as problem:
            raise self._wrong(str(problem)) from None

    def _parsed(self, name: str, texts: pa.ChunkedArray, target: pa.DataType) -> pa.ChunkedArray:
        try:
            return texts.cast(target)
        except pa.ArrowException as problem:
            raise self._wrong(f"column {name!r} is {target}: {problem}") from None

    def _times(self, name: str, texts: Iterable[str | None]) -> pa.ChunkedArray:
        moments = []
        for row, text in enumerate(texts):
            try:
                moments.append(None if text is None else to_utc(datetime.fromisoformat(text)))
            except ValueError:
                raise self._wrong(
                    f"{text!r} in column {name!r} of row {row} isn't an ISO 8601 time, such as "
                    f"2024-01-31T12:00."
                ) from None
        return pa.chunked_array([pa.array(moments, TIMESTAMP)])

    def _table(self, rows: Rows) -> pa.Table:
        if isinstance(rows, pa.Table):
            return rows
        if isinstance(rows, pd.DataFrame):
            return table_of(rows)
        if isinstance(rows, str):
            return TextTable.read(rows, self._wrong)
        if isinstance(rows, Sequence) and all(isinstance(row, Mapping) for row in rows):
            return _of_dicts(rows)
        raise self._wrong(
            "rows are a list of dicts, a DataFrame, an Arrow table, or text with a line of names "
            "and a line for each row."
        )

    def _wrong(self, problem: str) -> DataError:
        return self._error(f"{self._what}: {problem}")


def _of_dicts(rows: Sequence[Any]) -> pa.Table:
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: [plain_value(row.get(name)) for row in rows] for name in names}
    return pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()})
