"""Storing views: the value kept for key k at time T is what a training row (k, T) would get."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from drivers.engines import EVENT, KNOWN, History
from drivers.packing import Layout
from drivers.records import ViewRecord, value_prefix
from drivers.rows import HistoricalRows
from drivers.stores import Writer
from onedag.dtypes import TIMESTAMP
from onedag.durations import micros
from onedag.keys import encode_keys
from onedag.planner import View
from onedag.service import EVENT_TIMESTAMP

__all__ = ["MaterializationReport", "ViewReport", "pack_values", "store_view"]


@dataclass(frozen=True, slots=True)
class ViewReport:
    """What one view's materialization did.

    Attributes:
        view: its name.
        as_of: the moment of the values: the asked one, or the refresh tick before it.
        keys: how many were written.
        rows: of the source.
        bytes: of the packed values, keys not counted.
        seconds: it took.
        called_per_window: seconds in each aggregate that wasn't recognised.
        newer: the later moment that the store has the view of, in which case nothing was written.
    """

    view: str
    as_of: datetime
    keys: int = 0
    rows: int = 0
    bytes: int = 0
    seconds: float = 0.0
    called_per_window: Mapping[str, float] = field(default_factory=dict)
    newer: datetime | None = None


@dataclass(frozen=True, slots=True)
class MaterializationReport:
    """What `BatchDriver.materialize` did, view by view.

    Attributes:
        as_of: as asked, aware UTC.
        views: one report each.
    """

    as_of: datetime
    views: tuple[ViewReport, ...]

    @property
    def keys(self) -> int:
        """Keys written in all views."""
        return sum(view.keys for view in self.views)

    @property
    def bytes(self) -> int:
        """Bytes written in all views."""
        return sum(view.bytes for view in self.views)

    @property
    def seconds(self) -> float:
        """Seconds for all views."""
        return sum(view.seconds for view in self.views)


def store_view(
    view: View, rows: HistoricalRows, moment: int, stored: ViewRecord | None, writer: Writer
) -> ViewReport:
    """Write one view's values, for every key that has visible history.

    Where the store has the view as of a later moment, that stands and nothing is written.

    Args:
        view: with all its features.
        rows: computes from the sources.
        moment: microseconds; the values are those of the refresh tick at or before it.
        stored: what the store has of the view.
        writer: of one write of a store.
    """
    start = time.perf_counter()
    as_of = moment if view.refresh is None else moment - moment % micros(view.refresh)
    if stored is not None and stored.as_of > as_of:
        return ViewReport(view.name, moment_of(as_of), newer=moment_of(stored.as_of))
    history = rows.history(view)
    keys = _keys_with_history(history, as_of)
    packed = pack_values(view, rows, keys.append_column(EVENT_TIMESTAMP, _constant(as_of, keys)))
    writer.put([key for key in packed.keys if key is not None], packed.blobs, as_of)
    record = ViewRecord(packed.layout, as_of, len(packed.keys), packed.nothing)
    writer.put(*record.entries(), as_of)
    return ViewReport(
        view=view.name,
        as_of=moment_of(as_of),
        keys=len(packed.keys),
        rows=history.table.num_rows,
        bytes=sum(map(len, packed.blobs)),
        seconds=time.perf_counter() - start,
        called_per_window=dict(packed.called),
    )


@dataclass(frozen=True, slots=True)
class PackedValues:
    """A view's values of some keys at some times, as a store keeps them.

    Attributes:
        layout: of the blobs.
        keys: the store's key of each blob; None where a join key is null.
        blobs: packed values.
        nothing: the blob of a key that was never seen.
        called: seconds in each aggregate that was called per window.
    """

    layout: Layout
    keys: list[bytes | None]
    blobs: list[bytes]
    nothing: bytes
    called: dict[str, float]


def pack_values(view: View, rows: HistoricalRows, moments: pa.Table) -> PackedValues:
    """Compute and pack a view's values.

    Args:
        view: with all its features.
        rows: computes from the sources.
        moments: the view's join keys and `EVENT_TIMESTAMP`; one blob for each row.
    """
    found = rows.look_up(view, moments, expire=False)
    layout = Layout(view.name, found.types)
    times = moments[EVENT_TIMESTAMP].cast(pa.int64())
    blobs = layout.pack(found.columns, found.event, found.known, times)
    texts = encode_keys([moments[key] for key in view.join_keys], moments.num_rows)
    prefix = value_prefix(view.name)
    keys = [None if t is None else prefix + t.encode() for t in texts.to_pylist()]
    nothing = {
        name: pa.chunked_array([pa.array([value], found.types[name].arrow)])
        for name, value in rows.of_nothing(view).items()
    }
    no_time = pa.chunked_array([pa.array([None], pa.int64())])
    empty = layout.pack(nothing, no_time, no_time, pa.chunked_array([pa.array([0])]))[0]
    return PackedValues(layout, keys, blobs, empty, dict(found.called))


def moment_of(microseconds: int) -> datetime:
    """The moment, aware UTC, that is so many microseconds after 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def _keys_with_history(history: History, as_of: int) -> pa.Table:
    """The distinct keys that have a row visible at a moment."""
    table = history.table
    visible = pc.and_(pc.less_equal(table[EVENT], as_of), pc.less_equal(table[KNOWN], as_of))
    for key in history.join_keys:
        visible = pc.and_kleene(visible, pc.is_valid(table[key]))
    rows = table.filter(pc.fill_null(visible, False))
    if not history.join_keys:  # everything is one key, if there is anything
        return pa.table({"": np.zeros(min(1, rows.num_rows))})
    return rows.group_by(list(history.join_keys)).aggregate([])


def _constant(moment: int, table: pa.Table) -> pa.Array:
    return (
        pa.repeat(pa.scalar(moment, pa.int64()), table.num_rows)
        .cast(pa.timestamp("us"))
        .cast(TIMESTAMP)
    )
