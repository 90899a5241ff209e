"""Computing rows from history: look up as of each row's time, then call the row functions.

The same code computes a training frame's rows, the rows of a source that an aggregate reduces, and
the values that are stored: they differ in what is given, and in nothing else. Rows come and go in
chunks, so that neither a spine nor a source has to fit in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from drivers.engines import EVENT, KNOWN, Engine
from drivers.fitted import normalised
from drivers.history.chunks import Chunks, Room, Sizes, ahead
from drivers.history.computed import Columns, Computed, Types, compute_columns
from drivers.history.partitions import PART, Partitions, part_count
from drivers.history.view import FoundValues, ValueHistory, ViewHistory
from drivers.sources import SourceReader
from drivers.statuses import expired, null_mask, stored_codes
from drivers.stored.packing import Layout
from onedag.dtypes import TIMESTAMP, ColumnType, to_series
from onedag.evaluate import call
from onedag.graph import FunctionNode, Kind
from onedag.modifiers import Latest
from onedag.planner import Cut, View, plan_view, wanted_inputs
from onedag.project import Project
from onedag.service import EVENT_TIMESTAMP

__all__ = ["Computation", "HistoricalRows", "LookedUp", "timestamped"]


class HistoricalRows:
    """Computes rows from the sources of a project. A view's source is read once in its lifetime.

    Args:
        project: whose functions and sources.
        engine: where moments meet history.
        reader: opens the sources.
        room: for what doesn't fit in memory.
        stored: instead of the sources, where to look a view's values up.

    Attributes:
        engine: the same.
        room: the same.
    """

    def __init__(
        self,
        project: Project,
        engine: Engine,
        reader: SourceReader,
        room: Room,
        stored: Callable[[View], ValueHistory] | None = None,
    ) -> None:
        self._project = project
        self.engine = engine
        self._reader = reader
        self.room = room
        self._stored = stored
        self._histories: dict[tuple[str, tuple[str, ...]], ViewHistory] = {}

    def compute(
        self,
        cut: Cut,
        given: Iterable[pa.Table],
        types: Mapping[str, ColumnType],
        wanted: Collection[str],
        fitted: Mapping[str, Any] | None = None,
    ) -> Computation:
        """Everything in ``wanted``, for each row of ``given``.

        Args:
            cut: how, from `plan`.
            given: `EVENT_TIMESTAMP` and the columns that the cut is given; gone through once for
                each view, once for fitted values that need each other, and once for the result.
            types: of the given columns.
            wanted: nodes of the cut.
            fitted: fitted values that aren't computed here but taken as they are.
        """
        found = [self.look_up(view, given) for view in cut.views]
        sizes = self.room.sizes
        return Computation(cut, given, types, found, wanted, dict(fitted or {}), sizes)

    def look_up(self, view: View, given: Iterable[pa.Table]) -> LookedUp:
        """The values of a view as of each row's time, or as of the refresh tick before it.

        Args:
            view: with the wanted features.
            given: `EVENT_TIMESTAMP` and the view's join keys. A value that is older than its
                ``max_age`` at a row's own time is null there.
        """
        history: ValueHistory = self._stored(view) if self._stored else self.history(view)
        types = history.value_types()
        Layout(view.name, types)  # refuses here what could not be stored later
        return LookedUp(view, types, history.find(given, self.engine, self.room))

    def history(self, view: View) -> ViewHistory:
        """The rows of a view's source, with the columns that its functions take."""
        names = tuple(sorted(f.name for f in view.features))
        if (view.name, names) not in self._histories:
            self._histories[view.name, names] = self._read_history(view)
        return self._histories[view.name, names]

    def forget_histories(self) -> None:
        """Make room: what was looked up is kept, and a source that is asked again is read again."""
        self._histories.clear()

    def _read_history(self, view: View) -> ViewHistory:
        sizes = self.room.sizes
        cut = plan_view(view, self._project, self._reader.columns(self._project.sources.values()))
        given = tuple(n for n in cut.given if n != EVENT_TIMESTAMP)
        read = tuple(dict.fromkeys([*view.join_keys, *given]))
        batches = self._reader.batches(view.source, read, sizes.chunk_rows)
        count = self._reader.row_count(view.source)
        rows: Iterable[pa.Table] = batches
        if cut.views or count is None:
            rows = self._kept(ahead(timestamped(batches)))
            count = rows.num_rows
        parts = Partitions(
            self.room, view.join_keys, part_count(count, view.join_keys, sizes.part_rows)
        )
        if rows is batches:  # hashing keys is half of the work, and done while others wait to read
            rows = ahead(timestamped(map(parts.marked, batches)))
        newest = [f.node for f in view.features if f.node and isinstance(f.definition, Latest)]
        values = list(dict.fromkeys([*wanted_inputs(view), *(node.name for node in newest)]))
        names = list(dict.fromkeys([*view.join_keys, *values]))
        types = Types()
        times = (EVENT,) if view.source.known_at is None else (EVENT, KNOWN)
        kept = (*names, *times)
        for computed in self.compute(cut, rows, {}, wanted_inputs(view)):
            compute_columns(newest, computed, [node.name for node in newest], sizes.piece_rows)
            columns = {n: computed.columns[n] for n in (*kept, PART) if n in computed.columns}
            types.add(computed.columns, {name: computed.types[name] for name in names})
            parts.append(pa.table(columns))
        return ViewHistory(view, parts, types.common(), values)

    def _kept(self, tables: Iterable[pa.Table]) -> Chunks:
        chunks = Chunks(self.room)
        for table in tables:
            chunks.append(table)
        return chunks


class LookedUp:
    """A view's values for rows in chunks.

    Attributes:
        types: of the values, by feature.
        called: seconds in functions that were called per window.
    """

    def __init__(self, view: View, types: Mapping[str, ColumnType], found: FoundValues) -> None:
        self.view = view
        self.types = types
        self.called = found.called
        self._found = found

    def add_to(self, rows: Computed, number: int) -> None:
        """Put the values for one chunk to its rows, with their statuses.

        Args:
            rows: with `EVENT_TIMESTAMP`.
            number: of the chunk.
        """
        found = self._found.chunk(number)
        at = rows.columns[EVENT_TIMESTAMP].cast(pa.int64()).to_numpy()
        absent = pc.is_null(found[EVENT]).to_numpy()
        event = pc.fill_null(found[EVENT], 0).to_numpy()
        for feature in self.view.features:
            column = found[feature.name]
            stale = expired(event, at, absent, feature.definition)
            if stale.any():
                column = pc.if_else(pa.array(stale), pa.scalar(None, column.type), column)
            rows.columns[feature.name] = column
            rows.statuses[feature.name] = stored_codes(null_mask(column), absent, stale)
        rows.types.update(self.types)


class Computation:
    """What `HistoricalRows.compute` gives: chunks, each computed when it is asked for.

    Attributes:
        fitted: fitted values, by function; those of all rows.
        inputs: types of what is given and looked up.
        called: seconds in functions that were called per window.
    """

    def __init__(
        self,
        cut: Cut,
        given: Iterable[pa.Table],
        types: Mapping[str, ColumnType],
        found: Sequence[LookedUp],
        wanted: Collection[str],
        fitted: dict[str, Any],
        sizes: Sizes,
    ) -> None:
        self.fitted = fitted
        self.inputs = {**types, **{n: t for one in found for n, t in one.types.items()}}
        self.called = {name: seconds for one in found for name, seconds in one.called.items()}
        self._cut = cut
        self._given = given
        self._types = types
        self._found = found
        self._wanted = wanted
        self._piece_rows = sizes.piece_rows
        while steps := _ready(cut.steps, self.fitted):
            self._fit(steps)

    def __iter__(self) -> Iterator[Computed]:
        for rows in self._chunks():
            compute_columns(self._cut.steps, rows, self._wanted, self._piece_rows)
            yield rows

    def _chunks(self) -> Iterator[Computed]:
        """The rows in hand, with all that was looked up for them."""
        for number, table in enumerate(self._given):
            columns = {name: table[name] for name in table.column_names}
            types = {n: self._types.get(n) or ColumnType(c.type) for n, c in columns.items()}
            rows = Computed(columns, types, table.num_rows, {}, self.fitted)
            for found in self._found:
                found.add_to(rows, number)
            yield rows

    def _fit(self, steps: Sequence[FunctionNode]) -> None:
        """Compute fitted values, which take their columns whole."""
        inputs = dict.fromkeys(name for step in steps for name in step.inputs)
        whole = Columns()
        for rows in self._chunks():
            compute_columns(self._cut.steps, rows, inputs, self._piece_rows)
            whole.add({n: (rows.columns[n], rows.types[n]) for n in inputs if n in rows.columns})
        series = {name: to_series(*whole.joined(name)) for name in whole.names}
        for step in steps:
            values = {**self.fitted, **{n: series[n] for n in step.inputs if n in series}}
            self.fitted[step.name] = normalised(step, call(step, values))


def timestamped(rows: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Rows of a source as rows in hand: its event time is theirs, whatever it calls so itself."""
    for table in rows:
        times = table[EVENT].cast(pa.timestamp("us")).cast(TIMESTAMP)
        if EVENT_TIMESTAMP in table.column_names:
            table = table.drop_columns([EVENT_TIMESTAMP])
        yield table.append_column(EVENT_TIMESTAMP, times)


def _ready(steps: Iterable[FunctionNode], fitted: Mapping[str, Any]) -> list[FunctionNode]:
    """The fitted values that need none which isn't there yet."""
    ready: list[FunctionNode] = []
    waiting: set[str] = set()
    for step in steps:
        unknown = step.kind is Kind.FITTED and step.name not in fitted
        needs = not waiting.isdisjoint(step.inputs)
        if unknown and not needs:
            ready.append(step)
        if unknown or needs:
            waiting.add(step.name)
    return ready
