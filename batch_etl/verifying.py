"""`verify` as a job: a bar while it runs, tables of what it saw, and JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from batch_etl.printing import say
from batch_etl.progress import Bars
from drivers.verify import FORMAT, VerifyReport
from drivers.verify import verify as verify_service
from onedag import Project
from onedag.errors import ConfigurationError

__all__ = ["show", "spines", "to_document", "verify"]


def spines(project: Project, service: str | None, spine: Path | None) -> dict[str, Path]:
    """The spine of each service that is to be verified.

    Args:
        project: its settings name the spines of trained services.
        service: only this one; all that have a spine by default.
        spine: for all of them, instead of the settings'.

    Raises:
        UnknownName: no such service.
        ConfigurationError: no spine for the service, or for any.
    """
    if service is not None:
        project.service(service)  # which says what there is
    if spine is not None:
        return dict.fromkeys([service] if service else project.services, spine.resolve())
    known = {name: project.root / of.spine for name, of in project.training.items()}
    if service is None and known:
        return known
    if service is not None and service in known:
        return {service: known[service]}
    named = service or next(iter(project.services), "SERVICE")
    whose = f"for {service!r}" if service else "for any service"
    raise ConfigurationError(
        f"No spine {whose}: pass --spine FILE, or add [tool.onedag.training.{named}] to "
        f"pyproject.toml."
    )


def refuse_options_of_a_log(**options: object) -> None:
    """Refuse what would be left out, where a spine is verified and not a log.

    Raises:
        ConfigurationError: an option was given that goes with ``--log`` alone.
    """
    given = [f"--{name.replace('_', '-')}" for name, value in options.items() if value is not None]
    if given:
        raise ConfigurationError(
            f"{', '.join(given)} can only be used with --log DIR, the folder of what was served."
        )


def verify(
    project: Project,
    of: Mapping[str, Path],
    console: Console,
    *,
    rows: int | None,
    singly: int,
    whole: int,
    seed: int,
) -> list[VerifyReport]:
    """As `drivers.verify.verify` for each service, with a bar for each.

    Args:
        project: the project.
        of: spines by service.
        console: where bars are drawn.
        rows: how many to replay in joint requests.
        singly: how many of them as requests of their own.
        whole: how many of them against whole materializations.
        seed: of the drawing.
    """
    with Bars(console, "rows").of(of) as progress:
        return [
            verify_service(
                project,
                name,
                spine,
                rows=rows,
                singly=singly,
                whole=whole,
                seed=seed,
                progress=partial(progress, name),
            )
            for name, spine in of.items()
        ]


def show(reports: Sequence[VerifyReport], project: Project, console: Console) -> None:
    """A row for each service; then, of those with differences, where the two sides part."""
    table = _table("service")
    for title in ("rows", "requests", "singly", "whole", "cells", "differ", "seconds", "rows/s"):
        table.add_column(title, justify="right", no_wrap=True)
    for report in reports:
        counts = (report.rows, report.requests, report.singly, report.whole, report.cells)
        numbers = [f"{count:,}" for count in (*counts, report.differing_cells)]
        seconds = sum(report.seconds.values())
        table.add_row(report.service, *numbers, f"{seconds:.1f}", f"{report.rows_per_second:,.0f}")
    console.print(table)
    for report in reports:
        if not report.ok:
            console.print(_partings(report))
        say(console, str(report))
    seen = {report.service for report in reports}
    if len(reports) > 1 and (others := [name for name in project.services if name not in seen]):
        say(console, f"Not verified, without a spine: {', '.join(others)}.")


def _partings(report: VerifyReport) -> Table:
    """The nodes at which the two sides part."""
    table = _table("the sides part at", "which is from", "in", "features")
    table.add_column("cells", justify="right")
    for node in report.nodes:
        whats = dict.fromkeys(what for one in node.examples for what in one.parting.what)
        place = node.origin if node.view is None else f"{node.origin}: {node.view}"
        features = Text(", ".join(node.features), overflow="fold")
        table.add_row(node.node, place, ", ".join(whats), features, f"{node.cells:,}")
    return table


def _table(*titles: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=0)
    for title in titles:
        table.add_column(title, overflow="fold", min_width=8)
    return table


def to_document(reports: Sequence[VerifyReport]) -> dict[str, Any]:
    """The reports as one object for JSON."""
    ok = all(report.ok for report in reports)
    return {"format": FORMAT, "ok": ok, "services": [report.to_dict() for report in reports]}
