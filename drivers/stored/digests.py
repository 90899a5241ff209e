"""What a materialization saw of each key, so that the next one can tell which keys have changed.

A key's digest is a number made of its visible rows: their times, their values and their order. It
changes when a row is added, corrected or taken away; that two histories share one by accident has
a chance of 2**-64. Digests are kept in the store, part by part, beside the values they belong to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from drivers.engines import AT, EVENT, KNOWN, History
from drivers.history.partitions import hashes, mixed
from onedag.durations import micros
from onedag.keys import encode_keys

__all__ = ["Digests", "KeyedRows", "digest_blobs", "digests_of"]

BLOB_KEYS = 32_768
"""How many keys share a blob: about a megabyte, which no reader has to wait for."""

Mask: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Digests:
    """Keys with their digests.

    Attributes:
        keys: encoded, shape ``(n_keys,)``.
        numbers: uint64, likewise.
    """

    keys: pa.Array
    numbers: npt.NDArray[np.uint64]


class KeyedRows:
    """One part of history, its rows gathered by key.

    Attributes:
        table: the join keys of each distinct key without nulls; shape ``(n_keys,)``.
        keys: the same, encoded.
    """

    def __init__(self, history: History) -> None:
        self._history = history
        codes, self.table = _coded(history)
        self.keys: pa.Array = encode_keys(
            [self.table[key] for key in history.join_keys], self.table.num_rows
        ).combine_chunks()
        usable = (codes >= 0) & pc.is_valid(history.table[KNOWN]).to_numpy()
        # The code above, the position below: one sort of plain integers keeps the source's order.
        bits = len(codes).bit_length()
        together = np.sort((codes << bits | np.arange(len(codes)))[usable])
        self._order = together & ((1 << bits) - 1)
        self._codes = together >> bits
        event = history.table[EVENT].to_numpy()
        known = pc.fill_null(history.table[KNOWN], 0).to_numpy()
        self._event = event[self._order]
        self._since = np.maximum(event, known)[self._order]

    def moments(self, places: npt.NDArray[np.int64], at: npt.NDArray[np.int64]) -> pa.Table:
        """The keys at some places of `keys`, and the times `AT` which to ask for each."""
        some = pa.array(places)
        columns = {key: self.table[key].take(some) for key in self._history.join_keys}
        return pa.table(columns | {AT: pa.array(at)})

    def first_visible(self) -> npt.NDArray[np.int64]:
        """When each key's first row became visible, microseconds; the end of time if none does."""
        found = np.full(len(self.keys), np.iinfo(np.int64).max)
        starts = np.flatnonzero(np.diff(self._codes, prepend=-1))
        if len(starts):
            found[self._codes[starts]] = np.minimum.reduceat(self._since, starts)
        return found

    def changed(self, before: int, moment: int, windows: Iterable[timedelta]) -> Mask:
        """Which keys have rows that became visible since, or that left a window since.

        Args:
            before: an earlier moment, or the same.
            moment: microseconds.
            windows: the lengths of all windows.
        """
        found = (self._since > before) & (self._since <= moment)
        for over in windows:
            ends = before - micros(over), moment - micros(over)
            found |= (self._event > ends[0]) & (self._event <= ends[1]) & (self._since <= moment)
        return self._any(found)

    def digests(self, moment: int) -> npt.NDArray[np.uint64]:
        """The digest of each key's rows visible at a moment; shape ``(n_keys,)``."""
        rows = self._row_hashes()
        seen = self._since <= moment
        codes, rows = self._codes[seen], rows[seen]
        starts = np.flatnonzero(np.diff(codes, prepend=-1))
        counts = np.diff(starts, append=len(codes))
        rank = np.arange(len(codes), dtype=np.uint64) - np.repeat(starts, counts).astype(np.uint64)
        numbers = np.zeros(len(self.keys), np.uint64)
        if len(starts):
            # The rank makes two rows that change places a change.
            numbers[codes[starts]] = np.add.reduceat(mixed(rows + mixed(rank)), starts)
        return numbers

    def _row_hashes(self) -> npt.NDArray[np.uint64]:
        table = self._history.table
        total = np.zeros(table.num_rows, np.uint64)
        for name in (EVENT, KNOWN, *self._history.types):
            total = mixed(total ^ hashes(table[name].combine_chunks()))
        return np.asarray(total[self._order])

    def _any(self, rows: Mask) -> Mask:
        found = np.zeros(len(self.keys), np.bool_)
        found[self._codes[rows]] = True
        return found


def _coded(history: History) -> tuple[npt.NDArray[np.int64], pa.Table]:
    """Each row's number among the distinct keys, -1 where a join key is null, and those keys."""
    table = history.table
    if not history.join_keys:  # everything is one key
        return np.zeros(table.num_rows, np.int64), pa.table({"": [0]})
    code = np.zeros(table.num_rows, np.int64)
    null = np.zeros(table.num_rows, np.bool_)
    for key in history.join_keys:
        own, count = _numbered(table[key].combine_chunks())
        null |= own < 0
        # Numbered anew after each key, so that products never grow beyond 64 bits.
        code, count = _numbered(pa.array(code * (count + 1) + own))
    first = np.empty(count, np.int64)
    first[code[::-1]] = np.arange(len(code))[::-1]
    usable = ~null[first]
    numbers = np.where(usable, np.cumsum(usable) - 1, -1)
    return numbers[code], table.select(list(history.join_keys)).take(pa.array(first[usable]))


def _numbered(column: pa.Array) -> tuple[npt.NDArray[np.int64], int]:
    """Each value's number among the distinct ones, -1 for null, and how many there are."""
    encoded = column.dictionary_encode()
    numbers = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    return numbers.astype(np.int64), len(encoded.dictionary)


def digest_blobs(digests: Digests) -> Iterator[bytes]:
    """Digests as blobs of at most `BLOB_KEYS` keys each."""
    table = pa.table({"key": digests.keys, "digest": digests.numbers})
    for start in range(0, table.num_rows, BLOB_KEYS):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(
            sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")
        ) as writer:
            writer.write_table(table.slice(start, BLOB_KEYS))
        yield sink.getvalue().to_pybytes()


def digests_of(blobs: Sequence[bytes]) -> Digests:
    """The digests that `digest_blobs` wrote."""
    tables = [pa.ipc.open_stream(pa.py_buffer(blob)).read_all() for blob in blobs]
    if not tables:
        return Digests(pa.array([], pa.string()), np.array([], np.uint64))
    table = pa.concat_tables(tables)
    return Digests(table["key"].combine_chunks(), table["digest"].to_numpy())
