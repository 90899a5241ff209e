"""Commands that build and store: frames, models, values."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import typer

from batch_etl.commands.common import (
    MOMENTS,
    Service,
    Views,
    load_project,
    new_console,
)

__all__ = ["backfill", "materialize", "plan", "train"]


def plan(service: Service) -> None:
    """Show what a request carries, and what is read, fitted and computed for it, and how."""
    from drivers import BatchDriver
    from drivers.opening import store_of
    from drivers.serving.compiled import calls_of

    project = load_project()
    store = store_of(project)
    with BatchDriver(project, store=store) as batch:
        planned = batch.plan(service)
        typer.echo(planned.explain(calls_of(planned, store)))


def train(service: Service) -> None:
    """Build the training frame, train and export the model, publish the run."""
    from batch_etl.train import train as run_training

    console = new_console()
    report = run_training(load_project(), service, console=console)
    report.show(console)


def materialize(
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=MOMENTS, help="The moment of the values, UTC; by default now."),
    ] = None,
    view: Views = None,
    full: Annotated[bool, typer.Option("--full", help="Write every key, changed or not.")] = False,
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds to go on trying while another writer is at work.")
    ] = 0,
) -> None:
    """Store every view's values as of a time; the whole becomes visible at once."""
    from batch_etl import estimates, storing
    from drivers import BatchDriver

    console = new_console()
    with BatchDriver(load_project()) as batch:
        patience = timedelta(seconds=wait)
        report = storing.materialize(batch, as_of, view, console, full=full, wait=patience)
        storing.show_materialization(report, console)
        estimates.compare(batch, report, console)


def backfill(
    start: Annotated[datetime, typer.Option(formats=MOMENTS, help="The first moment, UTC.")],
    end: Annotated[datetime, typer.Option(formats=MOMENTS, help="No moment is after it, UTC.")],
    every: Annotated[str, typer.Option(help="How far apart moments are: 1d, 6h, 30min.")] = "1d",
    view: Views = None,
) -> None:
    """Write what the store would have held at many moments, as Parquet; goes on where it ended."""
    from batch_etl import storing
    from drivers import BatchDriver

    console = new_console()
    with BatchDriver(load_project()) as batch:
        report = storing.backfill(batch, start, end, every, view, console)
    storing.show_backfill(report, console)
