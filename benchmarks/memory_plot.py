"""The curve of the memory benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from benchmarks.memory_point import Point

__all__ = ["draw"]

LIMIT_GB = 2.0


def draw(path: Path, events: Sequence[int], points: Sequence[Point]) -> None:
    """Draw peak memory and seconds against the number of events, as PNG."""
    figure = Figure(figsize=(8, 3.5), layout="constrained")
    memory, seconds = figure.subplots(1, 2)
    memory.plot(events, [point.peak_gb for point in points], marker="o", color="#1f77b4")
    memory.axhline(LIMIT_GB, linestyle="--", color="#888888", label="promised: below 2 GB")
    memory.set(xscale="log", xlabel="events", title="peak resident memory, GB")
    memory.set_ylim(bottom=0)
    memory.legend(frameon=False)
    seconds.plot(events, [point.seconds for point in points], marker="o", color="#d62728")
    seconds.set(xscale="log", yscale="log", xlabel="events", title="seconds")
    for axes in (memory, seconds):
        axes.grid(visible=True, which="both", alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        for point, number in zip(points, events, strict=True):
            if point.stopped:
                shown = point.peak_gb if axes is memory else point.seconds
                axes.annotate("stopped", (number, shown), ha="right")
    figure.savefig(path, dpi=120)
