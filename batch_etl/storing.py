"""`materialize` and `backfill` as jobs: bars while they run, and tables of what they did."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from rich import box
from rich.console import Console
from rich.table import Table

from batch_etl.printing import say
from batch_etl.progress import Bars
from drivers import BatchDriver
from drivers.stored.reports import BackfillReport, MaterializationReport
from onedag.errors import StoreBusy

__all__ = ["backfill", "materialize", "show_backfill", "show_materialization"]

PAUSE = timedelta(seconds=0.5)

_Result = TypeVar("_Result")


def materialize(
    batch: BatchDriver,
    as_of: datetime | None,
    views: Sequence[str] | None,
    console: Console,
    *,
    full: bool = False,
    wait: timedelta = timedelta(0),
) -> MaterializationReport:
    """As `BatchDriver.materialize`, with a bar for each view.

    Args:
        batch: that does it.
        as_of: naive is UTC; the present by default.
        views: names of some views; all by default.
        console: where bars are drawn.
        full: write every key, changed or not.
        wait: for how long to try again while another writer holds the store. Each try begins
            anew, with what the other one has written and, by default, with the present of then.

    Raises:
        StoreBusy: another writer still held the store after ``wait``.
    """
    chosen = views or list(batch.views())
    with Bars(console, "parts").of(chosen) as progress:
        return _once_free(
            lambda: batch.materialize(as_of, chosen, full=full, progress=progress), wait, console
        )


def backfill(
    batch: BatchDriver,
    start: datetime,
    end: datetime,
    every: str,
    views: Sequence[str] | None,
    console: Console,
) -> BackfillReport:
    """As `BatchDriver.backfill`, with a bar for each view."""
    chosen = views or list(batch.views())
    with Bars(console, "moments").of(chosen) as progress:
        return batch.backfill(start, end, every, chosen, progress=progress)


def _once_free(job: Callable[[], _Result], wait: timedelta, console: Console) -> _Result:
    """What a job returns, once no other writer holds the store."""
    last = time.monotonic() + wait.total_seconds()
    said = False
    while True:
        try:
            return job()
        except StoreBusy as error:
            left = last - time.monotonic()
            if left <= 0:
                raise
            if not said:
                say(console, f"{error} Waiting for up to {left:.0f} s more.")
            said = True
            time.sleep(min(left, PAUSE.total_seconds()))


def show_materialization(report: MaterializationReport, console: Console) -> None:
    """A row for each view and one for all; then what was left as it is, and what was slow."""
    views, asked = report.views, _time(report.as_of)
    ticks = any(view.as_of != report.as_of for view in views)  # of views with a refresh interval
    table = _table()
    if ticks:
        table.add_column("as of", no_wrap=True)
    _add_numbers(table, "written", "unchanged", "vanished", "rows", "bytes", "seconds")
    for view in views:
        counts = (view.keys, view.unchanged, view.vanished, view.rows, view.bytes)
        as_of = [_time(view.as_of)] if ticks else []
        table.add_row(view.view, *as_of, *_numbers(counts, view.seconds))
    table.add_section()
    unchanged, vanished = sum(view.unchanged for view in views), sum(v.vanished for v in views)
    # Views share sources, so the sum of their rows says nothing.
    totals = (report.keys, unchanged, vanished, None, report.bytes)
    table.add_row("all", *([asked] if ticks else []), *_numbers(totals, report.seconds))
    say(console, f"Materialized as of {asked} UTC")
    console.print(table)
    for view in views:
        if view.newer is not None:
            later = _time(view.newer)
            say(console, f"{view.view} was left as it is: the store has it as of {later} UTC")
        for function, seconds in view.called_per_window.items():
            say(console, f"{function} was called window by window: {seconds:.2f} s")


def show_backfill(report: BackfillReport, console: Console) -> None:
    """A row for each view and one for all; then the folders."""
    table = _table()
    _add_numbers(table, "moments", "already there", "rows", "bytes", "seconds")
    views = report.views
    for view in views:
        counts = (view.moments, view.present, view.rows, view.bytes)
        table.add_row(view.view, *_numbers(counts, view.seconds))
    table.add_section()
    totals = (
        sum(view.moments for view in views),
        sum(view.present for view in views),
        sum(view.rows for view in views),
        sum(view.bytes for view in views),
    )
    table.add_row("all", *_numbers(totals, sum(view.seconds for view in views)))
    say(console, f"Backfilled from {_time(report.start)} to {_time(report.end)} UTC")
    console.print(table)
    for view in views:
        say(console, f"{view.view}: {_short(view.folder)}")
        if not view.certain:
            say(
                console,
                f"{view.view}: its code reaches what can't be told, such as an open file. Delete "
                f"the folder when that changes.",
            )


def _table() -> Table:
    # As narrow as can be: seven columns of real names and numbers fit a terminal of 80.
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=0)
    table.add_column("view", overflow="fold")
    return table


def _add_numbers(table: Table, *titles: str) -> None:
    for title in titles:
        table.add_column(title, justify="right", no_wrap=True)


def _numbers(counts: Sequence[int | None], seconds: float) -> list[str]:
    return [*("" if count is None else f"{count:,}" for count in counts), f"{seconds:.2f}"]


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _short(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
