"""Rows as requests: answered by the online driver, and looked into where an answer differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa

from drivers.online import OnlineDriver
from drivers.serving.compiled import CompiledService
from drivers.serving.program import Column
from drivers.serving.reading import Reading
from drivers.serving.rows import RequestRows
from drivers.serving.vectors import FeatureVectors
from drivers.statuses import node_statuses, null_codes, null_mask
from drivers.stored.records import ViewRecord
from drivers.stores import Store
from drivers.verify.dag import REQUEST, Dag
from drivers.verify.tags import TAG, TaggedReader
from drivers.verify.values import NodeValues, Side
from onedag.clock import SystemClock
from onedag.dtypes import TIMESTAMP, ColumnType, series_to_arrow
from onedag.durations import micros
from onedag.errors import FunctionError, RequestError, SchemaMismatch
from onedag.nodes import shown_type
from onedag.numpy_series import NumpySeries, to_arrow
from onedag.project import Project
from onedag.service import EVENT_TIMESTAMP, FeatureService

__all__ = ["Replays", "Row"]

Row: TypeAlias = Mapping[str, Any]


class Replays(OnlineDriver):
    """The online driver, on a store that may hold a value of its own for each row.

    Args:
        project: its functions and services.
        service: that is asked.
        store: with its published run, and its views.
        records: of the views whose keys end in tags (`drivers.verify.tags`); None where they don't.
    """

    def __init__(
        self,
        project: Project,
        service: FeatureService,
        store: Store,
        records: Mapping[str, ViewRecord] | None = None,
    ) -> None:
        super().__init__(project, store=store)
        self._service = service
        self._records = records

    def load(self, service: str | FeatureService) -> CompiledService:
        """As `OnlineDriver.load`, with readers of tagged keys."""
        compiled = super().load(service)
        if self._records is not None:
            readers = tuple(
                TaggedReader(reader.view, self._records[reader.view.name])
                for reader in compiled.readers
            )
            compiled = replace(compiled, readers=readers)
            self._compiled[compiled.name] = compiled
        return compiled

    def answer(self, rows: Sequence[Row], tags: Sequence[bytes]) -> FeatureVectors:
        """One request.

        Args:
            rows: dicts with the request's fields and `EVENT_TIMESTAMP`.
            tags: of the rows.

        Raises:
            RequestError: the service's request refuses a row.
            FunctionError: a feature function raised.
            SchemaMismatch: a feature isn't what the published run says.
        """
        return self._vectors(self._tagged(rows, tags))

    def nodes(self, rows: Sequence[Row], tags: Sequence[bytes], dag: Dag) -> Side:
        """The same request once more, and the value of every node that it comes by.

        Where a function raises or the request is refused, what was there until then, and the
        message in place of the value.
        """
        try:
            request = self._tagged(rows, tags)
        except RequestError as error:
            fields = (str(detail["field"]) for detail in error.details)
            field = next((name for name in fields if name in dag.nodes), REQUEST)
            return {field: NodeValues.raised(error, len(rows))}
        reading = _Tracing(self.service(self._service), request, SystemClock())
        return reading.nodes(self._store.read(reading.keys), dag)

    def _tagged(self, rows: Sequence[Row], tags: Sequence[bytes]) -> RequestRows:
        request = self.request(self._service, rows)
        return replace(request, columns={**request.columns, TAG: list(tags)})


class _Tracing(Reading):
    """A reading that shows every node, not the features alone."""

    def nodes(self, blobs: Sequence[bytes | None], dag: Dag) -> Side:
        compiled = self._compiled
        views = self._views(blobs[len(compiled.state[0]) :])
        slots = self._slots(views)
        names = [name for name, _ in compiled.given]
        names += [feature.name for reader in compiled.readers for feature in reader.view.features]
        columns: dict[str, Column] = dict(zip(names, slots, strict=True))
        computed, raised = self._computed(slots)
        arrays = {n: a for n, c in (columns | computed).items() if (a := _in_arrow(c)) is not None}
        codes = self._given_codes(slots) | self._stored_codes(views)
        for name in compiled.plan.service.features:
            if name in arrays:
                codes.setdefault(name, null_codes(null_mask(arrays[name][0])))
        length = self._rows.length
        known = node_statuses(compiled.plan, codes, length)
        found = {name: NodeValues.of(*typed, known[name]) for name, typed in arrays.items()}
        found |= {name: self._carried(name) for name in dag.carried() if name not in found}
        return found | self._fitted(length) | raised

    def _computed(
        self, slots: Sequence[NumpySeries]
    ) -> tuple[dict[str, Column], dict[str, NodeValues]]:
        """The columns of all steps; of those before the first that raises, and what that said."""
        compiled, length = self._compiled, self._rows.length
        names = [step.name for step in compiled.plan.serving.steps]
        try:
            made = compiled.program.first(len(names)).run(slots, length)
            return dict(zip(names, made, strict=True)), {}
        except (FunctionError, SchemaMismatch):
            pass
        made = []
        for count in range(1, len(names) + 1):
            try:
                made = compiled.program.first(count).run(slots, length)
            except (FunctionError, SchemaMismatch) as error:
                raised = {names[count - 1]: NodeValues.raised(error, length)}
                return dict(zip(names, made, strict=False)), raised
        return dict(zip(names, made, strict=True)), {}

    def _carried(self, name: str) -> NodeValues:
        """A field that no function takes, such as a join key, or the row's time."""
        if name == EVENT_TIMESTAMP:
            type_ = ColumnType(TIMESTAMP)
            values = [time and micros(time) for time in self._rows.times]
            column = pa.array(values, pa.int64()).cast(pa.timestamp("us")).cast(TIMESTAMP)
        else:
            type_ = self._compiled.plan.fields[name].type
            column = pa.array(self._rows.columns[name], type_.arrow)
        return NodeValues.of(column, type_, null_codes(null_mask(column)))

    def _fitted(self, length: int) -> dict[str, NodeValues]:
        compiled = self._compiled
        return {
            node.name: NodeValues.fixed(
                compiled.run.fitted[node.name], shown_type(node.returns), length
            )
            for node in compiled.plan.fitted
        }


def _in_arrow(column: Column) -> tuple[pa.Array, ColumnType] | None:
    if isinstance(column, pd.DataFrame):
        return None
    return to_arrow(column) if isinstance(column, NumpySeries) else series_to_arrow(column, "")
