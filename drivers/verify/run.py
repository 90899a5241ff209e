"""The run of `verify`, from the training frame to the report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import numpy as np

from drivers.batch import BatchDriver
from drivers.spine import SpineData
from drivers.stores.memory import MemoryStore
from drivers.verify.answers import Replayed
from drivers.verify.comparison import Comparison
from drivers.verify.drawing import Drawn, draw
from drivers.verify.parting import report_of
from drivers.verify.parts import Part, Parts, PartStore, as_requests
from drivers.verify.replay import Replays
from drivers.verify.report import Depth, VerifyReport
from drivers.verify.tags import tags_of
from drivers.verify.training import Trained
from drivers.verify.watch import Watch
from onedag.errors import ConfigurationError, SpineError
from onedag.project import Project
from onedag.service import EVENT_TIMESTAMP, FeatureService

__all__ = ["Progress", "verify"]

Progress: TypeAlias = Callable[[int, int], None]
"""Told how many rows are replayed, and of how many."""
COMPARED_ROWS = 65_536
"""Answers are compared so many rows at a time: columns of few rows cost as much as of many."""


def verify(
    project: Project,
    service: str | FeatureService,
    spine: SpineData,
    *,
    rows: int | None = None,
    singly: int = 1000,
    whole: int = 3,
    seed: int = 0,
    progress: Progress | None = None,
) -> VerifyReport:
    """Replay rows of a spine as requests and compare every cell with the training frame.

    Args:
        project: its store is left alone; a fresh one in memory is used.
        service: its name or itself.
        spine: as for `BatchDriver.training_frame`.
        rows: how many rows to replay in joint requests, drawn evenly at random; they repeat where
            the spine has fewer. By default each once, up to a thousand.
        singly: how many of them to replay as requests of their own as well.
        whole: how many of them to replay against a whole materialization as well.
        seed: of the drawing.
        progress: told of rows in joint requests.

    Raises:
        ConfigurationError: no rows are asked for, so that nothing would be compared.
        SpineError: the spine can't be read, or has no rows.
    """
    _check_counts(rows, singly, whole)
    watch = Watch()
    store = PartStore()
    with BatchDriver(project, store=store, tell=False) as batch:
        with watch.stage("frame"):
            trained = Trained.build(batch, service, spine)
            if not len(trained.frame):
                raise SpineError("The spine has no rows, so nothing would be compared.")
            batch.publish(trained.frame)
        drawn = draw(len(trained.frame), rows, seed)
        comparison = Comparison(trained.frame.schema)
        with watch.stage("look-ups"):
            places = list(drawn.parts())
            positions = [drawn.positions[place] for place in places]
            parts = Parts(project, trained, store, positions, batch.historical_rows())
        with watch.stage("replay"):
            for place, part in zip(places, parts, strict=True):
                asked = _asked(part, drawn, place, singly, trained)
                for _ in _compare(part, asked, comparison):
                    (progress or _silent)(comparison.rows[Depth.JOINT], drawn.rows)
        with watch.stage("whole"):
            for position in _spread(drawn, trained, whole):
                _replay_whole(project, trained, position, comparison)
        return report_of(trained, comparison, watch)


def _check_counts(rows: int | None, singly: int, whole: int) -> None:
    least = {"rows": (rows, 1), "singly": (singly, 0), "whole": (whole, 0)}
    for name, (count, fewest) in least.items():
        if count is not None and count < fewest:
            raise ConfigurationError(f"verify({name}={count}): pass {fewest} or more.")


def _compare(part: Part, asked: Iterable[Replayed], comparison: Comparison) -> Iterator[None]:
    """Compare answers some at a time, and pause after each time."""
    some: list[Replayed] = []
    rows = 0
    for one in asked:
        some.append(one)
        rows += len(one.rows)
        if rows >= COMPARED_ROWS:
            comparison.add(part.positions, part.cells, some)
            some, rows = [], 0
            yield
    if some:
        comparison.add(part.positions, part.cells, some)
        yield


def _asked(
    part: Part, drawn: Drawn, place: slice, singly: int, trained: Trained
) -> Iterator[Replayed]:
    for rows in drawn.requests(place):
        yield part.replayed(rows, Depth.JOINT, trained)
    for row in range(min(singly, place.stop) - place.start):
        yield part.replayed(np.array([row]), Depth.SINGLY, trained)


def _spread(drawn: Drawn, trained: Trained, count: int) -> list[int]:
    """Some of the drawn rows, evenly spread over time."""
    positions = drawn.positions
    ordered = positions[np.argsort(trained.times[positions], kind="stable")]
    places = np.linspace(0, len(ordered) - 1, min(count, len(ordered))).astype(np.int64)
    return [int(position) for position in ordered[places]]


def _replay_whole(
    project: Project, trained: Trained, position: int, comparison: Comparison
) -> None:
    """One request against everything that a job would have materialized at its time."""
    store, plan = MemoryStore(), trained.frame.plan
    positions = np.array([position])
    table = trained.given.slice(position, 1)
    rows = as_requests(table)
    with BatchDriver(project, store=store, tell=False) as batch:
        batch.publish(trained.frame)
        views = [view.name for view in plan.serving.views]
        batch.materialize(as_of=rows[0][EVENT_TIMESTAMP], views=views)
    part = Part(
        positions,
        trained.features(positions),
        rows,
        tags_of([0]),
        Replays(project, plan.service, store),
    )
    comparison.add(positions, part.cells, [part.replayed(np.array([0]), Depth.WHOLE, trained)])


def _silent(_done: int, _total: int) -> None:
    """No progress is told to anyone."""
