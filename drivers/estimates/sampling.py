"""Computing a view on the first rows of its source, as a materialization would."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc

from drivers.engines import EVENT, KNOWN, Engine
from drivers.estimates.model import Sample
from drivers.history.chunks import Room, Sizes
from drivers.history.rows import HistoricalRows
from drivers.sources import BATCH_ROWS, SourceReader
from drivers.stored.materialize import ViewWriter
from drivers.stores import Store, Writer
from drivers.stores.memory import MemoryStore
from drivers.stores.sqlite import SqliteStore
from onedag.durations import micros
from onedag.planner import View
from onedag.project import Project
from onedag.source import Source

__all__ = ["FirstRows", "sample", "store_like"]


class FirstRows(SourceReader):
    """Reads the first rows of each source, the same share of all.

    Args:
        root: what paths are relative to.
        source: the one that the sample is of.
        rows: of it.
        share: of the rows of other sources.

    Attributes:
        newest: the latest time in the rows of the source that were read, microseconds.
    """

    def __init__(self, root: Path, source: Source, rows: int, share: float) -> None:
        super().__init__(root)
        self._source = source
        self._most = rows
        self._share = share
        self.newest = 0

    def row_count(self, source: Source) -> int | None:
        """Of those that are read."""
        count = super().row_count(source)
        return None if count is None else min(count, self._limit(source))

    def batches(
        self,
        source: Source,
        columns: Sequence[str],
        rows: int = BATCH_ROWS,
        dictionaries: Collection[str] = (),
    ) -> Iterator[pa.Table]:
        """As `SourceReader.batches`, and no more."""
        left = self._limit(source)
        for table in super().batches(source, columns, min(rows, left), dictionaries):
            table = table.slice(0, left)
            if source == self._source:
                self._see(table)
            yield table
            left -= table.num_rows
            if left <= 0:
                return

    def _limit(self, source: Source) -> int:
        if source == self._source:
            return self._most
        count = super().row_count(source)
        return self._most if count is None else max(1, math.ceil(count * self._share))

    def _see(self, table: pa.Table) -> None:
        times = (pc.max(table[name]).as_py() for name in (EVENT, KNOWN))
        self.newest = max([self.newest, *(at for at in times if at is not None)])


def sample(
    project: Project, view: View, engine: Engine, store: Store, rows: int, share: float
) -> Sample:
    """Materialize a view from the first rows of its source, into a store that is thrown away.

    It is as of the newest of these rows, as a materialization is of the newest of all: so windows
    are as full, if the rows come in the order of time.

    Args:
        project: that has the view.
        view: with all its features.
        engine: that joins.
        store: see `store_like`.
        rows: how many.
        share: of the rows of other sources, which some of the view's features look up.
    """
    reader = FirstRows(project.root, view.source, rows, share)
    start, cpu_start = time.perf_counter(), time.process_time()
    computing = HistoricalRows(project, engine, reader, Room(project.offline, Sizes()))
    computing.history(view)
    with store.write() as writer:
        timed = _Timed(writer)
        writing = ViewWriter(view, computing, store, None, "", "", _silent, full=True)
        report = writing.write(_moment(reader.newest, view), timed)
        elapsed, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    put = timed.cpu_seconds
    return Sample(report.rows, report.keys, report.bytes, cpu_seconds - put, put, elapsed)


def _moment(newest: int, view: View) -> int:
    return newest if view.refresh is None else newest + micros(view.refresh)


class _Timed:
    """A writer that counts what staging takes of the processor."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.cpu_seconds = 0.0

    def put(self, keys: Sequence[bytes], blobs: Sequence[bytes], as_of: int) -> None:
        start = time.process_time()
        self._writer.put(keys, blobs, as_of)
        self.cpu_seconds += time.process_time() - start

    def remove(self, keys: Sequence[bytes], as_of: int) -> None:
        self._writer.remove(keys, as_of)


@contextmanager
def store_like(url: str) -> Iterator[Store]:
    """A store to throw away that takes as long as the one of a URL.

    What a server takes can't be told without writing to it, so for one it is memory.
    """
    if not url.startswith("sqlite:"):
        yield MemoryStore()
        return
    with TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "store.db")
        try:
            yield store
        finally:
            store.close()


def _silent(_view: str, _done: int, _total: int) -> None:
    """Nobody is told of a sample's progress."""
