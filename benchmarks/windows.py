"""Four aggregates over five windows, against numpy by hand and DuckDB's RANGE windows."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pyarrow as pa

from benchmarks import data
from benchmarks.agreement import ROW, compare
from benchmarks.measure import Contestant, Race, race
from benchmarks.peers.duckdb_windows import range_join, range_windows
from benchmarks.peers.numpy_windows import windows as numpy_windows
from benchmarks.projects import windows
from benchmarks.report import Check, Report, Target, timings
from benchmarks.setting import Setting
from drivers import BatchDriver
from onedag import Project

__all__ = ["run"]

SIZES = {
    "full": {"spine rows": 1_000_000, "events": 10_000_000, "keys": 100_000},
    "small": {"spine rows": 100_000, "events": 1_000_000, "keys": 10_000},
    "tiny": {"spine rows": 500, "events": 2_000, "keys": 20},
}

RELATIVE = 1e-6
NUMBERS = "onedag"
TEXTS = "onedag, text keys"
NUMPY = "numpy by hand"
RANGE_WINDOWS = "DuckDB, 5 RANGE windows"
RANGE_JOIN = "DuckDB, range join"

ABSOLUTE = {NUMPY: 0.01, RANGE_WINDOWS: 1e-6, RANGE_JOIN: 1e-6}
"""The difference of two long prefix sums of squares leaves a small std few digits: to a cent."""

PEERS = {NUMBERS: NUMPY, TEXTS: NUMBERS, RANGE_WINDOWS: NUMBERS, RANGE_JOIN: NUMBERS}


def run(setting: Setting) -> Report:
    """Run the benchmark."""
    size = SIZES[setting.size]
    numbers, texts = (_prepared(setting, size, text) for text in (False, True))
    contestants = [
        Contestant(NUMBERS, partial(_frame, numbers, windows.by_number.name)),
        Contestant(TEXTS, partial(_frame, texts, windows.by_text.name)),
        Contestant(NUMPY, partial(numpy_windows, numbers, windows.DAYS)),
        Contestant(RANGE_WINDOWS, partial(range_windows, numbers, windows.DAYS)),
        Contestant(RANGE_JOIN, partial(range_join, numbers, windows.DAYS)),
    ]
    found = race(contestants, setting.rounds)
    return Report(
        name="windows",
        title="count, sum, mean and std over 5 windows, from Parquet to a table",
        size=size,
        figures=timings(found, PEERS),
        targets=_targets(found),
        checks=_checks(found),
        notes=(
            "onedag's sums are exactly rounded; the others' are not.",
            "The range join is no RANGE window, but what DuckDB does best; no target speaks of it.",
        ),
    )


def _prepared(setting: Setting, size: dict[str, int], text: bool) -> Path:
    rows, events, keys = size.values()

    def make(folder: Path) -> None:
        data.write(data.events(events, keys, text, seed=3), folder / "events.parquet")
        data.write(data.spine(rows, keys, text, seed=4), folder / "spine.parquet")

    name = f"windows-{rows}-{events}-{keys}-{'text' if text else 'int'}"
    return data.folder(setting.data / name, make)


def _frame(folder: Path, service: str) -> pa.Table:
    project = Project(windows, root=folder, store="memory://")
    with BatchDriver(project) as driver:
        return driver.training_frame("spine.parquet", service, keep=[ROW]).table


def _targets(found: Race) -> tuple[Target, ...]:
    faster = found.ratio(RANGE_WINDOWS, NUMBERS)
    return (
        Target("times numpy by hand", found.ratio(NUMBERS, NUMPY), 2),
        Target("times faster than 5 RANGE windows", faster, 5, at_most=False),
        Target("text keys, times number keys", found.ratio(TEXTS, NUMBERS), 1.5),
    )


def _checks(found: Race) -> tuple[Check, ...]:
    mine = found.answers[NUMBERS]
    return tuple(
        compare(f"onedag and {peer}, to {bound:g}", mine, found.answers[peer], RELATIVE, bound)
        for peer, bound in ABSOLUTE.items()
    )
