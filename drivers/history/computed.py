"""Calling row functions on a chunk of rows, and joining what comes piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pyarrow as pa

from onedag.dtypes import ColumnType, common_type, series_to_arrow, to_series
from onedag.errors import FunctionError, SchemaMismatch
from onedag.evaluate import evaluate
from onedag.graph import FunctionNode, Kind
from onedag.status import Codes

__all__ = ["Columns", "Computed", "Types", "cast", "compute_columns"]


@dataclass(slots=True)
class Computed:
    """The rows of one chunk, with all that was looked up and computed for them.

    Attributes:
        columns: by node, shape ``(n_rows,)``.
        types: of the columns.
        length: the number of rows.
        statuses: of what was looked up.
        fitted: fitted values, by function.
    """

    columns: dict[str, pa.ChunkedArray]
    types: dict[str, ColumnType]
    length: int
    statuses: dict[str, Codes] = field(default_factory=dict)
    fitted: dict[str, Any] = field(default_factory=dict)


def compute_columns(
    steps: Iterable[FunctionNode], rows: Computed, wanted: Iterable[str], piece_rows: int
) -> None:
    """Call the row functions that the wanted columns need, so many rows at a time."""
    needed = _upstream(steps, wanted, rows)
    if not needed:
        return
    made = {step.name for step in needed}
    missing = [name for name in dict.fromkeys(wanted) if name in made]
    columns = Columns()
    # No rows still have dtypes, so even an empty table is one piece.
    for start in range(0, max(rows.length, 1), piece_rows):
        piece = _piece(needed, rows, slice(start, start + piece_rows))
        evaluate(needed, piece, min(piece_rows, rows.length - start))
        columns.add({name: _column(name, piece[name]) for name in missing})
    for name in missing:
        rows.columns[name], rows.types[name] = columns.joined(name)


def _column(name: str, values: pd.Series | pd.DataFrame) -> tuple[pa.Array, ColumnType]:
    if isinstance(values, pd.DataFrame):
        raise FunctionError(
            f"Function {name!r} returns a table, and a fitted value or another view takes it "
            f"whole. Name its columns with @extract_columns, and take those."
        )
    return series_to_arrow(values, f"Function {name!r}")


def _upstream(
    steps: Iterable[FunctionNode], wanted: Iterable[str], rows: Computed
) -> list[FunctionNode]:
    needed = set(wanted)
    found = []
    for step in reversed(list(steps)):
        if step.name in needed and step.name not in rows.columns and step.kind is not Kind.FITTED:
            found.append(step)
            needed.update(step.inputs)
    return found[::-1]


def _piece(steps: Sequence[FunctionNode], rows: Computed, some: slice) -> dict[str, Any]:
    inputs = {name for step in steps for name in step.inputs}
    values: dict[str, Any] = {n: rows.fitted[n] for n in inputs if n in rows.fitted}
    for name in inputs & rows.columns.keys():
        values[name] = to_series(rows.columns[name][some], rows.types[name])
    return values


class Columns:
    """Columns that come piece by piece; a piece may show a narrower type than the whole has."""

    def __init__(self) -> None:
        self._pieces: dict[str, list[tuple[pa.ChunkedArray | pa.Array, ColumnType]]] = {}

    @property
    def names(self) -> list[str]:
        """Of the columns."""
        return list(self._pieces)

    def add(self, pieces: Mapping[str, tuple[pa.ChunkedArray | pa.Array, ColumnType]]) -> None:
        """A piece of each column."""
        for name, piece in pieces.items():
            self._pieces.setdefault(name, []).append(piece)

    def joined(self, name: str) -> tuple[pa.ChunkedArray, ColumnType]:
        """One whole column, and its type."""
        pieces = self._pieces[name]
        types = Types()
        for array, column in pieces:
            types.add({name: array}, {name: column})
        whole = types.common()[name]
        arrays = [cast(array, whole.arrow, name) for array, _ in pieces]
        chunks = [c for a in arrays for c in (a.chunks if isinstance(a, pa.ChunkedArray) else [a])]
        return pa.chunked_array(chunks, whole.arrow), whole


class Types:
    """The types of columns that come piece by piece, until the widest of each is known.

    A piece without rows shows a type only where there is no other. One of nulls alone gives way
    where its type doesn't go with the others: pandas had no value to tell the type from.
    """

    def __init__(self) -> None:
        self._seen: dict[str, dict[ColumnType, int]] = {}

    def add(
        self,
        columns: Mapping[str, pa.ChunkedArray | pa.Array],
        types: Mapping[str, ColumnType],
    ) -> None:
        """A piece of each column, and its type."""
        for name, column in types.items():
            shown = 1 if len(columns[name]) else 0
            shown += columns[name].null_count < len(columns[name])
            seen = self._seen.setdefault(name, {})
            seen[column] = max(seen.get(column, 0), shown)

    def common(self) -> dict[str, ColumnType]:
        """The type of each column that holds the values of every piece."""
        return {name: _common(seen, f"Function {name!r}") for name, seen in self._seen.items()}


def _common(seen: Mapping[ColumnType, int], what: str) -> ColumnType:
    """Of types by what was seen of them: 0 for no rows, 1 for nulls alone, 2 for values."""
    with_rows = [column for column, shown in seen.items() if shown]
    try:
        return common_type(with_rows or list(seen), what)
    except SchemaMismatch:
        with_values = [column for column, shown in seen.items() if shown == 2]
        if len(with_values) in (0, len(with_rows)):
            raise
        return common_type(with_values, what).or_null()


def cast(
    array: pa.ChunkedArray | pa.Array, arrow: pa.DataType, name: str
) -> pa.ChunkedArray | pa.Array:
    """A piece of a column in the type of the whole.

    Raises:
        SchemaMismatch: the type can't hold one of its values.
    """
    if array.null_count == len(array):
        return pa.nulls(len(array), arrow)
    try:
        return array.cast(arrow)
    except pa.ArrowInvalid as error:
        raise SchemaMismatch(
            f"Function {name!r} returns {array.type} for some rows and {arrow} for others, which "
            f"can't hold all of them: {error}. Return one dtype whatever the values, for example "
            f"with astype()."
        ) from error
