"""Looking stored features up among backfilled values, instead of computing them from sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from drivers.engines import AT, EVENT, KNOWN, Engine
from drivers.history.chunks import Chunks, Room
from drivers.history.partitions import Partitions, part_count
from drivers.history.view import FoundValues, ViewHistory
from drivers.stored.packing import types_of
from drivers.stored.times import moment_of
from onedag.dtypes import ColumnType
from onedag.durations import micros
from onedag.errors import SpineError
from onedag.modifiers import Latest
from onedag.planner import StoredFeature, View
from onedag.service import EVENT_TIMESTAMP
from onedag.source import Source

__all__ = ["StoredFound", "StoredHistory"]

_STORED_EVENT = "__stored_event_us"
_STORED_KNOWN = "__stored_known_us"


class StoredHistory:
    """Values looked up among those that were stored at many moments, instead of computed.

    Args:
        view: with the wanted features.
        moments: microseconds, with their files.
        nothing: the values of a key that was never seen, in one row.
        room: for what doesn't fit in memory.
    """

    def __init__(
        self, view: View, moments: Mapping[int, Path], nothing: pa.Table, room: Room
    ) -> None:
        self.view = view
        self.nothing = nothing
        self._types = types_of(nothing.schema)
        self._moments = moments
        self._room = room

    def value_types(self) -> dict[str, ColumnType]:
        """The types of the view's values."""
        return {feature.name: self._types[feature.name] for feature in self.view.features}

    def find(self, rows: Iterable[pa.Table], engine: Engine, room: Room) -> StoredFound:
        """As `ViewHistory.find`.

        Raises:
            SpineError: a row whose value at its time wasn't backfilled.
        """
        asked = Chunks(room)
        for table in rows:
            asked.append(self._at_moments(table))
        used = {moment for table in asked for moment in np.unique(table[AT].to_numpy()).tolist()}
        history = self._history(sorted(used))
        pseudo = (t.rename_columns([*self.view.join_keys, EVENT_TIMESTAMP]) for t in asked)
        return StoredFound(self, history.find(pseudo, engine, room), asked)

    def _at_moments(self, rows: pa.Table) -> pa.Table:
        at = rows[EVENT_TIMESTAMP].cast(pa.int64()).to_numpy()
        if self.view.refresh is not None:
            at = at - at % micros(self.view.refresh)
        known = np.array(sorted(self._moments), np.int64)
        lacking = ~np.isin(at, known)
        if lacking.any():
            moment = moment_of(int(at[lacking][0]))
            raise SpineError(
                f"{int(lacking.sum())} rows need the values of view {self.view.name!r} at moments "
                f"that weren't backfilled, the first at {moment:%Y-%m-%d %H:%M:%S.%f} UTC. There "
                f"are {len(known)} moments from {moment_of(int(known[0])):%Y-%m-%d %H:%M:%S} to "
                f"{moment_of(int(known[-1])):%Y-%m-%d %H:%M:%S}. Backfill those too, give the "
                f"features a refresh=, or build the frame from the sources."
            )
        return rows.select(list(self.view.join_keys)).append_column(AT, pa.array(at))

    def _history(self, moments: Sequence[int]) -> ViewHistory:
        """The stored values as rows that happened when they were stored."""
        join_keys, names = self.view.join_keys, [f.name for f in self.view.features]
        schema = pq.read_schema(next(iter(self._moments.values())))
        types = {key: ColumnType(schema.field(key).type) for key in join_keys}
        types |= {name: self._types[name] for name in names}
        types |= dict.fromkeys((_STORED_EVENT, _STORED_KNOWN), ColumnType(pa.int64()))
        files = {moment: self._moments[moment] for moment in moments}
        count = sum(pq.read_metadata(path).num_rows for path in files.values())
        sizes = self._room.sizes
        parts = Partitions(self._room, join_keys, part_count(count, join_keys, sizes.part_rows))
        for moment, path in files.items():
            with pq.ParquetFile(path, pre_buffer=False) as file:
                for batch in file.iter_batches(sizes.chunk_rows):
                    parts.append(_as_rows(pa.Table.from_batches([batch]), moment))
        source = Source(self.view.source.name, pa.table({}), EVENT)
        values = [*names, _STORED_EVENT, _STORED_KNOWN]
        newest = Latest(source, self.view.entity)
        features = tuple(StoredFeature(name, newest, None) for name in values)
        view = View(self.view.name, source, self.view.entity, None, features)
        return ViewHistory(view, parts, types, values)


class StoredFound:
    """As `drivers.history.view.Found`, of values that were stored.

    Attributes:
        called: no function is called.
    """

    def __init__(self, history: StoredHistory, found: FoundValues, asked: Chunks) -> None:
        self.called: dict[str, float] = {}
        self._history = history
        self._found = found
        self._asked = asked

    def chunk(self, number: int) -> pa.Table:
        """`EVENT`, `KNOWN` and the features for the rows of one chunk, in their order."""
        table = self._found.chunk(number)
        # A key that was taken back since has a value of an earlier moment, and none of this one.
        there = pc.fill_null(pc.equal(table[EVENT], self._asked[number][AT]), False)
        columns = {
            EVENT: pc.if_else(there, table[_STORED_EVENT], None),
            KNOWN: pc.if_else(there, table[_STORED_KNOWN], None),
        }
        for feature in self._history.view.features:
            column = table[feature.name]
            absent = self._history.nothing[feature.name][0]
            columns[feature.name] = pc.if_else(there, column, absent)
        return pa.table(columns)


def _as_rows(values: pa.Table, moment: int) -> pa.Table:
    names = {EVENT: _STORED_EVENT, KNOWN: _STORED_KNOWN}
    renamed = values.rename_columns([names.get(name, name) for name in values.column_names])
    at = pa.array(np.full(values.num_rows, moment))
    return renamed.append_column(EVENT, at).append_column(KNOWN, at)
