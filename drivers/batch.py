"""`BatchDriver`: training frames and stored values, from history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from typing import Any

import pyarrow as pa

from drivers.closing import Closing
from drivers.engines import Engine
from drivers.engines.local import LocalEngine
from drivers.frames import TrainingFrame
from drivers.history.chunks import Room, Sizes
from drivers.history.rows import HistoricalRows
from drivers.opening import store_of
from drivers.openlineage import job_events
from drivers.openlineage.silence import JobEvents
from drivers.registry import Registry, take_snapshot
from drivers.sources import SourceReader
from drivers.spine import SpineData, SpineReader
from drivers.stored.backfill import Backfills
from drivers.stored.backfilled import StoredHistory
from drivers.stored.publishing import publish, run_record
from drivers.stored.records import RunRecord
from drivers.stored.reports import BackfillReport, MaterializationReport, Progress, silent
from drivers.stored.views import ViewsWriting, chosen_views
from drivers.stores import Store
from drivers.training import build_frame, checked_fitted, new_run_id
from onedag.clock import Clock, SystemClock
from onedag.durations import Duration, micros, parse_duration, to_utc
from onedag.errors import InvalidDefinition
from onedag.meanings import Meanings
from onedag.planner import Plan, View, declared_views, merge_views, plan
from onedag.project import Project
from onedag.service import EVENT_TIMESTAMP, FeatureService
from onedag.snapshots import Snapshot
from onedag.source import Source

__all__ = ["BatchDriver"]


class BatchDriver(Closing):
    """Builds training frames, publishes runs, and stores values, all from the sources.

    Args:
        project: its functions, sources, services and store.
        engine: where history is joined; in this process by default.
        store: instead of the project's.
        clock: what time it is, for run ids and as the default of ``as_of``.
        sizes: how much is in hand at once, such as the memory that rows may take.
        tell: whether jobs are told where the project says (`drivers.openlineage`). What is only
            measured, as `onedag verify` does, isn't.

    Attributes:
        events: what tells of jobs.

    Raises:
        ConfigurationError: jobs are to be told, and the project says it in a way that can't be.
    """

    def __init__(
        self,
        project: Project,
        *,
        engine: Engine | None = None,
        store: Store | None = None,
        clock: Clock | None = None,
        sizes: Sizes | None = None,
        tell: bool = True,
    ) -> None:
        self.project = project
        self._engine = engine or LocalEngine()
        self._store = store or store_of(project)
        self._clock = clock or SystemClock()
        self._sizes = sizes or Sizes()
        self._reader = SourceReader(project.root)
        self.events = JobEvents()
        if tell:
            self.events = job_events(project, self._store, self._clock, self.columns)

    @cached_property
    def snapshot(self) -> Snapshot:
        """The project as it is loaded, taken once (`drivers.registry.take_snapshot`)."""
        return take_snapshot(self.project, self._reader)

    def keep_snapshot(self) -> str:
        """The id of the snapshot, which is in the project's registry from now on, if it has one.

        Raises:
            RegistryError: the registry can't be written.
        """
        if self.project.registry is not None:
            Registry(self.project.registry).save(self.snapshot)
        return self.snapshot.id

    def plan(self, service: str | FeatureService) -> Plan:
        """Plan a service with the columns that the sources have (`onedag.plan`)."""
        return plan(self.project.service(service), self.project, self.columns())

    def columns(self) -> dict[str, tuple[str, ...]]:
        """The column names of each source, by the source's name. Files are opened, not read."""
        return self._reader.columns(self.project.sources.values())

    def source_rows(self, source: Source, columns: Sequence[str]) -> pa.Table:
        """Some columns of a source with their times (`drivers.sources.SourceReader.read`)."""
        return self._reader.for_a_run().read(source, tuple(dict.fromkeys(columns)))

    def training_frame(
        self,
        spine: SpineData,
        service: str | FeatureService,
        keep: Sequence[str] = (),
        fitted: Mapping[str, Any] | None = None,
        *,
        backfilled: bool = False,
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
            backfilled: look stored features up among the values that `backfill` wrote, instead of
                computing them from the sources. The cells are the same.

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
            NotPublished: a view has no backfill of its present features.
            RegistryError: the project's registry can't be written.
            OfflineError: the rows don't fit in memory, and not on disk either.
        """
        planned = self.plan(service)
        given_fitted = None if fitted is None else checked_fitted(planned, fitted)
        names = [name for name in planned.training.given if name != EVENT_TIMESTAMP]
        fields = [planned.fields[name] for name in names]
        reader = SpineReader(spine, fields, keep, self.project.root, self._sizes)
        room = self._room()
        stored = partial(self._backfills().stored, room=room) if backfilled else None
        rows = self._rows_in(room, stored)
        snapshot, now = self.keep_snapshot(), self._clock.now()
        run_id = new_run_id(planned, now)
        with self.events.training_frame(
            planned,
            spine,
            self.snapshot,
            run_id=run_id,
            created_at=now,
            fitted=given_fitted is not None,
            backfilled=backfilled,
        ) as made:
            frame = build_frame(planned, reader, rows, run_id, now, snapshot, given_fitted)
            made(frame)
        return frame

    def publish(self, frame: TrainingFrame) -> RunRecord:
        """Make a frame's run the one that is served: its fitted values, dtypes and column order.

        The frame's statistics are kept with it, for `onedag drift` to compare later rows with.
        Readers see the whole run at once. The last `KEPT_RUNS` stay in the store under their ids.

        Raises:
            StoreError: a run was published at a later time, by this clock, and stands.
        """
        fields = frame.plan.fields
        record = run_record(frame, self.snapshot.code_behind(frame.features, fields))
        publish(record, frame.statistics, self._store, self._clock.now())
        return record

    def historical_rows(self) -> HistoricalRows:
        """A fresh computation over the sources, which are read once in its lifetime."""
        return self._rows_in(self._room())

    def _rows_in(
        self, room: Room, stored: Callable[[View], StoredHistory] | None = None
    ) -> HistoricalRows:
        reader = self._reader.for_a_run()
        return HistoricalRows(self.project, self._engine, reader, room, stored)

    def _backfills(self) -> Backfills:
        return Backfills(self.project.offline / "backfill", self.views(), self._meanings())

    def _meanings(self) -> Meanings:
        return Meanings(self.project, self.columns())

    def _room(self) -> Room:
        return Room(self.project.offline, self._sizes)

    def views(self) -> dict[str, View]:
        """The views of the project: declared features, and the columns that services look up."""
        planned = [self.plan(service) for service in self.project.services.values()]
        looked_up = [view for p in planned for view in p.training.views]
        return merge_views([*declared_views(self.project.graph).values(), *looked_up])

    def materialize(
        self,
        as_of: datetime | None = None,
        views: Iterable[str] | None = None,
        *,
        full: bool = False,
        progress: Progress | None = None,
    ) -> MaterializationReport:
        """Store every view's values as of a time: what a training row at that time would get.

        The whole materialization becomes visible at once. A value that the store has of a later
        time stays; one of the same time is replaced. Only those keys are computed and written
        whose value can have changed since the materialization before: by new, late, corrected or
        removed rows, or because rows left a window. Every key is, when the code or the versions of
        packages have changed, or when the store lost what it knew of the materialization before.

        Args:
            as_of: naive is UTC; the clock's present by default.
            views: names of some views; all by default.
            full: write every key, changed or not, such as after a store lost some.
            progress: called with a view's name, how many of its parts are done, and of how many.

        Raises:
            UnknownName: no such view.
            StoreError: the store can't be written.
            RegistryError: the project's registry can't be written.
        """
        moment = to_utc(as_of) if as_of is not None else self._clock.now()
        chosen, rows = chosen_views(self.views(), views), self.historical_rows()
        self.keep_snapshot()
        told, tell = self.events.materialize(chosen, moment, self.snapshot), progress or silent
        writing = ViewsWriting(rows, self._store, self._meanings(), self.snapshot, tell)
        reports = writing.write(chosen, micros(moment), told, full=full)
        return MaterializationReport(moment, reports)

    def backfill(
        self,
        start: datetime,
        end: datetime,
        every: Duration,
        views: Iterable[str] | None = None,
        *,
        progress: Progress | None = None,
    ) -> BackfillReport:
        """Write what a store would have held at each of many moments, as Parquet.

        One folder for each view and moment, below the project's offline folder: the value of every
        key that had history then. What is there already is left alone, so a backfill that ended
        early goes on where it was; delete a view's folder to write it anew.

        Args:
            start: the first moment; naive is UTC.
            end: no moment is after it.
            every: how far apart moments are. Views with a refresh interval are written as of the
                ticks at or before them.
            views: names of some views; all by default.
            progress: called with a view's name, how many moments are done, and of how many.

        Raises:
            UnknownName: no such view.
            InvalidDefinition: ``every`` isn't a duration, or ``end`` is before ``start``.
            RegistryError: the project's registry can't be written.
            OfflineError: the disk is full or can't be written. Whole moments stay.
        """
        first, last = to_utc(start), to_utc(end)
        step = parse_duration(every, "backfill: every=")
        if last < first:
            raise InvalidDefinition(f"backfill: end ({last}) is before start ({first}).")
        chosen = chosen_views(self.views(), views)
        backfills = self._backfills()
        moments = range(micros(first), micros(last) + 1, micros(step))
        rows, snapshot = self.historical_rows(), self.keep_snapshot()
        reports = []
        with self.events.backfill(chosen, first, last, self.snapshot) as told:
            told.start()
            for view in chosen:
                of_view, tell = backfills.of(view), progress or silent
                reports.append(of_view.write(rows, moments, snapshot, tell))
                told.done(reports[-1])
                rows.forget_histories()
        return BackfillReport(first, last, tuple(reports))

    def close(self) -> None:
        """Give up the engine and the store, once what is told is on its way."""
        self.events.close()
        self._engine.close()
        self._store.close()
