"""Join keys as small integers, whatever they are made of.

Each join key is encoded by its own dictionary; several are folded into one, two at a time, as the
digits of a number. No text is built. A dictionary that comes with the column is used as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Integers", "JoinKeys"]

Integers: TypeAlias = npt.NDArray[np.int64]


class JoinKeys:
    """The keys of a history, as codes.

    Attributes:
        codes: of each row, ``0 … size - 1``; -1 where a join key is null. Shape ``(n_rows,)``.
        size: how many codes there are; at least 1.

    Args:
        table: with the join keys, plain or dictionary-encoded.
        names: of the join keys; none gives every row the code 0.
    """

    def __init__(self, table: pa.Table, names: Sequence[str]) -> None:
        self._names = names
        self._columns: list[_Dictionary] = []
        self._folds: list[_Dictionary] = []
        self.codes, self.size = np.zeros(table.num_rows, np.int64), 1
        for name in names:
            column = _Dictionary(table[name])
            self._columns.append(column)
            if len(self._columns) == 1:
                self.codes, self.size = column.codes, column.size
            else:
                fold = _Dictionary(_folded(self.codes, column.codes, column.size))
                self._folds.append(fold)
                self.codes, self.size = fold.codes, fold.size

    def look_up(self, moments: pa.Table) -> Integers:
        """The code of each row of another table; -1 for a key that the history doesn't have."""
        if not self._columns:
            return np.zeros(moments.num_rows, np.int64)
        codes, *others = (
            column.look_up(moments[name])
            for name, column in zip(self._names, self._columns, strict=True)
        )
        for column, fold, other in zip(self._columns[1:], self._folds, others, strict=True):
            codes = fold.look_up(_folded(codes, other, column.size))
        return codes


def _folded(left: Integers, right: Integers, size: int) -> pa.ChunkedArray:
    """One number for two codes, the right one below ``size``; null where one of them is -1."""
    return pa.chunked_array([pa.array(left * size + right, mask=(left < 0) | (right < 0))])


class _Dictionary:
    """The distinct values of one column."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        values, indices = _encoded(column)
        # A dictionary that comes with a column may hold a value twice.
        distinct = values.dictionary_encode()
        self._values = distinct.dictionary
        self.size = max(len(self._values), 1)
        self.codes = _through(_codes(distinct.indices), indices)

    def look_up(self, column: pa.ChunkedArray) -> Integers:
        if not pa.types.is_dictionary(column.type):
            return self._found(column)
        values, indices = _encoded(column)
        return _through(self._found(values), indices)

    def _found(self, values: pa.Array | pa.ChunkedArray) -> Integers:
        if values.type != self._values.type or pa.types.is_null(values.type):
            return np.full(len(values), -1)  # nulls alone, on one side or the other
        return _codes(pc.index_in(values, value_set=self._values))


def _encoded(column: pa.ChunkedArray) -> tuple[pa.Array, Integers]:
    """The values of a column, and for each row which one it is; -1 for null."""
    if pa.types.is_null(column.type):
        return pa.nulls(0), np.full(len(column), -1)
    if pa.types.is_dictionary(column.type) and any(c.dictionary.null_count for c in column.chunks):
        column = column.cast(column.type.value_type)
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    encoded = column.unify_dictionaries().combine_chunks()
    return encoded.dictionary, _codes(encoded.indices)


def _codes(indices: pa.Array | pa.ChunkedArray) -> Integers:
    filled = pc.fill_null(indices, -1) if indices.null_count else indices
    return np.asarray(filled.to_numpy()).astype(np.int64)


def _through(codes: Integers, indices: Integers) -> Integers:
    """The code of each index; -1 for -1. Most dictionaries hold each value once, and in order."""
    if np.array_equal(codes, np.arange(len(codes))):
        return indices
    return np.append(codes, -1)[indices]
