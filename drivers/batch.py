"""`BatchDriver`: training frames and stored values, from history."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any

import pyarrow as pa

from drivers.engines import Engine
from drivers.engines.local import LocalEngine
from drivers.fitted import normalised, to_json
from drivers.frames import TrainingFrame
from drivers.materialize import MaterializationReport, store_view
from drivers.opening import store_of
from drivers.records import RunRecord, ViewRecord, current_key, run_key, view_key
from drivers.request import refuse_changed_values
from drivers.rows import HistoricalRows
from drivers.sources import SourceReader
from drivers.spine import SpineData, read_spine
from drivers.statuses import null_codes
from drivers.stores import Store
from onedag.clock import Clock, SystemClock
from onedag.dtypes import ColumnType
from onedag.durations import micros, to_utc
from onedag.errors import MissingInput, SchemaMismatch, SpineError, StoreError, UnknownName
from onedag.planner import Plan, View, declared_views, merge_views, plan
from onedag.project import Project
from onedag.service import EVENT_TIMESTAMP, FeatureService
from onedag.source import Source

__all__ = ["BatchDriver", "run_record"]


class BatchDriver:
    """Builds training frames, publishes runs, and stores values, all from the sources.

    Args:
        project: its functions, sources, services and store.
        engine: where history is joined; in this process by default.
        store: instead of the project's.
        clock: what time it is, for run ids and as the default of ``as_of``.
    """

    def __init__(
        self,
        project: Project,
        *,
        engine: Engine | None = None,
        store: Store | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.project = project
        self._engine = engine or LocalEngine()
        self._store = store or store_of(project)
        self._clock = clock or SystemClock()
        self._reader = SourceReader(project.root)

    def plan(self, service: str | FeatureService) -> Plan:
        """Plan a service with the columns that the sources have (`onedag.plan`)."""
        return plan(self.project.service(service), self.project, self.columns())

    def columns(self) -> dict[str, tuple[str, ...]]:
        """The column names of each source, by the source's name. Files are opened, not read."""
        return self._reader.columns(self.project.sources.values())

    def source_rows(self, source: Source, columns: Sequence[str]) -> pa.Table:
        """Some columns of a source with their times (`drivers.sources.SourceReader.read`)."""
        return self._reader.read(source, tuple(dict.fromkeys(columns)))

    def training_frame(
        self,
        spine: SpineData,
        service: str | FeatureService,
        keep: Sequence[str] = (),
        fitted: Mapping[str, Any] | None = None,
    ) -> TrainingFrame:
        """The features of each row of a spine, as a request at the row's time would get them.

        Args:
            spine: a DataFrame, an Arrow table, or a Parquet or CSV path relative to the project,
                with `event_timestamp`, the join keys and the fields that the plan reads. Repeated
                rows and any order are fine.
            service: its name or itself.
            keep: columns of the spine to carry in front, such as the label.
            fitted: the service's fitted values, all of them, instead of those of these rows: with
                ``fitted=training.fitted`` the rows of a test period get their features as requests
                to the published training run would.

        Returns:
            Exactly the spine's rows, in its order, under its index.

        Raises:
            SpineError: the spine lacks a column, or holds a value of another type.
            SourceError: a source can't be read.
            PlanError: the service can't be planned.
            FunctionError: a feature function raised, or changed the rows; or a value in
                ``fitted`` isn't of its annotated type.
            UnknownName: ``fitted`` names what isn't a fitted value of the service.
            MissingInput: ``fitted`` lacks one.
        """
        planned = self.plan(service)
        given_fitted = None if fitted is None else _checked_fitted(planned, fitted)
        names = [n for n in planned.training.given if n != EVENT_TIMESTAMP]
        read = read_spine(spine, (planned.fields[n] for n in names), keep, self.project.root)
        refuse_changed_values(planned.service, read.given)
        features = planned.service.features
        if clash := sorted(set(keep) & set(features)):
            raise SpineError(f"keep= names {', '.join(clash)}, which the frame has as features.")
        computed = self.historical_rows().compute(
            planned.training, read.given, read.types, features, given_fitted
        )
        for name in features:
            _refuse_unservable(name, computed.types[name])
        kept = [(read.kept.schema.field(n), read.kept[n]) for n in keep]
        made = [(computed.types[n].field(n), computed.columns[n]) for n in features]
        fields, arrays = zip(*kept, *made, strict=True)
        now = self._clock.now()
        codes = dict(computed.statuses)
        codes |= {
            name: null_codes(computed.columns[name]) for name in features if name not in codes
        }
        return TrainingFrame(
            plan=planned,
            run_id=f"{planned.service.name}-{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}",
            created_at=now,
            table=pa.table(list(arrays), schema=pa.schema(fields)),
            features=features,
            fitted=dict(computed.fitted),
            inputs=pa.schema([computed.types[name].field(name) for name in computed.statuses]),
            called_per_window=computed.called,
            _index=read.index,
            _codes=codes,
        )

    def publish(self, frame: TrainingFrame) -> RunRecord:
        """Make a frame's run the one that is served: its fitted values, dtypes and column order.

        Readers see the whole run at once. Earlier runs stay in the store under their ids.

        Raises:
            StoreError: a run was published at a later time, by this clock, and stands.
        """
        record = run_record(frame)
        with self._store.write() as writer:
            keys = [run_key(record.run_id), current_key(record.service)]
            blobs = [record.to_bytes(), record.run_id.encode()]
            writer.put(keys, blobs, micros(self._clock.now()))
        current = self._store.read([current_key(record.service)])[0]
        if current != record.run_id.encode():
            raise StoreError(
                f"Run {record.run_id} isn't the one that is served: the store has "
                f"{current and current.decode()!r}, published later than this clock's "
                f"{self._clock.now():%Y-%m-%d %H:%M:%S} UTC. Set the clock right and publish again."
            )
        return record

    def historical_rows(self) -> HistoricalRows:
        """A fresh computation over the sources, which are read once in its lifetime."""
        return HistoricalRows(self.project, self._engine, self._reader)

    def views(self) -> dict[str, View]:
        """The views of the project: declared features, and the columns that services look up."""
        planned = [self.plan(service) for service in self.project.services.values()]
        looked_up = [view for p in planned for view in p.training.views]
        return merge_views([*declared_views(self.project.graph).values(), *looked_up])

    def materialize(
        self, as_of: datetime | None = None, views: Iterable[str] | None = None
    ) -> MaterializationReport:
        """Store every view's values as of a time: what a training row at that time would get.

        The whole materialization becomes visible at once. A value that the store has of a later
        time stays; one of the same time is replaced.

        Args:
            as_of: naive is UTC; the clock's present by default.
            views: names of some views; all by default.

        Raises:
            UnknownName: no such view.
            StoreError: the store can't be written.
        """
        moment = to_utc(as_of) if as_of is not None else self._clock.now()
        available = self.views()
        chosen = list(available) if views is None else list(views)
        for name in chosen:
            if name not in available:
                raise UnknownName.among("view", name, available)
        rows = self.historical_rows()
        blobs = self._store.read([view_key(name) for name in chosen])
        stored = [None if blob is None else ViewRecord.from_bytes(blob) for blob in blobs]
        with self._store.write() as writer:
            reports = [
                store_view(available[name], rows, micros(moment), record, writer)
                for name, record in zip(chosen, stored, strict=True)
            ]
        return MaterializationReport(moment, tuple(reports))

    def close(self) -> None:
        """Give up the engine and the store."""
        self._engine.close()
        self._store.close()

    def __enter__(self) -> BatchDriver:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def run_record(frame: TrainingFrame) -> RunRecord:
    """What `BatchDriver.publish` puts in the store of a frame's run."""
    return RunRecord(
        frame.run_id,
        frame.service,
        frame.created_at,
        len(frame),
        frame.schema,
        frame.inputs,
        {step.name: to_json(step, frame.fitted[step.name]) for step in frame.plan.fitted},
        frame.plan.looked_up_columns(),
    )


def _refuse_unservable(name: str, column: ColumnType) -> None:
    nested = pa.types.is_nested(column.arrow) or pa.types.is_binary(column.arrow)
    if nested or pa.types.is_dictionary(column.arrow):
        raise SchemaMismatch(
            f"Feature {name!r} is {column}, which differs with the rows it is computed for: a "
            f"category's codes do. Return a number, a bool, a str or a timestamp."
        )


def _checked_fitted(planned: Plan, values: Mapping[str, Any]) -> dict[str, Any]:
    nodes = {node.name: node for node in planned.fitted}
    for name in values:
        if name not in nodes:
            raise UnknownName.among("fitted value", name, nodes)
    if lacking := [name for name in nodes if name not in values]:
        raise MissingInput(
            f"fitted= lacks {', '.join(lacking)} of service {planned.service.name!r}. Give all of "
            f"its fitted values, such as the `fitted` of its training frame, or none."
        )
    return {name: normalised(node, values[name]) for name, node in nodes.items()}
