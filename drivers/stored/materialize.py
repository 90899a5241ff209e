"""Storing views: the value kept for key k at time T is what a training row (k, T) would get.

A materialization after another writes only what may have changed between them: keys with new, late
or corrected rows, and keys whose rows left a window. What it leaves in the store is what writing
every key anew would leave.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from drivers.engines import AT, EVENT, KNOWN
from drivers.history.rows import HistoricalRows
from drivers.history.view import ViewHistory
from drivers.stored.digests import Digests, KeyedRows, digest_blobs, digests_of
from drivers.stored.packing import Layout
from drivers.stored.records import ViewRecord, digest_key, value_prefix
from drivers.stored.reports import Progress, ViewReport
from drivers.stored.times import moment_of
from drivers.stores import Store, Writer
from onedag.durations import micros
from onedag.modifiers import Aggregate
from onedag.planner import View

__all__ = ["ViewWriter", "blob_of_nothing"]


class ViewWriter:
    """Writes one view's values.

    Args:
        view: with all its features.
        rows: computes from the sources.
        store: has the digests of the materialization before.
        stored: that materialization's record; None for none, or for one that says nothing now.
        meaning: of the view's features as they are now (`onedag.meanings`).
        snapshot: id of the snapshot of the project.
        code: what the functions that the view may need are written as, by name.
        progress: told of each part.
        full: whether to write every key, changed or not.
    """

    def __init__(
        self,
        view: View,
        rows: HistoricalRows,
        store: Store,
        stored: ViewRecord | None,
        meaning: str,
        snapshot: str,
        code: Mapping[str, str],
        progress: Progress,
        *,
        full: bool = False,
    ) -> None:
        self._view = view
        self._rows = rows
        self._store = store
        self._stored = stored
        self._meaning = meaning
        self._snapshot = snapshot
        self._code = code
        self._full = full
        self._progress = progress

    def write(self, moment: int, writer: Writer) -> ViewReport:
        """Write the values as of a moment, or of the refresh tick at or before it.

        Where the store has the view as of a later moment, that stands and nothing is written.

        Args:
            moment: microseconds.
            writer: of one write of the store.
        """
        start = time.perf_counter()
        view, stored = self._view, self._stored
        as_of = moment if view.refresh is None else moment - moment % micros(view.refresh)
        if stored is not None and stored.as_of > as_of:
            return ViewReport(view.name, moment_of(as_of), newer=moment_of(stored.as_of))
        history = self._rows.history(view)
        layout = Layout(view.name, history.value_types())
        run = _Run(as_of, history, layout, self._before(history, layout), writer)
        if not self._write_parts(run):
            # Without its digests a part can't tell which keys are gone: only a full run hides them.
            run = _Run(as_of, history, layout, None, writer)
            self._write_parts(run)
        self._remove_other_parts(run)
        record = ViewRecord(
            layout,
            as_of,
            run.present,
            blob_of_nothing(history, layout),
            as_of if run.before is None else run.before.whole_as_of,
            self._meaning,
            tuple(run.digests),
            self._snapshot,
            self._code,
        )
        writer.put(*record.entries(), as_of)
        return ViewReport(
            view=view.name,
            as_of=moment_of(as_of),
            keys=run.written,
            unchanged=run.present - run.written,
            vanished=run.vanished,
            rows=history.rows,
            bytes=run.bytes,
            seconds=time.perf_counter() - start,
            called_per_window=dict(run.called),
        )

    def _before(self, history: ViewHistory, layout: Layout) -> ViewRecord | None:
        """The materialization that this one can go on from."""
        stored = self._stored
        if stored is None or self._full or stored.meaning != self._meaning:
            return None
        same = stored.layout.hash == layout.hash and len(stored.digests) == history.count
        return stored if same else None

    def _write_parts(self, run: _Run) -> bool:
        """Write all parts; False where the store lost what an incremental run needs."""
        count = run.history.count
        for part in range(count):
            self._progress(self._view.name, part, count)
            if not self._write_part(part, run):
                return False
        self._progress(self._view.name, count, count)
        return True

    def _write_part(self, part: int, run: _Run) -> bool:
        """Write the keys of one part of history that may have changed; False as above."""
        view, as_of, history = self._view, run.as_of, run.history
        piece = history.part(part, as_of)
        keyed = KeyedRows(piece)
        visible = keyed.first_visible() <= as_of
        same_split = self._stored is not None and len(self._stored.digests) == history.count
        old = self._digests(part) if same_split else None
        changed = visible
        if run.before is not None:
            if old is None:
                return False
            changed = visible & _may_differ(view, keyed, old, run.before.as_of, as_of)
        prefix = value_prefix(view.name)
        places = np.flatnonzero(changed)
        moments = keyed.moments(places, np.full(len(places), as_of))
        values = history.values(self._rows.engine, piece, moments)
        columns = {name: values.table[name] for name in run.layout.types}
        blobs = run.layout.pack(columns, values.table[EVENT], values.table[KNOWN], moments[AT])
        run.writer.put(_stored_keys(prefix, keyed.keys.take(pa.array(places))), blobs, as_of)
        present = keyed.keys.filter(pa.array(visible))
        if old is not None:
            self._remove(old.keys, present, run)
        elif self._stored is not None:
            run.keys.append(present)
        kept = list(digest_blobs(Digests(present, keyed.digests(as_of)[visible])))
        run.writer.put([digest_key(view.name, part, i) for i in range(len(kept))], kept, as_of)
        run.digests.append(len(kept))
        run.present += len(present)
        run.written += len(blobs)
        run.bytes += sum(map(len, blobs))
        run.called.update(values.called)
        return True

    def _remove(self, before: pa.Array, present: pa.Array, run: _Run) -> None:
        """Remove the keys that were there before and aren't any more."""
        gone = before.filter(pc.invert(pc.is_in(before, value_set=present)))
        run.writer.remove(_stored_keys(value_prefix(self._view.name), gone), run.as_of)
        run.vanished += len(gone)

    def _digests(self, part: int) -> Digests | None:
        """What the materialization before saw of the keys of a part; None where that is lost."""
        if self._stored is None or part >= len(self._stored.digests):
            return None
        count = self._stored.digests[part]
        blobs = self._store.read([digest_key(self._view.name, part, i) for i in range(count)])
        found = [blob for blob in blobs if blob is not None]
        return digests_of(found) if len(found) == count else None

    def _remove_other_parts(self, run: _Run) -> None:
        """What the materialization before had more of: digests, and keys where it split others."""
        old = self._stored.digests if self._stored else ()
        if old and len(old) != run.history.count:
            present = pa.concat_arrays(run.keys)
            for part in range(len(old)):
                digests = self._digests(part)
                if digests is not None:
                    self._remove(digests.keys, present, run)
        new = run.digests + [0] * len(old)
        keys = [
            digest_key(self._view.name, part, number)
            for part, count in enumerate(old)
            for number in range(new[part], count)
        ]
        run.writer.remove(keys, run.as_of)


@dataclass(slots=True)
class _Run:
    """One materialization of one view, while it is under way."""

    as_of: int
    history: ViewHistory
    layout: Layout
    before: ViewRecord | None
    writer: Writer
    present: int = 0
    written: int = 0
    vanished: int = 0
    bytes: int = 0
    digests: list[int] = field(default_factory=list)
    keys: list[pa.Array] = field(default_factory=list)
    called: Counter[str] = field(default_factory=Counter)


def _may_differ(
    view: View, keyed: KeyedRows, old: Digests, before: int, as_of: int
) -> npt.NDArray[np.bool_]:
    """Which keys may have another value than at the moment before; shape ``(n_keys,)``."""
    reduced = [f.definition for f in view.features if isinstance(f.definition, Aggregate)]
    windows = {definition.over for definition in reduced if definition.over is not None}
    place = pc.fill_null(pc.index_in(keyed.keys, value_set=old.keys), -1).to_numpy()
    numbers = np.append(old.numbers, np.uint64(0))[place]
    other_rows = (place < 0) | (numbers != keyed.digests(before))
    return np.asarray(other_rows | keyed.changed(before, as_of, windows))


def _stored_keys(prefix: bytes, keys: pa.Array) -> list[bytes]:
    joined: list[bytes] = pc.binary_join_element_wise(
        prefix, keys.cast(pa.binary()), b""
    ).to_pylist()
    return joined


def blob_of_nothing(history: ViewHistory, layout: Layout) -> bytes:
    """The blob of a key that was never seen."""
    values = {
        name: pa.chunked_array([pa.array([value], layout.types[name].arrow)])
        for name, value in history.of_nothing().items()
    }
    no_time = pa.chunked_array([pa.array([None], pa.int64())])
    return layout.pack(values, no_time, no_time, pa.array([0]))[0]
