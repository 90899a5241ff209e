"""Resident memory and seconds of a training frame, from a million events to a hundred million."""

from __future__ import annotations

from functools import partial
from itertools import chain, islice
from pathlib import Path

from benchmarks import data
from benchmarks.memory_plot import draw
from benchmarks.memory_point import Point, measured
from benchmarks.report import Check, Figures, Report, Target
from benchmarks.setting import Setting

__all__ = ["run"]

SIZES = {
    "full": (1_000_000, 10_000_000, 100_000_000),
    "small": (100_000, 1_000_000),
    "tiny": (1_000, 4_000),
}
KEYS = 1_000_000
EVENTS_PER_SPINE_ROW = 10
FILE_CHUNKS = 10

STOP_GB = 8.0
"""Above this a point is stopped: the target is missed, and others use the machine too."""


def run(setting: Setting) -> Report:
    """Run the benchmark, each size in a process of its own. Draws ``memory.png``."""
    sizes = SIZES[setting.size]
    folders = [
        data.folder(setting.data / f"memory-{events}", partial(_prepare, events))
        for events in sizes
    ]
    points = [measured(folder, STOP_GB) for folder in folders]
    rows = [events // EVENTS_PER_SPINE_ROW for events in sizes]
    setting.plots.mkdir(parents=True, exist_ok=True)
    draw(setting.plots / "memory.png", sizes, points)
    return Report(
        name="memory",
        title="2 newest values and 2 aggregates, from Parquet to Parquet",
        size={"events": sizes[-1], "spine rows": rows[-1], "keys": KEYS},
        figures=_figures(sizes, rows, points),
        targets=(Target(f"GB at {sizes[-1]:,} events", points[-1].peak_gb, 2),),
        checks=tuple(_check(n, p) for n, p in zip(rows, points, strict=True) if not p.stopped),
        notes=(
            "The peak is the high-water mark of the process; it is sampled besides, and stopped "
            f"above {STOP_GB:g} GB.",
        ),
    )


def _prepare(events: int, folder: Path) -> None:
    chunks = data.events(events, KEYS, text=False, seed=5)
    for number, first in enumerate(chunks):
        part = chain([first], islice(chunks, FILE_CHUNKS - 1))
        data.write(part, folder / f"events-{number:03}.parquet")
    rows = events // EVENTS_PER_SPINE_ROW
    data.write(data.spine(rows, KEYS, text=False, seed=6), folder / "spine.parquet")


def _figures(sizes: tuple[int, ...], rows: list[int], points: list[Point]) -> Figures:
    columns = ("events", "spine rows", "peak GB", "sampled GB", "seconds", "")
    return Figures(
        columns,
        tuple(
            (*map(float, counts), p.peak_gb, p.sampled_gb, p.seconds, "stopped" * p.stopped)
            for *counts, p in zip(sizes, rows, points, strict=True)
        ),
    )


def _check(rows: int, point: Point) -> Check:
    return Check("rows written and rows of the spine", abs(rows - point.rows), rows)
