"""The runs of one materialization or backfill: one for each view."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType

import pyarrow.parquet as pq
from openlineage.client.event_v2 import OutputDataset, RunState
from openlineage.client.facet_v2 import RunFacet

from drivers.openlineage import about, facets
from drivers.openlineage.naming import Name, Names
from drivers.openlineage.project import Known
from drivers.openlineage.runs import Telling, Told, uuid_of
from drivers.openlineage.silence import Storing
from drivers.openlineage.storing import TracedViews
from drivers.stored.backfill import OF_NOTHING
from drivers.stored.records import ViewRecord, view_key
from drivers.stored.reports import BackfilledView, ViewReport
from drivers.stores import Store
from onedag.errors import StoreBusy, StoreError
from onedag.planner import View
from onedag.snapshots import Snapshot

__all__ = ["Backfilled", "Materialized", "Written"]


@dataclass(frozen=True, slots=True)
class Written:
    """What is written, and what there is to tell of it.

    Attributes:
        views: with all their features.
        traced: the same.
        snapshot: of the project.
        known: of the project.
        names: of datasets.
        telling: sends events.
    """

    views: Sequence[View]
    traced: TracedViews
    snapshot: Snapshot
    known: Known
    names: Names
    telling: Telling


class _Runs(Storing):
    """As `Storing`, told.

    Args:
        written: the views that are.
    """

    kind: str

    def __init__(self, written: Written) -> None:
        self._views = {view.name: view for view in written.views}
        self._traced, self._snapshot = written.traced, written.snapshot
        self._known, self._names, self._telling = written.known, written.names, written.telling
        self._begun: dict[str, Told] = {}
        self._reports: list[ViewReport | BackfilledView] = []

    def start(self) -> None:
        now = self._telling.clock.now()
        for view in self._views.values():
            job = f"{self.kind}.{view.name}"
            told = self._known.run(
                job,
                self.kind.upper(),
                uuid_of(now, self._known.job(job)),
                self._traced.owners(view),
                self._snapshot.commit,
                {
                    **about.onedag_run(None, None, self._snapshot.id, self._snapshot.commit),
                    **self._moments(),
                },
            )
            inputs = self._traced.inputs(view)
            output = self._traced.output(view, self._place(view), {})
            told = replace(told, inputs=inputs, outputs=[output])
            self._begun[view.name] = self._telling.start(told)

    def done(self, report: ViewReport | BackfilledView) -> None:
        self._reports.append(report)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self._complete()
            return
        if not self._begun and not isinstance(error, StoreBusy):  # which is tried again
            self.start()
        self._failed()
        for told in self._begun.values():
            self._telling.fail(told, error)

    def _complete(self) -> None:
        for report in self._reports:
            told = self._begun.pop(report.view, None)
            if told is not None:  # a view may have been asked for twice
                outputs = self._outputs(self._views[report.view], report)
                self._telling.say(replace(told, outputs=outputs), RunState.COMPLETE)

    def _failed(self) -> None:
        """Say what stays of a job that failed."""

    def _types(self, view: View, types: Mapping[str, str]) -> dict[str, str]:
        columns = self._snapshot.sources[view.source.name].columns
        return {key: columns[key] for key in view.join_keys if key in columns} | dict(types)

    @abstractmethod
    def _place(self, view: View) -> Name:
        """Where a view's values are."""

    @abstractmethod
    def _moments(self) -> dict[str, RunFacet]:
        """The moments that values are of."""

    @abstractmethod
    def _outputs(self, view: View, report: ViewReport | BackfilledView) -> list[OutputDataset]:
        """What was written."""


class Materialized(_Runs):
    """A materialization: views become visible together, so a run that fails leaves none of them.

    Args:
        written: the views that are.
        as_of: as asked.
        store: that they are written to.
    """

    kind = "materialize"

    def __init__(self, written: Written, as_of: datetime, store: Store) -> None:
        super().__init__(written)
        self._as_of, self._store = as_of, store

    def _place(self, view: View) -> Name:
        return self._names.view(view.name)

    def _moments(self) -> dict[str, RunFacet]:
        return about.nominal_time(self._as_of)

    def _outputs(self, view: View, report: ViewReport | BackfilledView) -> list[OutputDataset]:
        assert isinstance(report, ViewReport)
        if report.newer is not None:  # the store has later values, and nothing was written
            return []
        types = self._types(view, self._layout(view))
        written = facets.statistics(report.keys, report.bytes)
        return [self._traced.output(view, self._place(view), types, report.as_of, written)]

    def _layout(self, view: View) -> dict[str, str]:
        """The types of the stored values; none where the store can't be read just now."""
        try:
            blob = self._store.read([view_key(view.name)])[0]
        except StoreError:
            return {}
        record = None if blob is None else ViewRecord.if_readable(blob)
        if record is None:
            return {}
        return {name: str(column) for name, column in record.layout.types.items()}


class Backfilled(_Runs):
    """A backfill: what is whole of it stays, so views that were done before an error are complete.

    Args:
        written: the views that are.
        start: the first moment.
        end: no moment is after it.
    """

    kind = "backfill"

    def __init__(self, written: Written, start: datetime, end: datetime) -> None:
        super().__init__(written)
        self._start, self._end = start, end

    def _place(self, view: View) -> Name:
        return self._names.backfilled(view.name)

    def _moments(self) -> dict[str, RunFacet]:
        return about.nominal_time(self._start, self._end)

    def _failed(self) -> None:
        self._complete()

    def _outputs(self, view: View, report: ViewReport | BackfilledView) -> list[OutputDataset]:
        assert isinstance(report, BackfilledView)
        types = self._types(view, _kept(report.folder))
        written = facets.statistics(report.rows, report.bytes)
        return [self._traced.output(view, self._place(view), types, None, written)]


def _kept(folder: Path) -> dict[str, str]:
    """The types of backfilled values; none where the folder is gone, or can't be read just now."""
    try:
        return {field.name: str(field.type) for field in pq.read_schema(folder / OF_NOTHING)}
    except OSError:
        return {}
