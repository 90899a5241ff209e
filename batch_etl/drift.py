"""`drift`: how far the features of later rows are from those that a run was trained on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from batch_etl.printing import say
from drivers.batch import BatchDriver
from drivers.drift import (
    Period,
    logged_features,
    reference,
    rows_of_file,
    rows_of_log,
    rows_of_spine,
)
from drivers.opening import store_of
from drivers.stored.records import RunRecord
from onedag.errors import ConfigurationError, DataError
from onedag.project import Project
from onedag.statistics import (
    DriftReport,
    FeatureDrift,
    Portion,
    Thresholds,
    Verdict,
    compare,
    count,
)

__all__ = ["Drift", "LaterRows", "drift", "show_drift"]

FORMAT = 1
"""Of the JSON; raised when what is there means something else."""

_NUMBERS = 52  # characters of the columns between the names and what changed most
_CHANGED = 20  # what that takes to be read
_STYLES = {Verdict.DRIFTED: "red", Verdict.MODERATE: "yellow", Verdict.FEW_ROWS: "yellow"}


@dataclass(frozen=True, slots=True)
class LaterRows:
    """Which rows are compared: of one of the three, or else of the spine that trained the service.

    Attributes:
        frame: Parquet file of a frame, or a folder of them.
        spine: file of a spine, whose features are built with the run's fitted values.
        log: folder of what was served.
        period: of the rows; of the training spine, from its ``test_from`` on by default.
    """

    frame: Path | None = None
    spine: Path | None = None
    log: Path | None = None
    period: Period = field(default_factory=Period)

    def __post_init__(self) -> None:
        if sum(path is not None for path in (self.frame, self.spine, self.log)) > 1:
            raise ConfigurationError(
                "Only one of --frame, --spine and --log can be compared at a time."
            )

    def __str__(self) -> str:
        path, here = self.frame or self.log or self.spine or Path(), Path.cwd()
        shown = path.relative_to(here) if path.is_relative_to(here) else path
        return f"{shown} {self.period}" if self.period else f"{shown}"


@dataclass(frozen=True, slots=True)
class Drift:
    """What `drift` found.

    Attributes:
        run: that was compared with.
        rows: which rows those are, in words.
        report: feature by feature.
        notes: what a reader should know besides.
    """

    run: RunRecord
    rows: str
    report: DriftReport
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Everything as values that JSON has."""
        described = {"service": self.run.service, "run_id": self.run.run_id, "rows": self.rows}
        measured = self.report.to_dict() | {"notes": list(self.notes)}
        return {"format": FORMAT} | described | measured


def drift(
    project: Project,
    service: str,
    later: LaterRows,
    run_id: str | None = None,
    thresholds: Thresholds | None = None,
) -> Drift:
    """Compare later rows with the training frame of a published run.

    Args:
        project: its store has the run.
        service: its name.
        later: the rows.
        run_id: the run; the one that is served by default.
        thresholds: what counts as drift.

    Raises:
        ConfigurationError: no rows are named, and the project doesn't say how it trains.
        NotPublished: no run, or one without statistics.
        UnknownName: no such service or run.
        SchemaMismatch: the rows lack features of the run, or have them in other types.
        DataError: there are no rows, or they can't be read.
    """
    name = project.service(service).name
    with BatchDriver(project, store=store_of(project), tell=False) as batch:
        then = reference(store_of(project), name, run_id)
        chosen = _or_test_period(project, name, later)
        statistics, notes = then.statistics, _fitted_elsewhere(chosen.frame, then.run)
        if chosen.log is not None:
            logged = logged_features(chosen.log, then.run)
            statistics, notes = statistics.select(logged), _not_logged(logged, then.run)
        now = count(_portions(batch, then.run, chosen, list(statistics.features)), statistics)
    return Drift(then.run, str(chosen), compare(statistics, now, thresholds), notes)


def _portions(
    batch: BatchDriver, run: RunRecord, later: LaterRows, features: Sequence[str]
) -> Iterator[Portion]:
    if later.frame is not None:
        return rows_of_file(later.frame, features, later.period)
    if later.log is not None:
        return rows_of_log(later.log, run, features, later.period)
    assert later.spine is not None
    return rows_of_spine(batch, run, later.spine, later.period).portions()


def _or_test_period(project: Project, service: str, later: LaterRows) -> LaterRows:
    if later.frame or later.spine or later.log:
        return later
    if service not in project.training:
        raise ConfigurationError(
            f"No rows to compare: pass --frame, --spine or --log, or say how {service!r} is "
            f"trained, in [tool.onedag.training.{service}] of pyproject.toml. Then the rows of its "
            f"spine from test_from on are compared."
        )
    settings = project.training[service]
    since = later.period.since
    if since is None and later.period.until is None:
        since = settings.test_from
    return LaterRows(spine=settings.spine, period=Period(since, later.period.until))


def _fitted_elsewhere(path: Path | None, run: RunRecord) -> tuple[str, ...]:
    """A frame that was normalised by its own mean can't be seen to have another one."""
    if path is None or not path.is_file() or not run.fitted:
        return ()
    written = (_read_schema(path).metadata or {}).get(b"onedag.run_id", b"").decode()
    if not written or written == run.run_id:
        return ()
    return (
        f"{path.name} has the fitted values of run {written}, not those of {run.run_id}: what is "
        f"normalised by {', '.join(run.fitted)} may hide its drift. --spine computes the rows with "
        f"those of the run.",
    )


def _read_schema(path: Path) -> pa.Schema:
    try:
        return pq.read_schema(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise DataError(f"{path} can't be read as Parquet: {error}") from error


def _not_logged(logged: Sequence[str], run: RunRecord) -> tuple[str, ...]:
    left = [name for name in run.schema.names if name not in logged]
    return (
        (f"The log leaves out {', '.join(left)}, in some of its files at least.",) if left else ()
    )


def show_drift(found: Drift, console: Console) -> None:
    """A row for each feature, the greatest PSI first; above it what was compared, below a sum."""
    report = found.report
    say(
        console,
        f"{found.run.service}: {report.now.rows:,} rows of {found.rows}, compared with the "
        f"{report.then.rows:,} of run {found.run.run_id}",
    )
    longest = max((len(of.feature) for of in report.features), default=0)
    left = console.width - _NUMBERS - longest
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("feature", overflow="fold", min_width=longest + min(left, 0))
    for title in ("null then", "now", "PSI", "KS", "p"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    if left >= _CHANGED:  # names come first; --json and --plot have it too
        table.add_column("most changed", overflow="fold")
    for of in report.features:
        cells = [Text(cell) for cell in _cells(of, report)]  # a category may look like markup
        table.add_row(*cells[: len(table.columns)], style=_STYLES.get(of.verdict))
    console.print(table)
    for line in (*_summary(report), *found.notes):
        say(console, line)


def _cells(of: FeatureDrift, report: DriftReport) -> list[str]:
    most = ""
    if of.verdict is not Verdict.STABLE:
        then, now = of.most.then / report.then.rows, of.most.now / report.now.rows
        most = f"{of.most.label}: {then:.1%} to {now:.1%}"
    distance = "" if of.ks is None else f"{of.ks:.3f}"
    nulls = f"{of.nulls_then:.1%}", f"{of.nulls_now:.1%}"
    return [of.feature, *nulls, f"{of.psi:.3f}", distance, _p(of.p_value), of.verdict.value, most]


def _p(value: float | None) -> str:
    if value is None:
        return ""
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _summary(report: DriftReport) -> list[str]:
    limits = f"PSI above {report.thresholds.psi:g} or KS above {report.thresholds.ks:g}"
    lines = [f"{len(report.drifted)} of {len(report.features)} features drifted: {limits}."]
    few = [of.feature for of in report.features if of.verdict is Verdict.FEW_ROWS]
    if few:
        lines.append(
            f"{len(few)} would have, but so few rows can do it by chance: {', '.join(few)}."
        )
    if any(of.ks is not None and of.p_value is None for of in report.features):
        lines.append("p needs scipy, which isn't installed: pip install 'onedag[onnx]'.")
    return lines
