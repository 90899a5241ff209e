"""Values of the nodes of a service, for logged rows: as they were served, and as computed now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from drivers.history.computed import Computed
from drivers.history.rows import HistoricalRows
from drivers.served.calling import Raised, compute_or_raise
from drivers.served.schema import EVENT_TIME, FEATURE, INPUT, STATUS, STATUSES, STORED, VIEW
from drivers.statuses import (
    expired,
    node_statuses,
    null_codes,
    null_mask,
    stored_codes,
)
from drivers.verify.dag import REQUEST, Dag
from drivers.verify.values import NO_VALUE, NodeValues, Side
from onedag.dtypes import TIMESTAMP, ColumnType, cast_exactly
from onedag.errors import SchemaMismatch
from onedag.planner import Origin, Plan, View
from onedag.service import EVENT_TIMESTAMP
from onedag.status import Codes

__all__ = ["LoggedSide", "Moments", "Now", "comparable"]

Moments: TypeAlias = npt.NDArray[np.int64]
"""Times in microseconds, shape ``(n_rows,)``."""


class LoggedSide:
    """Logged rows of one run.

    Args:
        table: the rows.
        plan: of the service today.

    Attributes:
        table: the same.
        given: what the rows carried, in today's types: a spine.
        times: of the rows.
        stored: what was looked up, by node, as far as the log has it.
        values: what was carried, looked up and served, by node.

    Raises:
        SchemaMismatch: a field that is needed isn't logged, or its values aren't of today's type.
    """

    def __init__(self, table: pa.Table, plan: Plan) -> None:
        self.table = table
        self._plan = plan
        self.times: Moments = table[EVENT_TIME].cast(pa.int64()).to_numpy()
        self.given = self._given()
        self.stored: Side = self._stored()
        self.values: dict[str, NodeValues] = {**self._carried(), **self.stored, **self._features()}

    def __len__(self) -> int:
        return len(self.times)

    def as_of(self, view: str) -> Moments | None:
        """The moments as of which a view was materialized; None where it wasn't read."""
        name = f"{VIEW}{view}.as_of"
        if name not in self.table.column_names:
            return None
        moments: Moments = self.table[name].cast(pa.int64()).to_numpy()
        return moments

    def of_view(self, view: str, what: str) -> list[str]:
        """The meaning or the snapshot of a view, for each row."""
        texts: list[str] = self.table[f"{VIEW}{view}.{what}"].cast(pa.string()).to_pylist()
        return texts

    def _given(self) -> pa.Table:
        columns = {EVENT_TIMESTAMP: self.table[EVENT_TIME]}
        for name in self._plan.serving.given:
            if name != EVENT_TIMESTAMP:
                columns[name] = self._field(name)
        return pa.table(columns)

    def _field(self, name: str) -> pa.ChunkedArray:
        field = self._plan.fields[name]
        if INPUT + name in self.table.column_names:
            return cast_exactly(self.table[INPUT + name], field.type.arrow, f"Field {name!r}")
        if field.required:
            raise SchemaMismatch(f"Field {name!r} isn't in the log.")
        return pa.chunked_array([pa.repeat(pa.scalar(field.default, field.type.arrow), len(self))])

    def _carried(self) -> dict[str, NodeValues]:
        types = {name: field.type for name, field in self._plan.fields.items()}
        types[EVENT_TIMESTAMP] = ColumnType(TIMESTAMP)
        return {
            name: NodeValues.of(self.given[name], types[name], null_codes(null_mask(column)))
            for name, column in zip(self.given.column_names, self.given.columns, strict=True)
        }

    def _stored(self) -> dict[str, NodeValues]:
        found = {}
        for view in self._plan.serving.views:
            event_name = f"{VIEW}{view.name}.event"
            if event_name not in self.table.column_names:
                continue
            times = self.table[event_name].cast(pa.int64())
            absent = null_mask(times)
            event = pc.fill_null(times, 0).to_numpy()
            for feature in view.features:
                if STORED + feature.name not in self.table.column_names:
                    continue
                column = self.table[STORED + feature.name]
                stale = expired(event, self.times, absent, feature.definition)
                codes = stored_codes(null_mask(column), absent, stale)
                found[feature.name] = NodeValues.of(column, ColumnType(column.type), codes)
        return found

    def _features(self) -> dict[str, NodeValues]:
        found = {}
        for field in self.table.schema:
            name = field.name.removeprefix(FEATURE)
            if field.name.startswith(FEATURE) and name in self._plan.serving.origins:
                statuses = self.table[STATUS + name].cast(pa.string())
                codes = pc.index_in(statuses, STATUSES).cast(pa.int8()).to_numpy()
                found[name] = NodeValues.of(
                    self.table[field.name], ColumnType.of_field(field), codes
                )
        return found


class Now:
    """What today's code makes of the rows.

    Args:
        plan: of the service.
        dag: of the same.
        rows: history.
        logged: the rows.
    """

    def __init__(self, plan: Plan, dag: Dag, rows: HistoricalRows, logged: LoggedSide) -> None:
        self._plan = plan
        self._dag = dag
        self._rows = rows
        self._logged = logged
        columns = [n.name for n in dag.nodes.values() if n.origin is not Origin.FITTED]
        self._nodes = [name for name in columns if name != REQUEST]
        self._looked_up = self._computed({})
        for view in plan.serving.views:
            rows.look_up(view, [logged.given]).add_to(self._looked_up, 0)

    def __len__(self) -> int:
        return len(self._logged)

    def of_history(self, fitted: Mapping[str, Any], nodes: Collection[str]) -> Side:
        """All that follows from what history says as of the rows' times.

        Args:
            fitted: fitted values.
            nodes: those that can be computed with them.
        """
        found, computed = self._looked_up, self._computed(fitted)
        computed.columns |= found.columns
        computed.types |= found.types
        computed.statuses |= found.statuses
        return self._side(computed, nodes)

    def of_stored(self, view: View, as_of: Moments) -> Side:
        """What history says of a view as of other times, as the rows would see it."""
        computed = self._computed({})
        moments = pa.array(as_of).cast(pa.timestamp("us")).cast(TIMESTAMP)
        place = self._logged.given.column_names.index(EVENT_TIMESTAMP)
        asked = self._logged.given.set_column(place, EVENT_TIMESTAMP, moments)
        # Whether a value is too old is measured at the row's own time, which `computed` has.
        self._rows.look_up(view, [asked]).add_to(computed, 0)
        return {f.name: _values(computed, f.name) for f in view.features}

    def of_logged(self, fitted: Mapping[str, Any], nodes: Collection[str]) -> Side:
        """All that follows from what was looked up when the rows were served.

        In place of a stored value that the log doesn't have stands that of history.

        Args:
            fitted: fitted values.
            nodes: those that can be computed with them.
        """
        computed = self._computed(fitted)
        for name, codes in self._looked_up.statuses.items():
            typed = self._looked_up.types[name]
            column = self._logged_column(name, typed)
            if column is None:
                column = self._looked_up.columns[name]
            else:
                codes = self._logged.stored[name].codes
            if column.null_count:  # of a store that was down
                typed = typed.or_null()
            computed.columns[name], computed.types[name] = column, typed
            computed.statuses[name] = codes
        return self._side(computed, nodes)

    def _logged_column(self, name: str, typed: ColumnType) -> pa.ChunkedArray | None:
        """A stored value in today's type, as functions see it; None where the log lacks it."""
        if name not in self._logged.stored:
            return None
        column = pa.chunked_array([self._logged.stored[name].column])
        try:
            return cast_exactly(column, typed.arrow, f"Stored value {name!r}")
        except SchemaMismatch:
            return None

    def _computed(self, fitted: Mapping[str, Any]) -> Computed:
        given = self._logged.given
        columns = {name: given[name] for name in given.column_names}
        types = {name: field.type for name, field in self._plan.fields.items() if name in columns}
        types[EVENT_TIMESTAMP] = ColumnType(TIMESTAMP)
        return Computed(columns, types, given.num_rows, {}, dict(fitted))

    def _side(self, computed: Computed, nodes: Collection[str]) -> Side:
        wanted = [name for name in self._nodes if name in nodes]
        pieces = self._rows.room.sizes.piece_rows
        raised = compute_or_raise(self._plan.serving.steps, computed, wanted, pieces)
        own: dict[str, Codes] = {
            name: null_codes(null_mask(computed.columns[name]))
            for name in (*self._dag.carried(), *self._plan.service.features)
            if name in computed.columns
        }
        codes = node_statuses(self._plan, own | computed.statuses, computed.length)
        side = {
            name: NodeValues.of(computed.columns[name], computed.types[name], codes[name])
            for name in wanted
        }
        return side | {name: _without(side[name], found) for name, found in raised.items()}


def _without(values: NodeValues, raised: Raised) -> NodeValues:
    codes = np.where(raised.rows, np.int8(NO_VALUE), values.codes)
    return replace(values, codes=codes, message=raised.message)


def _values(computed: Computed, name: str) -> NodeValues:
    return NodeValues.of(computed.columns[name], computed.types[name], computed.statuses[name])


def comparable(side: Side, logged: Side) -> dict[str, NodeValues]:
    """The values in the types that were logged, where that changes none.

    A few rows may show a narrower type than the run's: a column without nulls, say.
    """
    return {n: _like(v, logged[n]) if n in logged else v for n, v in side.items()}


def _like(values: NodeValues, logged: NodeValues) -> NodeValues:
    column = values.column
    if column.type != logged.column.type:
        try:
            cast = cast_exactly(pa.chunked_array([column]), logged.column.type, "A node")
        except SchemaMismatch:
            return values
        column = cast.combine_chunks()
    return replace(values, column=column, dtype=logged.dtype)
