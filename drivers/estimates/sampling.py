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
from drivers.stored.reports import silent
from drivers.stores import Store, Writer
from drivers.stores.memory import MemoryStore
from drivers.stores.sqlite import SqliteStore
from onedag.durations import micros
from onedag.errors import SourceError
from onedag.planner import View
from onedag.project import Project
from onedag.source import Source

__all__ = ["FirstRows", "sample", "store_like"]


class FirstRows(SourceReader):
    """Reads the first rows of each source, the same share of all.

    Args:
        opened: a reader that has opened sources: what a file says of itself is asked once.
        source: the one that the sample is of.
        rows: of it.
        share: of the rows of other sources.

    Attributes:
        newest: the latest time in the rows of the source that were read, microseconds.
    """

    def __init__(self, opened: SourceReader, source: Source, rows: int, share: float) -> None:
        super().__init__(opened._root)
        self._columns, self._opened = opened._columns, opened._opened
        self._source = source
        self._most = rows
        self._share = share
        self.newest = 0

    def row_count(self, source: Source) -> int:
        """Of those that are read.

        Raises:
            SourceError: a CSV file or a query, of which a part takes about as long as the whole:
                the types of a CSV file are those of all its rows.
        """
        count = super().row_count(source)
        if count is None:
            raise SourceError(
                f"Source {source.name!r} is a CSV file or a query, and such a one isn't read for "
                f"an estimate: only the whole of it would tell."
            )
        if source == self._source:
            return min(count, self._most)
        return max(1, math.ceil(count * self._share))

    def batches(
        self,
        source: Source,
        columns: Sequence[str],
        rows: int = BATCH_ROWS,
        dictionaries: Collection[str] = (),
    ) -> Iterator[pa.Table]:
        """As `SourceReader.batches`, and no more."""
        left = self.row_count(source)
        for table in super().batches(source, columns, min(rows, left), dictionaries):
            table = table.slice(0, left)
            if source == self._source:
                self._see(table)
            yield table
            left -= table.num_rows
            if left <= 0:
                return

    def _see(self, table: pa.Table) -> None:
        times = (pc.max(table[name]).as_py() for name in (EVENT, KNOWN))
        self.newest = max([self.newest, *(at for at in times if at is not None)])


def sample(
    project: Project,
    view: View,
    opened: SourceReader,
    engine: Engine,
    store: Store,
    rows: int,
    share: float,
) -> Sample:
    """Materialize a view from the first rows of its source, into a store that is thrown away.

    It is as of the newest of these rows, as a materialization is of the newest of all: so windows
    are as full, if the rows come in the order of time.

    Args:
        project: that has the view.
        view: with all its features.
        opened: see `FirstRows`.
        engine: that joins.
        store: see `store_like`.
        rows: how many.
        share: of the rows of other sources, which some of the view's features look up.
    """
    reader = FirstRows(opened, view.source, rows, share)
    start, cpu_start = time.perf_counter(), time.process_time()
    computing = HistoricalRows(project, engine, reader, Room(project.offline, Sizes()))
    computing.history(view)
    with store.write() as writer:
        timed = _Timed(writer)
        writing = ViewWriter(view, computing, store, None, "", "", {}, silent, full=True)
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
