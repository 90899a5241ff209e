"""The history of one view, split by key, and values looked up in it.

    rows in hand, in chunks     0 1 2 3 | 4 5 6 7
    split by key                part 0: 0 3 4 | part 1: 1 2 5 6 7
    joined part by part, with the part of history that holds the same keys
    back in their places        0 1 2 3 | 4 5 6 7

So an engine has one part of history in hand at a time, however long history is.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from drivers.engines import AT, EVENT, KNOWN, Engine, History
from drivers.history.chunks import Chunks, Room
from drivers.history.computed import cast
from drivers.history.partitions import Partitions
from onedag.aggregates import on_empty
from onedag.aggregates.scalar import return_type
from onedag.dtypes import ColumnType, to_series
from onedag.durations import micros
from onedag.errors import SchemaMismatch
from onedag.keys import KEY_TYPES
from onedag.modifiers import Aggregate, Latest
from onedag.planner import View
from onedag.service import EVENT_TIMESTAMP

__all__ = ["Found", "FoundValues", "ValueHistory", "ViewHistory"]

_THREADS = min(4, os.cpu_count() or 1)
NEVER = -(2**63)  # before all times
_ROW = "__row"  # where a moment stands in its chunk


class ViewHistory:
    """The rows of a view's source with what its functions take, split by the view's key.

    Args:
        view: with the wanted features.
        parts: the join keys, the value columns, `EVENT`, and `KNOWN` where the source has a column
            of it. Else a row is known its source's delay after its event.
        types: of the join keys and the value columns. A piece may have a narrower one.
        values: names of the value columns; a join key may be among them.
    """

    def __init__(
        self,
        view: View,
        parts: Partitions,
        types: Mapping[str, ColumnType],
        values: Sequence[str],
    ) -> None:
        self.view = view
        self.types = types
        self._values = {name: types[name] for name in values}
        self.rows = parts.num_rows
        self.count = parts.count
        self._parts = parts
        for key in view.join_keys:
            if types[key].arrow not in KEY_TYPES:
                raise SchemaMismatch(
                    f"Join key {key!r} of source {view.source.name!r} is {types[key]}, which "
                    f"identifies nothing. Use text, integers or bools."
                )

    def part(self, number: int, until: int) -> History:
        """One part, as an engine takes it, without what nobody can see.

        Args:
            number: of the part.
            until: the last moment that is asked for, microseconds. A row that is known later, or
                never, would make an engine look for rows that may be known late in every window.
        """
        pieces = [self._typed(piece) for _, piece in self._parts.pieces(number)]
        table = self._with_known(pa.concat_tables(pieces or [self._nothing()]))
        seen = pc.and_(pc.less_equal(table[EVENT], until), pc.less_equal(table[KNOWN], until))
        seen = pc.fill_null(seen, False)
        if not pc.all(seen, min_count=0).as_py():
            table = table.filter(seen)
        return History(table, self.view.join_keys, self._values)

    def of_nothing(self) -> dict[str, Any]:
        """The values of a key that was never seen: null, or that of no rows."""
        table = self._nothing()
        values: dict[str, Any] = {}
        for feature in self.view.features:
            values[feature.name] = None
            if isinstance(feature.definition, Aggregate):
                assert feature.node is not None
                inputs = {n: to_series(table[n], self.types[n]) for n in feature.node.inputs}
                values[feature.name] = on_empty(feature.node, inputs)
        return values

    def value_types(self) -> dict[str, ColumnType]:
        """The types of the view's values."""
        return {
            feature.name: return_type(feature.node)
            if feature.node and isinstance(feature.definition, Aggregate)
            else self.types[feature.node.name if feature.node else feature.name].or_null()
            for feature in self.view.features
        }

    def refuse_other_keys(self, types: Mapping[str, pa.DataType]) -> None:
        """Raise `SchemaMismatch` where rows with keys of these types would never meet history."""
        for key in self.view.join_keys:
            here, there = types[key], self.types[key].arrow
            if here != there and not (pa.types.is_null(here) or pa.types.is_null(there)):
                raise SchemaMismatch(
                    f"Join key {key!r} is {here} in the rows in hand and {there} in source "
                    f"{self.view.source.name!r}: they would never meet. Give both one type."
                )

    def find(self, rows: Iterable[pa.Table], engine: Engine, room: Room) -> Found:
        """The values of the view for rows in hand, as of their times or the ticks before them.

        Args:
            rows: tables with the join keys and `EVENT_TIMESTAMP`.
            engine: that joins.
            room: for what doesn't fit in memory.
        """
        moments = Partitions(room, self.view.join_keys, self.count)
        lengths, until = [], NEVER
        for table in rows:
            asked = self._moments(table)
            until = max(until, int(asked[AT].to_numpy().max(initial=NEVER)))
            moments.append(asked)
            lengths.append(table.num_rows)
        found = Found(self.value_types(), self.count, lengths, room)
        if self.count == 1:
            found.join(self, 0, moments, until, engine)
            return found
        with ThreadPoolExecutor(_THREADS) as pool:
            joins = [
                pool.submit(found.join, self, part, moments, until, engine)
                for part in range(self.count)
            ]
            try:
                for join in joins:
                    join.result()
            finally:  # where one part failed, those that haven't begun needn't
                pool.shutdown(wait=False, cancel_futures=True)
        return found

    def values(self, engine: Engine, history: History, moments: pa.Table) -> Values:
        """The values for moments whose keys' history is this one.

        Args:
            engine: that joins.
            history: a part.
            moments: the join keys and `AT`.
        """
        features = self.view.features
        newest = [f for f in features if isinstance(f.definition, Latest)]
        names = [f.node.name if f.node else f.name for f in newest]
        rows = engine.asof(moments, history, list(dict.fromkeys(names)))
        columns = {EVENT: rows[EVENT], KNOWN: rows[KNOWN]}
        columns |= {f.name: rows[name] for f, name in zip(newest, names, strict=True)}
        called: Mapping[str, float] = {}
        if reduced := [f for f in features if isinstance(f.definition, Aggregate)]:
            windows = engine.window(moments, history, reduced)
            columns |= {f.name: windows.table[f.name] for f in reduced}
            called = windows.called
        ordered = [EVENT, KNOWN, *(f.name for f in features)]
        return Values(pa.table({name: columns[name] for name in ordered}), called)

    def _moments(self, rows: pa.Table) -> pa.Table:
        self.refuse_other_keys({key: rows[key].type for key in self.view.join_keys})
        at = rows[EVENT_TIMESTAMP].cast(pa.int64()).to_numpy()
        if self.view.refresh is not None:
            at = at - at % micros(self.view.refresh)
        columns = {key: rows[key] for key in self.view.join_keys} | {AT: pa.array(at)}
        if self.count > 1:
            columns[_ROW] = pa.array(np.arange(rows.num_rows, dtype=np.int32))
        return pa.table(columns)

    def _typed(self, piece: pa.Table) -> pa.Table:
        fields = [
            column.field(name) if (column := self.types.get(name)) else piece.schema.field(name)
            for name in piece.column_names
        ]
        columns = [cast(piece[field.name], field.type, field.name) for field in fields]
        return pa.table(columns, names=piece.column_names)

    def _with_known(self, table: pa.Table) -> pa.Table:
        if KNOWN in table.column_names:
            return table
        delay = self.view.source.delay
        event = table[EVENT]
        return table.append_column(KNOWN, pc.add(event, micros(delay)) if delay else event)

    def _nothing(self) -> pa.Table:
        times = [pa.field(EVENT, pa.int64()), pa.field(KNOWN, pa.int64())]
        fields = [pa.field(name, column.arrow) for name, column in self.types.items()]
        return pa.schema([*fields, *times]).empty_table()


class FoundValues(Protocol):
    """A view's values for rows in chunks.

    Attributes:
        called: seconds in each function that was called per window.
    """

    called: dict[str, float]

    def chunk(self, number: int) -> pa.Table:
        """`EVENT`, `KNOWN` and the features for the rows of one chunk, in their order."""


class ValueHistory(Protocol):
    """Where a view's values are looked up."""

    def value_types(self) -> dict[str, ColumnType]:
        """The types of the view's values."""

    def find(self, rows: Iterable[pa.Table], engine: Engine, room: Room) -> FoundValues:
        """The values of the view for rows in hand, as of their times or the ticks before them."""


@dataclass(frozen=True, slots=True)
class Values:
    """A view's values for some moments.

    Attributes:
        table: `EVENT` and `KNOWN` of each moment's newest visible row, null where there is none,
            and the features; shape ``(n_moments,)``.
        called: seconds in each function that was called per window.
    """

    table: pa.Table
    called: Mapping[str, float]


class Found:
    """A view's values for rows in chunks.

    Attributes:
        called: seconds in each function that was called per window.
    """

    def __init__(
        self, types: Mapping[str, ColumnType], parts: int, lengths: Sequence[int], room: Room
    ) -> None:
        self.called: dict[str, float] = {}
        self._lock = threading.Lock()
        self._types = types
        self._parts = parts
        self._lengths = lengths
        self._values = Chunks(room)
        self._group_rows = 2 * room.sizes.chunk_rows
        self._pieces: list[list[int]] = [[] for _ in lengths]

    def join(
        self, history: ViewHistory, number: int, moments: Partitions, until: int, engine: Engine
    ) -> None:
        """Look up one part's moments, none of them after ``until``, so many at a time."""
        part = history.part(number, until)
        for group in _groups(moments.pieces(number), self._group_rows):
            together = pa.concat_tables([piece for _, piece in group])
            asked = together.drop_columns([_ROW]) if self._parts > 1 else together
            values = history.values(engine, part, asked)
            with self._lock:
                for name, seconds in values.called.items():
                    self.called[name] = self.called.get(name, 0.0) + seconds
            table = values.table
            if self._parts > 1:
                table = table.append_column(_ROW, together[_ROW])
            ends = np.cumsum([piece.num_rows for _, piece in group]).tolist()
            starts = [0, *ends[:-1]]
            slices = [table.slice(a, b - a) for a, b in zip(starts, ends, strict=True)]
            for (chunk, _), place in zip(group, self._values.extend(slices), strict=True):
                self._pieces[chunk].append(place)

    def chunk(self, number: int) -> pa.Table:
        """`EVENT`, `KNOWN` and the features for the rows of one chunk, in their order."""
        pieces = [self._values[place] for place in self._pieces[number]]
        if self._parts == 1 and pieces:
            return pieces[0]
        if not pieces:  # a chunk of no rows has none in any part
            fields = [pa.field(name, column.arrow) for name, column in self._types.items()]
            times = [pa.field(EVENT, pa.int64()), pa.field(KNOWN, pa.int64())]
            return pa.schema([*times, *fields]).empty_table()
        table = pa.concat_tables(pieces).combine_chunks()
        places = np.empty(self._lengths[number], np.int64)
        places[table[_ROW].to_numpy()] = np.arange(table.num_rows)
        return table.drop_columns([_ROW]).take(pa.array(places))


def _groups(
    pieces: Iterator[tuple[int, pa.Table]], rows: int
) -> Iterator[list[tuple[int, pa.Table]]]:
    """Pieces in groups of at least so many rows, the last one of what is left."""
    group: list[tuple[int, pa.Table]] = []
    for piece in pieces:
        group.append(piece)
        if sum(table.num_rows for _, table in group) >= rows:
            yield group
            group = []
    if group:
        yield group
