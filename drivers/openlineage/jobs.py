"""What a batch driver tells of its jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from openlineage.client.event_v2 import RunState

from drivers.frames import TrainingFrame
from drivers.openlineage import about
from drivers.openlineage.datasets import Datasets
from drivers.openlineage.naming import Names
from drivers.openlineage.project import Known
from drivers.openlineage.runs import Telling, uuid_of
from drivers.openlineage.silence import FrameMade, JobEvents, ModelMade, Storing
from drivers.openlineage.stored import Backfilled, Materialized, Written
from drivers.openlineage.storing import TracedViews
from drivers.openlineage.training import FrameRun, model_input, model_outputs
from drivers.spine import SpineData
from drivers.stores import Store
from onedag.planner import Plan, View
from onedag.project import Project
from onedag.snapshots import Snapshot

__all__ = ["ToldJobs"]


class ToldJobs(JobEvents):
    """As `JobEvents`, told.

    Args:
        project: whose jobs.
        namespace: of its jobs.
        store: that views are written to.
        columns: of the sources, by name.
        telling: sends events.
    """

    def __init__(
        self,
        project: Project,
        namespace: str,
        store: Store,
        columns: Callable[[], dict[str, tuple[str, ...]]],
        telling: Telling,
    ) -> None:
        self._project, self._store, self._columns = project, store, columns
        self._known = Known(project, namespace)
        self._names = Names(project, namespace)
        self._telling = telling

    @contextmanager
    def training_frame(
        self,
        plan: Plan,
        spine: SpineData,
        snapshot: Snapshot,
        *,
        run_id: str,
        created_at: datetime,
        fitted: bool,
        backfilled: bool,
    ) -> Iterator[FrameMade]:
        run = FrameRun.of(
            plan,
            self._project,
            self._columns(),
            self._datasets(snapshot),
            self._names.spine(spine, plan.service.name),
            fitted=fitted,
            backfilled=backfilled,
        )
        told = self._known.run(
            f"training_frame.{plan.service.name}",
            "TRAINING_FRAME",
            uuid_of(created_at, run_id),
            run.owners(),
            snapshot.commit,
            about.onedag_run(run_id, plan.service.name, snapshot.id, snapshot.commit),
        )
        told = self._telling.start(replace(told, inputs=run.inputs(), outputs=run.outputs()))
        made: list[TrainingFrame] = []
        try:
            yield made.append
        except BaseException as error:
            self._telling.fail(told, error)
            raise
        for frame in made:
            told = replace(told, inputs=run.inputs(frame), outputs=run.outputs(frame))
        self._telling.say(told, RunState.COMPLETE)

    @contextmanager
    def train(self, service: str, spine: Path, label: str) -> Iterator[ModelMade]:
        job, now = f"train.{service}", self._telling.clock.now()
        told = self._known.run(job, "TRAIN", uuid_of(now, self._known.job(job)))
        told = self._telling.start(
            replace(told, inputs=[model_input(self._names.spine(spine, service))])
        )
        made: list[tuple[TrainingFrame, Path, Path]] = []
        try:
            with self._telling.within(told):
                yield lambda *each: made.append(each)
        except BaseException as error:
            self._telling.fail(told, error)
            raise
        for frame, written, model in made:
            run = about.onedag_run(frame.run_id, service, frame.snapshot, None)
            inputs, outputs = model_outputs(frame, self._names, written, model, label)
            told = replace(
                told,
                run_facets={**told.run_facets, **run},
                inputs=[*told.inputs, inputs],
                outputs=outputs,
            )
        self._telling.say(told, RunState.COMPLETE)

    def materialize(self, views: Sequence[View], as_of: datetime, snapshot: Snapshot) -> Storing:
        return Materialized(self._written(views, snapshot), as_of, self._store)

    def backfill(
        self, views: Sequence[View], start: datetime, end: datetime, snapshot: Snapshot
    ) -> Storing:
        return Backfilled(self._written(views, snapshot), start, end)

    def close(self) -> None:
        self._telling.sender.close()

    def _written(self, views: Sequence[View], snapshot: Snapshot) -> Written:
        traced = TracedViews(views, self._project, self._columns(), self._datasets(snapshot))
        return Written(views, traced, snapshot, self._known, self._names, self._telling)

    def _datasets(self, snapshot: Snapshot) -> Datasets:
        types = {name: source.columns for name, source in snapshot.sources.items()}
        return Datasets(self._project, self._names, types)
