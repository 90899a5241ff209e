"""Calling today's functions on logged rows, of which some may be such that one raises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from drivers.history.computed import Columns, Computed, compute_columns
from drivers.verify.values import Mask
from onedag.dtypes import ColumnType
from onedag.errors import FunctionError
from onedag.graph import FunctionNode

__all__ = ["Raised", "compute_or_raise"]

MOST_ALONE = 64
"""So many rows are looked for on which a function raises; of more, their neighbours count too."""


@dataclass(frozen=True, slots=True)
class Raised:
    """Where a node has no value, because a function raises.

    Attributes:
        rows: which, shape ``(n_rows,)``; they are null in its column.
        message: what the first of them raises.
    """

    rows: Mask
    message: str


def compute_or_raise(
    steps: Sequence[FunctionNode], rows: Computed, wanted: Sequence[str], piece_rows: int
) -> dict[str, Raised]:
    """Call the row functions that the wanted columns need; a row on which one raises stands alone.

    Args:
        steps: in order.
        rows: with all that the functions need; the wanted columns are added.
        wanted: names of columns, each after its inputs.
        piece_rows: so many rows at a time.

    Returns:
        The nodes that some rows have no value of.
    """
    try:
        compute_columns(steps, rows, wanted, piece_rows)
    except FunctionError:
        return _Halving(steps, rows, [n for n in wanted if n not in rows.columns], piece_rows)()
    return {}


@dataclass(slots=True)
class _Halving:
    """Halves the rows until those on which a function raises stand alone."""

    steps: Sequence[FunctionNode]
    rows: Computed
    wanted: Sequence[str]
    piece_rows: int
    alone: int = 0
    raised: dict[str, Raised] = field(default_factory=dict)

    def __call__(self) -> dict[str, Raised]:
        columns = Columns()
        for piece in self._pieces(slice(0, self.rows.length)):
            columns.add(piece)
        for name in self.wanted:
            self.rows.columns[name], self.rows.types[name] = columns.joined(name)
        return self.raised

    def _pieces(self, some: slice) -> Iterator[Mapping[str, tuple[pa.ChunkedArray, ColumnType]]]:
        part = self._part(some)
        try:
            compute_columns(self.steps, part, self.wanted, self.piece_rows)
        except FunctionError:
            if part.length > 1 and self.alone < MOST_ALONE:
                middle = (some.start + some.stop) // 2
                yield from self._pieces(slice(some.start, middle))
                yield from self._pieces(slice(middle, some.stop))
                return
            self.alone += 1
            self._one_by_one(part, some)
        yield {name: (part.columns[name], part.types[name]) for name in self.wanted}

    def _part(self, some: slice) -> Computed:
        columns = {name: column[some] for name, column in self.rows.columns.items()}
        length = some.stop - some.start
        return Computed(columns, dict(self.rows.types), length, {}, self.rows.fitted)

    def _one_by_one(self, part: Computed, some: slice) -> None:
        """Node by node, because not all of them need the function that raises."""
        nothing = {}
        for name in self.wanted:
            try:
                compute_columns(self.steps, part, [name], self.piece_rows)
            except FunctionError as error:
                found = self.raised.setdefault(
                    name, Raised(np.zeros(self.rows.length, np.bool_), f"FunctionError: {error}")
                )
                found.rows[some] = True
                nothing[name] = pa.chunked_array([pa.nulls(part.length)])
        part.columns |= nothing
        part.types |= dict.fromkeys(nothing, ColumnType(pa.null()))
