"""Rows as a test writes them, as an Arrow table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa

from drivers.sources import table_of
from drivers.sources.raw import is_text
from drivers.testing.text import inferred, text_table
from onedag.dtypes import TIMESTAMP, canonical_array, cast_exactly, plain_value
from onedag.durations import to_utc
from onedag.errors import DataError, SchemaMismatch

__all__ = ["RawRows", "Rows"]

Rows: TypeAlias = Sequence[Mapping[str, Any]] | pd.DataFrame | pa.Table | str
"""Dicts, of which a column that one of them lacks is null, or in a request the field's default; a
DataFrame, whose index is left out; an Arrow table; or text with a line of names and one line for
each row, separated by commas."""


class RawRows:
    """Rows as they were given, before it is known of which types they are.

    Args:
        rows: see `Rows`.
        what: they are, for messages: ``Rows of source 'landings'``.
        error: what is raised where they can't be used.
        names: other names for some columns.

    Raises:
        DataError: of the class ``error``: rows in another form, values of several kinds in one
            column, or two columns of one name.
    """

    def __init__(
        self,
        rows: Rows,
        what: str,
        error: type[DataError],
        names: Mapping[str, str] | None = None,
    ) -> None:
        self._what = what
        self._error = error
        self._are_texts = isinstance(rows, str)
        try:
            table = self._table(rows)
        except pa.ArrowException as problem:
            raise self._wrong(f"the values of a column are of several kinds: {problem}") from None
        self._columns: dict[str, pa.ChunkedArray] = {}
        for name, column in zip(table.column_names, table.columns, strict=True):
            renamed = (names or {}).get(name, name)
            if renamed in self._columns:
                raise self._wrong(f"column {renamed!r} is given twice.")
            self._columns[renamed] = column

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return list(self._columns)

    def inferred(self, name: str) -> pa.DataType:
        """The type of a column by its values; the null type where it has none."""
        return self._canonical(name).type

    def has_nulls(self, name: str) -> bool:
        """Whether a value of a column is missing."""
        return bool(self._canonical(name).null_count)

    def typed(self, types: Mapping[str, pa.DataType]) -> pa.Table:
        """The rows in these types, and in the inferred ones where nothing is said.

        A number becomes another type of number if that changes no value; ISO 8601 text becomes a
        time, UTC where it says nothing else.

        Raises:
            DataError: a value isn't of its column's type, or nothing says what that is.
        """
        return pa.table({name: self._typed(name, types.get(name)) for name in self._columns})

    def _typed(self, name: str, target: pa.DataType | None) -> pa.ChunkedArray:
        array = self._columns[name]
        if target is None:
            return self._of_some_type(name)
        if pa.types.is_timestamp(target) and is_text(array.type):
            return self._times(name, array.cast(pa.string()).to_pylist())
        try:
            if self._are_texts:
                return array.cast(target)
            return cast_exactly(self._canonical(name), target, "it")
        except (SchemaMismatch, pa.ArrowException) as problem:
            raise self._wrong(f"column {name!r} should be {target}: {problem}") from None

    def _of_some_type(self, name: str) -> pa.ChunkedArray:
        array = self._canonical(name)
        if pa.types.is_null(array.type):
            raise self._wrong(
                f"no value says the type of column {name!r}. Leave it out if nothing reads it, or "
                f"give an Arrow table or a DataFrame, which have types."
            )
        return array

    def _canonical(self, name: str) -> pa.ChunkedArray:
        array = self._columns[name]
        if self._are_texts:
            return inferred(array)
        try:
            return canonical_array(array, f"column {name!r}")
        except SchemaMismatch as problem:
            raise self._wrong(str(problem)) from None

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
            return text_table(rows, self._wrong)
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
