"""`both_ways`: the features of a few rows, from both drivers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from operator import methodcaller
from types import ModuleType
from typing import Any

import pandas as pd
import pyarrow as pa

from drivers.batch import BatchDriver
from drivers.frames import TrainingFrame
from drivers.online import OnlineDriver
from drivers.serving.vectors import FeatureVectors
from drivers.stores.memory import MemoryStore
from drivers.testing.asked import asked_service, spine_types, with_defaults
from drivers.testing.compared import refuse_differences
from drivers.testing.features import Features
from drivers.testing.projects import narrowed
from drivers.testing.rows import RawRows, Rows
from drivers.testing.sources import stand_in
from onedag.dtypes import TIMESTAMP
from onedag.errors import OnedagError, SpineError, UnknownName
from onedag.planner import Plan
from onedag.project import Project
from onedag.service import EVENT_TIMESTAMP, FeatureService
from onedag.snapshots import Snapshot, snapshot_of

__all__ = ["BothWays", "both_ways"]

_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


class BothWays:
    """What the pytest fixture `both_ways` is: called as the function, for the project at hand.

    Args:
        project: gives the project where a test names no other.
    """

    def __init__(self, project: Callable[[], Project]) -> None:
        self._project = project

    def __call__(
        self,
        *features: str,
        spine: Rows,
        sources: Mapping[str, Rows] | None = None,
        service: str | FeatureService | None = None,
        fitted: Mapping[str, Any] | None = None,
        modules: Sequence[str | ModuleType] | str | ModuleType | None = None,
    ) -> Features:
        """As `both_ways`; with ``modules``, of a project of these instead."""
        __tracebackhide__ = True
        try:
            project = self._project() if modules is None else Project(modules)
            return both_ways(
                project, *features, spine=spine, sources=sources, service=service, fitted=fitted
            )
        except OnedagError as error:
            # The message says what is wrong with the test; the way to it through the drivers
            # would hide the test's own line.
            raise error.with_traceback(None) from error.__cause__


def both_ways(
    project: Project,
    *features: str,
    spine: Rows,
    sources: Mapping[str, Rows] | None = None,
    service: str | FeatureService | None = None,
    fitted: Mapping[str, Any] | None = None,
) -> Features:
    """Compute features in batch and online, and make sure that nothing differs.

    In batch the spine's rows are a training frame. Online each row is a request by itself, in the
    order of time, to a store in memory that is materialized as of the row's time. Values are
    compared bit for bit, and so are dtypes and statuses.

    Nothing is read but what is given, except for the types of columns: those of a source's own data
    where that is there. A row function that looks across rows shows if there are two rows that
    differ.

    Args:
        project: its store and its services' other features are left alone.
        features: names; all of the service's if there are none.
        spine: the rows to compute features for: `EVENT_TIMESTAMP`, and what a request carries. The
            time may be left out if nothing depends on it. See `Rows`; text in a column of times is
            ISO 8601, UTC where it says nothing else.
        sources: rows instead of a source's data, by the source's name, under its definition. Those
            that the features need must be there; ``[]`` says that there are no rows.
        service: whose request the spine's rows are; without it the request is made of the columns
            of the spine (`drivers.testing.asked.asked_service`).
        fitted: the fitted values, all that are needed; by default those of the spine's rows.

    Returns:
        The features of each row of the spine.

    Raises:
        AssertionError: a cell differs; the message shows it from both sides, with its row.
        UnknownName: a feature, a service, a source, a fitted value, or a column of one, that isn't
            there.
        PlanError: the features need what neither the spine nor the sources have.
        DataError: rows that can't be used.
        FunctionError: a feature function raised.

    A test::

        def test_late_rate(both_ways):
            features = both_ways(
                "carrier_late_rate_7d",
                sources={"landings": '''
                    carrier, landed_at,        arr_delay
                    UA,      2024-01-01T10:00, 20.0
                    UA,      2024-01-01T12:00, 2.0
                '''},
                spine=[{"event_timestamp": "2024-01-02", "carrier": "UA"}],
            )
            assert features["carrier_late_rate_7d"] == [0.5]
    """
    __tracebackhide__ = methodcaller("errisinstance", AssertionError)
    stand_ins = {}
    for name, rows in (sources or {}).items():
        if name not in project.sources:
            raise UnknownName.among("source", name, project.sources)
        stand_ins[name] = stand_in(project.sources[name], rows, project)
    given = RawRows(spine, "The spine", SpineError)
    asked = asked_service(project, features, service, given)
    small, planned = narrowed(project, asked, stand_ins)
    if not isinstance(spine, str | pd.DataFrame | pa.Table):
        given = RawRows(with_defaults(spine, asked), "The spine", SpineError)
    table = _with_time(given.typed(spine_types(asked)), planned)
    requests: list[dict[str, Any]] = table.to_pylist()
    store = MemoryStore()
    with _Batch(small, store=store) as batch, OnlineDriver(small, store=store) as online:
        frame = batch.training_frame(table, asked, fitted=fitted)
        batch.publish(frame)
        refuse_differences(frame, _answers(batch, online, frame, requests), requests)
    return Features(frame)


class _Batch(BatchDriver):
    """Without asking git for a commit: nobody will look for where a test's run came from."""

    @cached_property
    def snapshot(self) -> Snapshot:
        return snapshot_of(self.project, {}, None)


def _with_time(spine: pa.Table, planned: Plan) -> pa.Table:
    """The spine with a time for its rows, where it has none and none is needed."""
    needs_time = planned.training.views or EVENT_TIMESTAMP in planned.training.origins
    if EVENT_TIMESTAMP in spine.column_names or needs_time:
        return spine
    times = pa.array([_ANY_TIME] * spine.num_rows, TIMESTAMP)
    return spine.append_column(EVENT_TIMESTAMP, times)


def _answers(
    batch: BatchDriver,
    online: OnlineDriver,
    frame: TrainingFrame,
    requests: Sequence[Mapping[str, Any]],
) -> list[FeatureVectors]:
    """The answer to each request by itself, the store moving on with their times."""
    views = [view.name for view in frame.plan.serving.views]
    times = [request[EVENT_TIMESTAMP] for request in requests]
    answers: dict[int, FeatureVectors] = {}
    stored = None
    for place in sorted(range(len(times)), key=times.__getitem__):
        if times[place] != stored:
            stored = times[place]
            batch.materialize(as_of=stored, views=views)
        answers[place] = online.features(frame.plan.service, requests[place])
    return [answers[place] for place in range(len(times))]
