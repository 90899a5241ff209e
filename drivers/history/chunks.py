"""Rows in portions: the first stay in memory, and what is beyond the room goes to disk.

A portion on disk is an Arrow stream in a file without a name, which the system removes with the
process, however that ends.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyarrow as pa

from onedag.errors import ConfigurationError, OfflineError

__all__ = ["Chunks", "Room", "Sizes", "ahead"]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is in hand at once. What is computed doesn't depend on it.

    Attributes:
        memory: bytes that rows may take before more of them go to disk. What is being worked on
            comes on top of it: some chunks, and a part of history for each thread.
        chunk_rows: rows of a spine or a source in one chunk.
        piece_rows: rows that a row function gets at once: enough to make pandas' cost a row small.
        part_rows: rows in one part of history, or up to twice as many. A part holds all rows of
            some keys, so one with more rows makes a part that is larger.
    """

    memory: int = 640 * 2**20
    chunk_rows: int = 524_288
    piece_rows: int = 65_536
    part_rows: int = 524_288

    def __post_init__(self) -> None:
        if self.memory < 0 or min(self.chunk_rows, self.piece_rows, self.part_rows) < 1:
            raise ConfigurationError(
                f"{self} makes no sense: memory is at least 0, and each number of rows at least 1."
            )


class Room:
    """The memory that chunks take together, and the folder for what is beyond it.

    Args:
        folder: made when something is first written to it.
        sizes: its ``memory`` is the room's.
    """

    def __init__(self, folder: Path, sizes: Sizes) -> None:
        self.sizes = sizes
        self._folder = folder
        self._free = sizes.memory
        self._lock = threading.Lock()

    def take(self, size: int) -> bool:
        """Whether so many bytes were free, and now are taken."""
        with self._lock:
            if size > self._free:
                return False
            self._free -= size
            return True

    def give_back(self, size: int) -> None:
        """Make bytes free again."""
        with self._lock:
            self._free += size

    def file(self) -> IO[bytes]:
        """A new file that nobody else sees."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return tempfile.TemporaryFile(dir=self._folder, buffering=0)
        except OSError as error:
            raise OfflineError.of("Rows that don't fit in memory", self._folder, error) from error


@dataclass(frozen=True, slots=True)
class _OnDisk:
    start: int
    size: int

    def read(self, file: IO[bytes]) -> pa.Table:
        content = os.pread(file.fileno(), self.size, self.start)
        return pa.ipc.open_stream(pa.py_buffer(content)).read_all()


class Chunks:
    """Tables in the order in which they were added. Threads may add and read at once."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._tables: list[pa.Table | _OnDisk] = []
        self._file: IO[bytes] | None = None
        self._taken = 0
        self._lock = threading.Lock()
        self.num_rows = 0

    def append(self, table: pa.Table) -> int:
        """Keep a table; its number.

        Raises:
            OfflineError: there is no room in memory, and the disk is full or can't be written.
        """
        return self.extend([table])[0]

    def extend(self, tables: Sequence[pa.Table]) -> Sequence[int]:
        """Keep tables that may be slices of one table; their numbers.

        All of them stay in memory or none, because one slice would hold the memory of all.

        Raises:
            OfflineError: as `append`.
        """
        size = sum(table.nbytes for table in tables)
        fits = self._room.take(size)
        contents = None if fits else [_stream(table) for table in tables]
        with self._lock:
            first = len(self._tables)
            self._taken += size if fits else 0
            self._tables += tables if contents is None else map(self._write, contents)
            self.num_rows += sum(table.num_rows for table in tables)
            return range(first, first + len(tables))

    def _write(self, content: pa.Buffer) -> _OnDisk:
        if self._file is None:
            self._file = self._room.file()
        start = self._file.seek(0, os.SEEK_END)
        view = memoryview(content)
        try:
            while view:
                view = view[self._file.write(view) :]
        except OSError as error:
            self._file.truncate(start)
            folder = self._room._folder
            raise OfflineError.of("Rows that don't fit in memory", folder, error) from error
        return _OnDisk(start, content.size)

    def __len__(self) -> int:
        return len(self._tables)

    def __getitem__(self, number: int) -> pa.Table:
        kept = self._tables[number]
        if isinstance(kept, pa.Table):
            return kept
        assert self._file is not None
        return kept.read(self._file)

    def __iter__(self) -> Iterator[pa.Table]:
        return (self[number] for number in range(len(self)))

    def close(self) -> None:
        """Forget the tables; their room is free again."""
        self._room.give_back(self._taken)
        self._taken = 0
        self._tables = []
        if self._file is not None:
            self._file.close()
            self._file = None

    def __del__(self) -> None:
        self.close()


def ahead(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The tables, each made in another thread while the one before is in hand."""
    made = iter(tables)
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, made, None)
        while (table := coming.result()) is not None:
            coming = pool.submit(next, made, None)
            yield table


def _stream(table: pa.Table) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()
