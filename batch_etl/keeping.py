"""`--keep`: what was measured of a run goes into the store beside it, for the catalog to show."""

from __future__ import annotations

from collections.abc import Iterator

from batch_etl.drift import Drift
from drivers.opening import store_of
from drivers.served.report import LogReport
from drivers.stored.measured import keep_drift, keep_skew
from onedag.catalog import MeasuredDrift, MeasuredSkew
from onedag.clock import Clock, SystemClock
from onedag.project import Project

__all__ = ["keep_measured_drift", "keep_measured_skew"]


def keep_measured_drift(project: Project, found: Drift, clock: Clock | None = None) -> str:
    """Keep the drift that was measured; a sentence that says so.

    Raises:
        NotPublished: the store doesn't keep the run any more.
        StoreError: it can't be written.
    """
    now = (clock or SystemClock()).now()
    measured = {
        of.feature: MeasuredDrift(
            now, found.report.now.rows, of.psi, of.ks, str(of.verdict), found.rows
        )
        for of in found.report.features
    }
    keep_drift(store_of(project), found.run.run_id, measured, now)
    return f"Kept with run {found.run.run_id}."


def keep_measured_skew(
    project: Project, report: LogReport, clock: Clock | None = None
) -> tuple[str, ...]:
    """Keep the skew of each service that was replayed; a sentence for each.

    It is kept with the run that is served now, if that served some of the rows. Those that other
    runs served are counted too, and how many there are is kept.

    Raises:
        NotPublished: the store doesn't keep a run any more.
        StoreError: it can't be written.
    """
    return tuple(_kept(project, report, clock or SystemClock()))


def _kept(project: Project, report: LogReport, clock: Clock) -> Iterator[str]:
    store, now = store_of(project), clock.now()
    for replay in report.services:
        run_id = replay.current_run
        if run_id is None or run_id not in replay.runs:
            served = f"run {run_id}, which is published now," if run_id else "a published run"
            yield f"Nothing is kept of {replay.service}: {served} served none of these rows."
            continue
        measured = {
            of.name: MeasuredSkew(
                now,
                of.cells,
                of.differing,
                {str(cause): rows for cause, rows in of.causes.items()},
                dict(replay.runs),
            )
            for of in replay.features
            if of.cells
        }
        keep_skew(store, run_id, measured, now)
        yield f"Kept with run {run_id} of {replay.service}."
