"""Computing rows from history: look up as of each row's time, then call the row functions.

The same code computes a training frame's rows, the rows of a source that an aggregate reduces, and
the values that are stored: they differ in what is given, and in nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from drivers.engines import AT, EVENT, KNOWN, Engine, History
from drivers.fitted import normalised
from drivers.packing import Layout
from drivers.sources import SourceReader
from drivers.statuses import expired, null_codes, stored_codes
from onedag.aggregates import on_empty
from onedag.aggregates.scalar import return_type
from onedag.dtypes import TIMESTAMP, ColumnType, series_to_arrow, to_series
from onedag.durations import micros
from onedag.errors import FunctionError, SchemaMismatch
from onedag.evaluate import call, evaluate
from onedag.graph import FunctionNode, Kind
from onedag.keys import KEY_TYPES
from onedag.modifiers import Aggregate, Latest
from onedag.planner import Cut, View, plan_view, wanted_inputs
from onedag.project import Project
from onedag.service import EVENT_TIMESTAMP
from onedag.status import Codes

__all__ = ["Computed", "HistoricalRows", "LookedUp"]

CHUNK_ROWS = 65_536
"""How many rows a row function gets at once: enough to make pandas' cost a row small."""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """The values of a view for some rows.

    Attributes:
        columns: by feature, shape ``(n_rows,)``.
        types: of the columns.
        statuses: by feature.
        event: event time of each row's newest visible row, int64 microseconds; null where none.
        known: its known time.
        called: seconds in functions that were called per window.
    """

    columns: Mapping[str, pa.ChunkedArray]
    types: Mapping[str, ColumnType]
    statuses: Mapping[str, Codes]
    event: pa.ChunkedArray
    known: pa.ChunkedArray
    called: Mapping[str, float]


@dataclass(slots=True)
class Computed:
    """The rows in hand, with all that was looked up and computed for them.

    Attributes:
        columns: by node, shape ``(n_rows,)``.
        types: of the columns.
        statuses: of what was given or looked up.
        fitted: fitted values, by function.
        called: seconds in functions that were called per window.
    """

    columns: dict[str, pa.ChunkedArray]
    types: dict[str, ColumnType]
    statuses: dict[str, Codes]
    fitted: dict[str, Any] = field(default_factory=dict)
    called: dict[str, float] = field(default_factory=dict)


class HistoricalRows:
    """Computes rows from the sources of a project. Sources are read once in its lifetime.

    Args:
        project: whose functions and sources.
        engine: where moments meet history.
        reader: opens the sources.
    """

    def __init__(self, project: Project, engine: Engine, reader: SourceReader) -> None:
        self._project = project
        self._engine = engine
        self._reader = reader
        self._histories: dict[tuple[str, tuple[str, ...]], History] = {}

    def compute(
        self,
        cut: Cut,
        given: pa.Table,
        types: Mapping[str, ColumnType],
        wanted: Collection[str],
        fitted: Mapping[str, Any] | None = None,
    ) -> Computed:
        """Everything in ``wanted``, for each row of ``given``.

        Args:
            cut: how, from `plan`.
            given: `EVENT_TIMESTAMP` and the columns that the cut is given.
            types: of the given columns.
            wanted: nodes of the cut.
            fitted: fitted values that aren't computed here but taken as they are.
        """
        columns = {name: given[name] for name in given.column_names}
        statuses = {name: null_codes(column) for name, column in columns.items()}
        rows = Computed(dict(columns), dict(types), statuses, dict(fitted or {}))
        for view in cut.views:
            found = self.look_up(view, given)
            rows.columns.update(found.columns)
            rows.types.update(found.types)
            rows.statuses.update(found.statuses)
            rows.called.update(found.called)
        for index, step in enumerate(cut.steps):
            if step.kind is Kind.FITTED and step.name not in rows.fitted:
                _compute_columns(cut.steps[:index], rows, step.inputs, given.num_rows)
                rows.fitted[step.name] = _fit(step, rows)
        _compute_columns(cut.steps, rows, wanted, given.num_rows)
        return rows

    def look_up(self, view: View, given: pa.Table, *, expire: bool = True) -> LookedUp:
        """The values of a view as of each row's time, or as of the refresh tick before it.

        Args:
            view: with the wanted features.
            given: `EVENT_TIMESTAMP` and the view's join keys.
            expire: whether a value above its ``max_age`` is null. What is stored isn't expired:
                its age counts when a request reads it.
        """
        history = self.history(view)
        at = given[EVENT_TIMESTAMP].cast(pa.int64()).to_numpy()
        ticks = at if view.refresh is None else at - at % micros(view.refresh)
        _refuse_other_key_types(view, given, history)
        moments = given.select(list(view.join_keys)).append_column(AT, pa.array(ticks))
        newest = [f for f in view.features if isinstance(f.definition, Latest)]
        values = {f.name: f.node.name if f.node else f.name for f in newest}
        found = self._engine.asof(moments, history, list(values.values()))
        reduced = [f for f in view.features if isinstance(f.definition, Aggregate)]
        windows = self._engine.window(moments, history, reduced) if reduced else None
        columns: dict[str, pa.ChunkedArray] = {}
        types: dict[str, ColumnType] = {}
        statuses: dict[str, Codes] = {}
        absent = pc.is_null(found[EVENT]).to_numpy()
        event = pc.fill_null(found[EVENT], 0).to_numpy()
        for feature in view.features:
            name = feature.name
            stale = expired(event, at, absent, feature.definition) & expire
            if isinstance(feature.definition, Latest):
                column = found[values[name]]
                columns[name] = pc.if_else(pa.array(stale), pa.scalar(None, column.type), column)
                types[name] = history.types[values[name]].or_null()
            else:
                assert windows is not None
                assert feature.node is not None
                columns[name] = windows.table[name]
                types[name] = return_type(feature.node)
            statuses[name] = stored_codes(columns[name], absent, stale)
        Layout(view.name, types)  # refuses here what could not be stored later
        called = windows.called if windows else {}
        return LookedUp(columns, types, statuses, found[EVENT], found[KNOWN], called)

    def history(self, view: View) -> History:
        """The rows of a view's source, with the columns that its functions take."""
        names = tuple(sorted(f.name for f in view.features))
        if (view.name, names) not in self._histories:
            self._histories[view.name, names] = self._read_history(view)
        return self._histories[view.name, names]

    def _read_history(self, view: View) -> History:
        cut = plan_view(view, self._project, self._reader.columns(self._project.sources.values()))
        given = tuple(n for n in cut.given if n != EVENT_TIMESTAMP)
        table = self._reader.read(view.source, tuple(dict.fromkeys([*view.join_keys, *given])))
        times = table.select([EVENT, KNOWN])
        rows, types = self.source_rows(table.drop_columns([EVENT, KNOWN]), table[EVENT])
        inputs = wanted_inputs(view)
        newest = [f.node for f in view.features if f.node and isinstance(f.definition, Latest)]
        computed = self.compute(cut, rows, types, inputs)
        _compute_columns(newest, computed, [node.name for node in newest], rows.num_rows)
        names = [*inputs, *(node.name for node in newest)]
        kept = {name: computed.columns[name] for name in dict.fromkeys([*view.join_keys, *names])}
        return History(
            pa.table({**kept, EVENT: times[EVENT], KNOWN: times[KNOWN]}),
            view.join_keys,
            {name: computed.types[name] for name in names},
        )

    def source_rows(
        self, table: pa.Table, event: pa.ChunkedArray
    ) -> tuple[pa.Table, dict[str, ColumnType]]:
        """Rows of a source as the rows in hand: its columns, and its event time as theirs.

        Args:
            table: columns of canonical types.
            event: event times, int64 microseconds.
        """
        timestamps = event.cast(pa.timestamp("us")).cast(TIMESTAMP)
        if EVENT_TIMESTAMP in table.column_names:
            table = table.drop_columns([EVENT_TIMESTAMP])
        rows = table.append_column(EVENT_TIMESTAMP, timestamps)
        # What a source has may be missing in any row, so its integers and bools can be null.
        return rows, {field.name: ColumnType(field.type) for field in rows.schema}

    def of_nothing(self, view: View) -> dict[str, Any]:
        """The values of a view for a key that was never seen: null, or that of no rows."""
        history = self.history(view)
        values: dict[str, Any] = {}
        for feature in view.features:
            if isinstance(feature.definition, Aggregate):
                assert feature.node is not None
                inputs = {
                    name: to_series(history.table[name].slice(0, 0), history.types[name])
                    for name in feature.node.inputs
                }
                values[feature.name] = on_empty(feature.node, inputs)
            else:
                values[feature.name] = None
        return values


def _compute_columns(
    steps: Iterable[FunctionNode], rows: Computed, wanted: Iterable[str], length: int
) -> None:
    """Call the row functions that the wanted columns need, chunk by chunk."""
    needed = _upstream(steps, wanted, rows)
    if not needed:
        return
    made = {step.name for step in needed}
    missing = [name for name in dict.fromkeys(wanted) if name in made]
    # No rows still have dtypes, so even an empty table is one chunk.
    pieces: dict[str, list[tuple[pa.Array, ColumnType]]] = {name: [] for name in missing}
    for start in range(0, max(length, 1), CHUNK_ROWS):
        chunk = _chunk(needed, rows, start)
        evaluate(needed, chunk, min(CHUNK_ROWS, length - start))
        for name in missing:
            if isinstance(chunk[name], pd.DataFrame):
                raise FunctionError(
                    f"Function {name!r} returns a table, and a fitted value or another view takes "
                    f"it whole. Name its columns with @extract_columns, and take those."
                )
            pieces[name].append(series_to_arrow(chunk[name], f"Function {name!r}"))
    for name, chunks in pieces.items():
        rows.columns[name], rows.types[name] = _joined(name, chunks)


def _upstream(
    steps: Iterable[FunctionNode], wanted: Iterable[str], rows: Computed
) -> list[FunctionNode]:
    needed = set(wanted)
    found = []
    for step in reversed(list(steps)):
        if step.name in needed and step.name not in rows.columns and step.kind is not Kind.FITTED:
            found.append(step)
            needed.update(step.inputs)
    return found[::-1]


def _chunk(steps: Sequence[FunctionNode], rows: Computed, start: int) -> dict[str, Any]:
    inputs = {name for step in steps for name in step.inputs}
    values: dict[str, Any] = {n: rows.fitted[n] for n in inputs if n in rows.fitted}
    for name in inputs & rows.columns.keys():
        values[name] = to_series(rows.columns[name].slice(start, CHUNK_ROWS), rows.types[name])
    return values


def _joined(
    name: str, chunks: Sequence[tuple[pa.Array, ColumnType]]
) -> tuple[pa.ChunkedArray, ColumnType]:
    types = [column for _, column in chunks]
    if len(set(types)) == 1:
        return pa.chunked_array([array for array, _ in chunks]), types[0]
    schemas = [pa.schema([pa.field(name, column.arrow)]) for column in types]
    try:
        arrow = pa.unify_schemas(schemas, promote_options="permissive").field(name).type
        arrays = [array.cast(arrow) for array, _ in chunks]
    except (pa.ArrowTypeError, pa.ArrowInvalid) as error:
        raise SchemaMismatch(
            f"Function {name!r} returns {' and '.join(sorted({str(t) for t in types}))} for "
            f"different rows. Return one dtype whatever the values, for example with astype()."
        ) from error
    return pa.chunked_array(arrays), ColumnType(arrow, any(column.nullable for column in types))


def _fit(step: FunctionNode, rows: Computed) -> Any:
    values = dict(rows.fitted)
    for name in step.inputs:
        if name in rows.columns:
            values[name] = to_series(rows.columns[name], rows.types[name])
    return normalised(step, call(step, values))


def _refuse_other_key_types(view: View, given: pa.Table, history: History) -> None:
    for key in view.join_keys:
        here, there = given[key].type, history.table[key].type
        if there not in KEY_TYPES:
            raise SchemaMismatch(
                f"Join key {key!r} of source {view.source.name!r} is {there}, which identifies "
                f"nothing. Use text, integers or bools."
            )
        if here != there and not (pa.types.is_null(here) or pa.types.is_null(there)):
            raise SchemaMismatch(
                f"Join key {key!r} is {here} in the rows in hand and {there} in source "
                f"{view.source.name!r}: they would never meet. Give both one type."
            )
