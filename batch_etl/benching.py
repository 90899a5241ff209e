"""`bench` as a job: what the features of a service cost here, in batch and for a request."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from batch_etl.printing import say
from drivers.batch import BatchDriver
from drivers.online import OnlineDriver, Row
from drivers.spine import read_spine
from drivers.verify.parts import as_requests
from onedag.errors import SpineError
from onedag.project import Project

__all__ = ["BenchReport", "Requests", "bench", "show"]

SIZES = (1, 10, 100)
"""Rows of a request."""
WARM_UP = 5
"""Requests of each size that aren't counted."""


@dataclass(frozen=True, slots=True)
class Requests:
    """What requests of one size took.

    Attributes:
        rows: of each request.
        requests: how many were measured.
        p50_ms: the median, in milliseconds.
        p99_ms: the 99th percentile.
        rows_per_second: of one after the other, on one core.
    """

    rows: int
    requests: int
    p50_ms: float
    p99_ms: float
    rows_per_second: float


@dataclass(frozen=True, slots=True)
class BenchReport:
    """What the features of a service took.

    Attributes:
        service: its name.
        features: how many.
        run_id: that requests were answered with.
        store: what to call the store, such as ``sqlite``.
        frame_rows: of the training frame.
        frame_seconds: what building it took.
        online: by size of request.
    """

    service: str
    features: int
    run_id: str
    store: str
    frame_rows: int
    frame_seconds: float
    online: tuple[Requests, ...]

    def to_dict(self) -> dict[str, Any]:
        """Everything as values that JSON has."""
        return asdict(self)


def bench(project: Project, service: str, spine: Path, *, seconds: float = 5.0) -> BenchReport:
    """Build a training frame of a spine, and ask for its rows online, one request after the other.

    Requests are answered by the published run from the project's store, in this process: with the
    store's round trip, and without HTTP or a model. Rows are taken in the spine's order, and
    again from its start.

    Args:
        project: its functions, sources, services and store. Nothing is published or stored.
        service: its name.
        spine: a file, as for `BatchDriver.training_frame`.
        seconds: how long requests are measured, in all.

    Raises:
        UnknownName: no such service.
        NotPublished: it has no published run, or a view it needs was never materialized.
        SpineError: the spine can't be read, or has no rows.
        StoreUnavailable: the store can't be reached.
    """
    with OnlineDriver(project) as online:
        compiled = online.load(service)  # before the frame, which takes longer to fail
        with BatchDriver(project, tell=False) as batch:
            begun = time.perf_counter()
            frame = batch.training_frame(spine, service)
            frame_seconds = time.perf_counter() - begun
            fields = batch.plan(service).fields.values()
        rows = as_requests(read_spine(spine, fields, root=project.root).given)
        if not rows:
            raise SpineError(f"The spine {spine} has no rows, so there is nothing to ask for.")
        each = seconds / len(SIZES)
        measured = tuple(_requests(online, service, rows, size, each) for size in SIZES)
    return BenchReport(
        service,
        len(frame.features),
        compiled.run.run_id,
        project.store.partition(":")[0],
        len(frame),
        frame_seconds,
        measured,
    )


def _requests(
    online: OnlineDriver, service: str, rows: Sequence[Row], size: int, seconds: float
) -> Requests:
    taken: list[float] = []
    start, until = 0, time.perf_counter() + seconds
    while len(taken) <= WARM_UP or time.perf_counter() < until:
        asked = [rows[(start + i) % len(rows)] for i in range(size)]
        begun = time.perf_counter()
        online.features(service, asked).to_dicts()
        taken.append(time.perf_counter() - begun)
        start += size
    settled = np.array(taken[WARM_UP:])
    p50, p99 = np.percentile(settled, [50, 99]) * 1000
    rate = size * len(settled) / settled.sum()
    return Requests(size, len(settled), float(p50), float(p99), float(rate))


def show(report: BenchReport, console: Console) -> None:
    """The requests as a table, and a line on each side."""
    say(
        console,
        f"{report.service}, {report.features} features: {report.frame_rows:,} rows of the spine in "
        f"{report.frame_seconds:.1f} s, {report.frame_rows / report.frame_seconds:,.0f} rows/s.",
    )
    say(console, f"Requests to run {report.run_id}, from {report.store}, in this process:")
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=0)
    for title in ("rows", "requests", "p50 ms", "p99 ms", "rows/s"):
        table.add_column(title, justify="right", no_wrap=True)
    for one in report.online:
        table.add_row(
            f"{one.rows:,}",
            f"{one.requests:,}",
            f"{one.p50_ms:.3f}",
            f"{one.p99_ms:.3f}",
            f"{one.rows_per_second:,.0f}",
        )
    console.print(table)
