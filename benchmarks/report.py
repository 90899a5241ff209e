"""What a benchmark found, as tables for the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.measure import Race

__all__ = ["Check", "Figures", "Report", "Target", "show", "timings"]


@dataclass(frozen=True)
class Figures:
    """A table: names of columns, and rows of text and numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | float | None, ...], ...]


@dataclass(frozen=True)
class Target:
    """A number that was promised.

    Attributes:
        what: is measured, and in what unit.
        value: None if it couldn't be measured.
        limit: the bound, which is still good enough.
        at_most: whether the bound is the greatest allowed value, or the least.
    """

    what: str
    value: float | None
    limit: float
    at_most: bool = True

    @property
    def reached(self) -> bool | None:
        """Whether the value keeps the bound; None if it wasn't measured."""
        if self.value is None:
            return None
        return self.value <= self.limit if self.at_most else self.value >= self.limit


@dataclass(frozen=True)
class Check:
    """A comparison of two contestants' answers.

    Attributes:
        what: was compared, and with what tolerance.
        differing: cells, or rows where the answers have another number of them.
        compared: cells.
    """

    what: str
    differing: int
    compared: int


@dataclass(frozen=True)
class Report:
    """What a benchmark found.

    Attributes:
        name: of the benchmark.
        title: one line.
        size: the numbers of rows and keys.
        figures: the table.
        targets: what was promised.
        checks: whether the contestants did the same work.
        notes: what a reader must know to judge the figures.
    """

    name: str
    title: str
    size: Mapping[str, int]
    figures: Figures
    targets: tuple[Target, ...]
    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether no contestant's answer differs from another's."""
        return not any(check.differing for check in self.checks)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        targets = [asdict(target) | {"reached": target.reached} for target in self.targets]
        return asdict(self) | {"targets": targets}


def timings(run: Race, peers: Mapping[str, str]) -> Figures:
    """The medians of a race.

    Args:
        run: the race.
        peers: whom each contestant is compared with; who isn't named isn't compared.
    """
    rows = [
        (
            name,
            float(len(timing.seconds)),
            timing.median,
            min(timing.seconds),
            max(timing.seconds),
            run.ratio(name, peers[name]) if name in peers else None,
            peers.get(name, ""),
        )
        for name, timing in run.timings.items()
    ]
    return Figures(
        ("contestant", "runs", "median s", "least s", "most s", "ratio", "to"), tuple(rows)
    )


def show(report: Report, console: Console) -> None:
    """Print a report."""
    size = ", ".join(f"{number:,} {what}" for what, number in report.size.items())
    console.print(f"\n[bold]{report.name}[/bold]: {report.title} ({size})")
    console.print(_table(report.figures))
    for check in report.checks:
        verdict = "agree" if not check.differing else "[red]DIFFER[/red]"
        console.print(f"  {verdict}: {check.differing:,} of {check.compared:,} cells, {check.what}")
    for target in report.targets:
        console.print(f"  {_verdict(target)}")
    for note in report.notes:
        console.print(f"  note: {note}")


def _table(figures: Figures) -> Table:
    table = Table(box=box.SIMPLE)
    for name in figures.columns:
        table.add_column(name, justify="left" if _is_text(figures, name) else "right")
    for row in figures.rows:
        table.add_row(*map(_shown, row))
    return table


def _is_text(figures: Figures, name: str) -> bool:
    position = figures.columns.index(name)
    return any(isinstance(row[position], str) for row in figures.rows)


def _verdict(target: Target) -> str:
    bound = f"at {'most' if target.at_most else 'least'} {_shown(target.limit)}"
    if target.value is None:
        return f"not measured: {target.what}, wanted {bound}"
    verdict = "[green]reached[/green]" if target.reached else "[red]MISSED[/red]"
    return f"{verdict}: {target.what} {_shown(target.value)}, wanted {bound}"


def _shown(value: str | float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if value >= 1000 or value == int(value) else f"{value:.3g}"
