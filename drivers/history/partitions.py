"""Rows split by their key, so that each part holds the whole history of some keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from drivers.history.chunks import Chunks, Room

__all__ = ["PART", "Partitions", "hashes", "mixed", "part_count"]

PART = "__part"

Hashes: TypeAlias = npt.NDArray[np.uint64]

_MOST_PARTS = 2**15
_WHOLE = (
    pa.types.is_integer,
    pa.types.is_boolean,
    pa.types.is_timestamp,
    pa.types.is_duration,
)
_NULL = np.uint64(0x9E3779B97F4A7C15)


def part_count(rows: int, join_keys: Sequence[str], part_rows: int) -> int:
    """Into how many parts to split so many rows: a power of two, so that it seldom changes.

    Without join keys there is but one key, and so one part.
    """
    wanted = max(1, min(rows // part_rows, _MOST_PARTS))
    return 1 << (wanted.bit_length() - 1) if join_keys else 1


class Partitions:
    """Tables split by key, each part in the order in which its rows were added.

    A row whose key is null lies in some part.

    Args:
        room: of the pieces.
        join_keys: columns of the tables.
        count: how many parts there are.
    """

    def __init__(self, room: Room, join_keys: Sequence[str], count: int) -> None:
        self.count = count
        self._join_keys = join_keys
        self._chunks = Chunks(room)
        self._pieces: list[list[tuple[int, int]]] = [[] for _ in range(count)]
        self._added = 0

    @property
    def num_rows(self) -> int:
        """Of all parts."""
        return self._chunks.num_rows

    def marked(self, table: pa.Table) -> pa.Table:
        """The table with the part of each row as the column `PART`, so that `append` knows it."""
        if self.count == 1:
            return table
        return table.append_column(PART, pa.array(_parts(table, self._join_keys, self.count)))

    def append(self, table: pa.Table) -> None:
        """Add a table's rows to their parts."""
        split = list(self._split(table))
        places = self._chunks.extend([piece for _, piece in split])
        for (part, _), place in zip(split, places, strict=True):
            self._pieces[part].append((self._added, place))
        self._added += 1

    def pieces(self, part: int) -> Iterator[tuple[int, pa.Table]]:
        """What each added table has in a part, with the number of the table, in their order."""
        return ((table, self._chunks[place]) for table, place in self._pieces[part])

    def _split(self, table: pa.Table) -> Iterator[tuple[int, pa.Table]]:
        if self.count == 1:
            yield 0, table
            return
        if PART in table.column_names:
            parts = table[PART].to_numpy()
            table = table.drop_columns([PART])
        else:
            parts = _parts(table, self._join_keys, self.count)
        order = np.argsort(parts, kind="stable")  # a radix sort, for numbers of 16 bits
        ordered = table.take(pa.array(order))
        ends = np.cumsum(np.bincount(parts, minlength=self.count)).tolist()
        for part, (start, end) in enumerate(zip([0, *ends], ends, strict=False)):
            if end > start:
                yield part, ordered.slice(start, end - start)


def _parts(table: pa.Table, join_keys: Sequence[str], count: int) -> npt.NDArray[np.uint16]:
    total = np.zeros(table.num_rows, np.uint64)
    for key in join_keys:
        column = table[key].combine_chunks()
        is_text = pa.types.is_string(column.type)
        total = mixed(total ^ (_text_samples(column) if is_text else hashes(column)))
    return (total % np.uint64(count)).astype(np.uint16)


def _text_samples(column: pa.Array) -> Hashes:
    """A number for each text from its length and four of its words of 8 bytes; faster than a hash.

    Texts that differ elsewhere only share a number, and so a part: that is uneven, but not wrong.
    """
    _, offsets, content = column.buffers()
    ends = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    start, length = ends[:-1].astype(np.int64), np.diff(ends).astype(np.int64)
    data = np.zeros(int(ends[-1]) + 8 if len(ends) else 8, np.uint8)
    if content is not None:
        data[: int(ends[-1])] = np.frombuffer(content, np.uint8, int(ends[-1]))
    # A word begins at each byte; what lies behind the end of a text is shifted out.
    words = np.lib.stride_tricks.as_strided(data[:8].view("<u8"), (len(data) - 7,), (1,))
    total = length.astype(np.uint64)
    last = np.maximum(length - 8, 0)
    beyond = np.uint64(8) * np.maximum(8 - length, 0).astype(np.uint64)
    for place in (0, last):
        word = words[start + place]
        if beyond.any():
            word = np.where(length > 0, word << np.minimum(beyond, np.uint64(63)), np.uint64(0))
        total = (total ^ word) * _NULL  # an odd number
    long = np.flatnonzero(length > 16)
    for part in (1, 2):
        total[long] = (total[long] ^ words[start[long] + part * last[long] // 3]) * _NULL
    if column.null_count:
        total[pc.is_null(column).to_numpy(zero_copy_only=False)] = _NULL
    return total


def hashes(column: pa.Array) -> Hashes:
    """A number for each value that depends on nothing but the value; shape ``(n_rows,)``.

    Args:
        column: of any type that a column of features has. A null has a number of its own.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_null(column.type):
        return np.full(len(column), _NULL)
    if pa.types.is_large_string(column.type):
        column = column.cast(pa.string())
    if pa.types.is_string(column.type):
        return _hashes_of_texts(column)
    if pa.types.is_floating(column.type):
        bits = pc.fill_null(column.cast(pa.float64()), 0.0).to_numpy().view(np.uint64)
    elif any(is_whole(column.type) for is_whole in _WHOLE):
        bits = pc.fill_null(column.cast(pa.int64(), safe=False), 0).to_numpy().view(np.uint64)
    else:  # dates, decimals, bytes, lists: no column that is stored, but one that is reduced
        return _hashes_of_texts(
            pa.array([None if v is None else repr(v) for v in column.to_pylist()], pa.string())
        )
    numbers = mixed(bits)
    if column.null_count:
        numbers[pc.is_null(column).to_numpy(zero_copy_only=False)] = _NULL
    return numbers


def _hashes_of_texts(column: pa.Array) -> Hashes:
    encoded = column.dictionary_encode()
    texts = encoded.dictionary.to_numpy(zero_copy_only=False)
    numbers = np.append(pd.util.hash_array(texts, categorize=False), _NULL)
    return np.asarray(numbers[pc.fill_null(encoded.indices, len(texts)).to_numpy()])


def mixed(numbers: Hashes) -> Hashes:
    """Numbers scattered over 64 bits, each to a place of its own (the finisher of SplitMix64)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(numbers ^ (numbers >> np.uint64(31)))
