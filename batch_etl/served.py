"""The served log for people: why cells differ as tables, one request as a page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from batch_etl.files import write_json
from batch_etl.printing import say
from drivers.served.causes import FAILING, MEANS, Cause
from drivers.served.report import Example, Finding, LogReport, ServiceReplay
from onedag.errors import ConfigurationError
from onedag.service import EVENT_TIMESTAMP

__all__ = ["causes_of", "show", "show_replay"]

MOST_FEATURES = 25
MOST_NODES = 8


def show(
    report: LogReport,
    console: Console,
    fail_on: Sequence[str] | None = None,
    json_file: str | None = None,
    plot: Path | None = None,
) -> int:
    """Show what was found; the exit code.

    Args:
        report: of a replay.
        console: where it is shown.
        fail_on: the causes that fail it; `FAILING` by default.
        json_file: for all that was found; ``-`` is the standard output.
        plot: a PNG of the skew over time. With several services, each has a file of its own, its
            name at the end.

    Raises:
        ConfigurationError: no such cause; a file can't be written.
    """
    failing = FAILING if fail_on is None else causes_of(fail_on)
    fails = report.fails(failing)
    show_replay(report, console, failing)
    if json_file is not None:
        write_json({"ok": not fails, **report.to_dict()}, json_file)
    if plot is not None:
        from batch_etl.served_plot import draw_skew  # matplotlib is in an extra

        for one in report.services:
            if one.rows:
                several = len(report.services) > 1
                path = plot.with_stem(f"{plot.stem}-{one.service}") if several else plot
                say(console, f"Wrote {draw_skew(one, path)}")
    return 1 if fails else 0


def causes_of(names: Sequence[str]) -> frozenset[Cause]:
    """Causes by their names; ``none`` stands for none at all.

    Raises:
        ConfigurationError: no such cause.
    """
    if list(names) == ["none"]:
        return frozenset()
    try:
        return frozenset(map(Cause, names))
    except ValueError as error:
        raise ConfigurationError(f"{error}. Causes are {', '.join(Cause)}, or none.") from error


def show_replay(report: LogReport, console: Console, failing: frozenset[Cause]) -> None:
    """Service by service: counts, features by cause, what is to blame, with examples."""
    for one in report.services:
        say(console, *_head(one))
        if one.causes:
            console.print(_features(one))
        for cause, count in one.causes.items():
            fails = ", which fails" if cause in failing else ""
            say(console, f"{cause}: {count:,} cells{fails}. {_sentence(MEANS[cause])}")
            findings = [finding for finding in one.findings if finding.cause is cause]
            console.print(_findings(findings))
            say(console, *_example(findings[0].node, findings[0].examples[0]), "")


def _head(one: ServiceReplay) -> Iterator[str]:
    share = f", {one.differing / one.cells:.2%}" if one.cells else ""
    yield (
        f"{one.service}: {one.rows:,} served rows replayed as of their times: {one.differing:,} of "
        f"{one.cells:,} cells differ{share}."
    )
    for run_id, rows in one.runs.items():
        current = ", which is published now" if run_id == one.current_run else ""
        if one.current_run not in (None, run_id):
            current = f"; {one.current_run} is published now"
        yield f"  {rows:,} rows of run {run_id}{current}"
    behind: dict[str, list[str]] = {}
    for lag in one.lags:
        if lag.most_s:
            said = f"{_long(lag.median_s)} in the median, {_long(lag.most_s)} at most"
            behind.setdefault(said, []).append(lag.view)
    for said, views in behind.items():
        yield f"  the store was behind by {said}: {', '.join(views)}"
    for reason, rows in one.not_replayed.items():
        yield f"  {rows:,} rows can't be replayed: {reason}"
    yield from (f"  {note}" for note in one.notes)


def _features(one: ServiceReplay) -> Table:
    """Those with most differing cells; ``distance`` is in standard deviations."""
    table = _table("feature")
    for column in ("cells", "differ", "distance", *one.causes):
        table.add_column(str(column), justify="right")
    found = [feature for feature in one.features if feature.causes]
    for feature in sorted(found, key=lambda each: -each.differing)[:MOST_FEATURES]:
        counts = [feature.causes.get(cause, 0) for cause in one.causes]
        far = f"{feature.distance:.2g}" if math.isfinite(feature.distance) else ""
        numbers = (f"{number:,}" if number else "" for number in counts)
        table.add_row(feature.name, f"{feature.cells:,}", f"{feature.differing:,}", far, *numbers)
    if len(found) > MOST_FEATURES:
        table.add_row(f"and {len(found) - MOST_FEATURES} more")
    return table


def _findings(findings: Sequence[Finding]) -> Table:
    """What is to blame, of one cause."""
    table = _table("first node", "view", "features")
    table.add_column("cells", justify="right")
    for finding in findings[:MOST_NODES]:
        more = f" and {len(finding.features) - 3} more" if len(finding.features) > 3 else ""
        names = Text(", ".join(finding.features[:3]) + more, overflow="fold")
        table.add_row(finding.node, finding.view or "", names, f"{finding.cells:,}")
    if len(findings) > MOST_NODES:
        table.add_row(f"and {len(findings) - MOST_NODES} more")
    return table


def _table(*titles: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for title in titles:
        table.add_column(title)
    return table


def _example(node: str, example: Example) -> Iterator[str]:
    time = f"{example.event_timestamp:%Y-%m-%d %H:%M:%S}"
    yield (
        f"  request {example.request_id}, row {example.row} ({time}): {example.feature} was "
        f"{example.logged}, and is {example.now}"
    )
    if node != example.feature and example.node_now is not None:
        was = f"was {example.node_logged}, and " if example.node_logged is not None else ""
        yield f"    {node} {was}is {example.node_now}"
    inputs = (given for given in example.inputs if given.name != EVENT_TIMESTAMP)
    for given in inputs:
        same = f"{given.left}" if given.left == given.right else f"{given.left}, now {given.right}"
        yield f"    given {given.name} = {same}"
    if example.as_of is not None:
        yield f"    the store had it as of {example.as_of:%Y-%m-%d %H:%M:%S}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _long(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
