"""The history of stored values: what a store held of each key, at each of many moments.

    <offline>/backfill/<view>/<meaning>/of_nothing.parquet      the types, and a key never seen
    <offline>/backfill/<view>/<meaning>/as_of=2013-06-01T00:00:00.000000Z/values.parquet

A moment's folder is there whole or not at all, so a backfill that was killed goes on where it was.
Values of other code or other definitions have another ``<meaning>``, and are never mixed with them.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from drivers.engines import EVENT, KNOWN
from drivers.frames import write_parquet
from drivers.history.chunks import Room
from drivers.history.rows import HistoricalRows
from drivers.history.view import ViewHistory
from drivers.stored.backfilled import StoredHistory
from drivers.stored.digests import KeyedRows
from drivers.stored.reports import BackfilledView, Progress
from drivers.stored.times import moment_of
from onedag.durations import micros
from onedag.errors import NotPublished, OfflineError
from onedag.fingerprints import Fingerprint
from onedag.meanings import Meanings
from onedag.planner import View

__all__ = ["OF_NOTHING", "Backfill"]

ROWS_AT_ONCE = 2**20
OF_NOTHING = "of_nothing.parquet"
_NAME = re.compile(r"as_of=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_LEFT_SECONDS = 24 * 3600

MOMENTS_AT_ONCE = 64
"""Each has a file open while it is written."""


class Backfill:
    """The backfilled values of one view.

    Args:
        folder: of all backfills of a project.
        view: with all its features.
        meaning: of its features as they are now (`onedag.meanings`).
    """

    def __init__(self, folder: Path, view: View, meaning: Fingerprint) -> None:
        self._view = view
        self._meaning = meaning
        self._named = f"The backfill of view {view.name!r}"
        self.folder = folder / view.name / meaning.text[:16]

    def moments(self) -> dict[int, Path]:
        """The moments that are there, microseconds, with their files."""
        return {
            _moment(folder.name): folder / "values.parquet"
            for folder in sorted(self.folder.glob("as_of=*"))
            if _NAME.fullmatch(folder.name)
        }

    def write(
        self, rows: HistoricalRows, moments: Sequence[int], snapshot: str, progress: Progress
    ) -> BackfilledView:
        """Write the values of all keys at those moments that aren't there yet.

        Args:
            rows: computes from the sources.
            moments: microseconds.
            snapshot: id of the snapshot of the project; the schema's metadata of each file say it.
            progress: told how many of the moments are done.

        Raises:
            OfflineError: the disk is full or can't be written. Whole moments stay.
        """
        start = time.perf_counter()
        view = self._view
        wanted = sorted(
            {m if view.refresh is None else m - m % micros(view.refresh) for m in moments}
        )
        there = self.moments()
        missing = [moment for moment in wanted if moment not in there]
        history = rows.history(view)
        written = size = 0
        try:
            self._describe(history)
            _sweep(self.folder)
            for begin in range(0, len(missing), MOMENTS_AT_ONCE):
                progress(view.name, begin, len(missing))
                some = missing[begin : begin + MOMENTS_AT_ONCE]
                counts, sizes = self._write_moments(rows, history, some, snapshot)
                written, size = written + counts, size + sizes
        except OSError as error:
            if isinstance(error, OfflineError):
                raise
            raise OfflineError.of(self._named, self.folder, error) from error
        progress(view.name, len(missing), len(missing))
        return BackfilledView(
            view.name,
            self.folder,
            len(missing),
            len(wanted) - len(missing),
            written,
            size,
            time.perf_counter() - start,
            self._meaning.certain,
        )

    def _describe(self, history: ViewHistory) -> None:
        nothing = history.of_nothing()
        fields = [column.field(name) for name, column in history.value_types().items()]
        columns = [pa.array([nothing[field.name]], field.type) for field in fields]
        table = pa.table(columns, schema=pa.schema(fields))
        write_parquet(self.folder / OF_NOTHING, table.schema, [table], self._named)

    def _write_moments(
        self, rows: HistoricalRows, history: ViewHistory, moments: Sequence[int], snapshot: str
    ) -> tuple[int, int]:
        """Write some moments at once; how many rows and bytes."""
        unfinished = [Path(mkdtemp(prefix=f".{_name(m)}.", dir=self.folder)) for m in moments]
        schema = _schema(history).with_metadata({"onedag.snapshot": snapshot})
        try:
            with ExitStack() as stack:
                writers: list[pq.ParquetWriter] = []
                for folder in unfinished:
                    path = folder / "values.parquet"
                    writers.append(stack.enter_context(pq.ParquetWriter(path, schema)))
                count = sum(
                    self._write_part(rows, history, part, moments, writers)
                    for part in range(history.count)
                )
            size = sum((folder / "values.parquet").stat().st_size for folder in unfinished)
            for folder, moment in zip(unfinished, moments, strict=True):
                _put_in_place(folder, self.folder / _name(moment))
            return count, size
        finally:
            for folder in unfinished:
                shutil.rmtree(folder, ignore_errors=True)

    def _write_part(
        self,
        rows: HistoricalRows,
        history: ViewHistory,
        part: int,
        moments: Sequence[int],
        writers: Sequence[pq.ParquetWriter],
    ) -> int:
        piece = history.part(part, max(moments))
        keyed = KeyedRows(piece)
        first = keyed.first_visible()
        together = max(1, ROWS_AT_ONCE // max(1, len(first)))
        count = 0
        for begin in range(0, len(moments), together):
            some = moments[begin : begin + together]
            chosen = [np.flatnonzero(first <= moment) for moment in some]
            at = np.repeat(np.array(some, np.int64), [len(places) for places in chosen])
            asked = keyed.moments(np.concatenate(chosen), at)
            found = history.values(rows.engine, piece, asked).table
            columns = {key: asked[key] for key in self._view.join_keys}
            columns |= {name: found[name] for name in found.column_names}
            table, start = pa.table(columns).select(_schema(history).names), 0
            for places, writer in zip(chosen, writers[begin : begin + together], strict=True):
                writer.write_table(table.slice(start, len(places)))
                start += len(places)
            count += start
        return count

    def stored(self, view: View, room: Room) -> StoredHistory:
        """The backfilled values as a history to look values up in.

        Args:
            view: this one, with the wanted features.
            room: for what doesn't fit in memory.

        Raises:
            NotPublished: there is no backfill of the view as it is now.
        """
        moments = self.moments()
        if not moments:
            raise NotPublished.without_backfill(view.name)
        nothing = pq.read_table(self.folder / OF_NOTHING)
        if not {feature.name for feature in view.features} <= set(nothing.column_names):
            raise NotPublished.without_backfill(view.name)
        return StoredHistory(view, moments, nothing, room)


def _put_in_place(folder: Path, place: Path) -> None:
    """Rename a whole folder, unless another backfill was first: then it has the same values."""
    try:
        folder.rename(place)
    except OSError:
        if not (place / "values.parquet").is_file():
            raise


@dataclass(frozen=True, slots=True)
class Backfills:
    """The backfills of a project's views.

    Attributes:
        folder: of all of them.
        views: of the project, by name.
        meanings: of their features as they are now.
    """

    folder: Path
    views: Mapping[str, View]
    meanings: Meanings

    def of(self, view: View) -> Backfill:
        """That of a view with all its features."""
        return Backfill(self.folder, view, self.meanings.of(view))

    def stored(self, view: View, room: Room) -> StoredHistory:
        """What was backfilled of a view, or of some of its features.

        Raises:
            NotPublished: nothing was, of its present features.
        """
        if view.name not in self.views:
            raise NotPublished.without_backfill(view.name)
        return self.of(self.views[view.name]).stored(view, room)


def _sweep(folder: Path) -> None:
    """Remove what backfills left that were killed more than a day ago."""
    for left in folder.glob(".as_of=*"):
        with suppress(FileNotFoundError):  # another backfill has just put it in its place
            if time.time() - left.stat().st_mtime > _LEFT_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def _schema(history: ViewHistory) -> pa.Schema:
    types = {key: history.types[key] for key in history.view.join_keys} | history.value_types()
    fields = [pa.field(name, column.arrow) for name, column in types.items()]
    return pa.schema([*fields, pa.field(EVENT, pa.int64()), pa.field(KNOWN, pa.int64())])


def _name(moment: int) -> str:
    return f"as_of={moment_of(moment).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def _moment(name: str) -> int:
    return micros(datetime.strptime(name, "as_of=%Y-%m-%dT%H:%M:%S.%fZ"))
