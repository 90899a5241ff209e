"""The curves of the benchmark over HTTP."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

__all__ = ["draw"]

COLOURS = ("#1f77b4", "#d62728", "#888888")


def draw(
    path: Path,
    connections: Sequence[int],
    curves: Mapping[str, Sequence[tuple[float, float | None, float | None]]],
) -> None:
    """Draw latency against load, as PNG.

    Args:
        path: of the picture.
        connections: of each point of a curve.
        curves: for each server the predictions a second, and the median and the 99th percentile of
            the latencies in ms; None for none.
    """
    figure = Figure(figsize=(9, 4), layout="constrained")
    for position, (axes, what) in enumerate(
        zip(figure.subplots(1, 2), ("p50", "p99"), strict=True)
    ):
        for (name, points), colour in zip(curves.items(), COLOURS, strict=True):
            rates = [point[0] for point in points]
            latencies = [point[position + 1] or math.nan for point in points]
            axes.plot(rates, latencies, marker="o", color=colour, label=name)
            for number, *place in zip(connections, rates, latencies, strict=True):
                axes.annotate(str(number), place, (4, 4), textcoords="offset points", fontsize=7)
        axes.set(yscale="log", xlabel="predictions/s", title=f"{what} of the latency, ms")
        axes.set_xlim(left=0)
        axes.grid(visible=True, which="both", alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    lines, names = figure.axes[0].get_legend_handles_labels()
    title = "each point is a number of connections"
    figure.legend(lines, names, loc="outside lower center", ncols=3, frameon=False, title=title)
    figure.savefig(path, dpi=120)
