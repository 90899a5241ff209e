"""A picture of the skew of a service over time: by cause, and by feature."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from batch_etl.files import whole_file
from drivers.served.causes import Cause
from drivers.served.report import ServiceReplay
from drivers.served.skew import DAY, Skew
from onedag.errors import ConfigurationError

try:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.colors import LinearSegmentedColormap, PowerNorm
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter
except ModuleNotFoundError as error:
    raise ConfigurationError(
        f"A picture needs {error.name}, which isn't installed. Install it with "
        f"`pip install 'onedag[onnx]'`."
    ) from error

__all__ = ["draw_skew"]

SHOWN = 40
"""Features, those with the most differing cells."""
TICKS = 12
_GRID, _INK, _NONE = "#e5e7eb", "#374151", "#f3f4f6"
_COLOURS = {
    Cause.CODE: "#b42318",
    Cause.LATE_DATA: "#d1711f",
    Cause.STALE_STORE: "#0b6e99",
    Cause.EARLY_ROW: "#8fb8c9",
    Cause.STORE_DOWN: "#6b7280",
    Cause.MODEL_RUN: "#7c5cbf",
    Cause.UNEXPLAINED: "#111827",
}


def draw_skew(found: ServiceReplay, path: Path) -> Path:
    """Write the picture as a PNG file; its path.

    Above, the cells of each period that have a cause, stacked by it; below, for each feature, the
    share of its cells that differ from history.

    Raises:
        OfflineError: the file can't be written.
    """
    names = _features(found)
    below = max(1.0, 0.21 * len(names))
    figure = Figure(figsize=(10.0, 3.9 + below), dpi=140, layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(
        f"Served and recomputed: {found.service}", x=0.01, ha="left", fontsize=13, fontweight="bold"
    )
    upper, lower = figure.subplots(2, 1, height_ratios=(2.1, below))
    _draw_causes(upper, found)
    image = _draw_features(lower, found.skew, names)
    bar = figure.colorbar(image, ax=lower, pad=0.01, fraction=0.025, aspect=30)
    bar.ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=7.5, colors=_INK, length=0)
    return _save(figure, path)


def _features(found: ServiceReplay) -> list[str]:
    differing = [feature for feature in found.features if feature.differing]
    return [each.name for each in sorted(differing, key=lambda each: -each.differing)[:SHOWN]]


def _draw_causes(axes: Axes, found: ServiceReplay) -> None:
    skew = found.skew
    places = np.arange(len(skew.starts))
    cells = np.maximum(skew.rows * len(found.features), 1)
    bottom: npt.NDArray[np.float64] = np.zeros(len(places))
    for cause, counts in skew.causes.items():
        share = counts / cells
        label = f"{str(cause).replace('-', ' ')} ({counts.sum():,})"
        axes.bar(places, share, 0.92, bottom, color=_COLOURS[cause], label=label, zorder=2, lw=0)
        bottom += share
    of_days = "day" if skew.width == DAY else "hour"
    axes.set_title(
        f"{found.rows:,} rows; {found.differing:,} of {found.cells:,} cells differ from history\n"
        f"cells with a cause, by the {of_days} in which they were served; a cell may have several",
        loc="left",
        fontsize=8.5,
        color=_INK,
    )
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
    axes.set(ylim=(0, max(bottom.max(initial=0.0) * 1.08, 0.001)), ylabel="share of cells")
    if skew.causes:
        axes.legend(
            loc="upper left", bbox_to_anchor=(1.005, 1.0), frameon=False, fontsize=8,
            borderaxespad=0.0,
        )  # fmt: skip
    _time_axis(axes, skew)
    axes.grid(axis="y", color=_GRID, lw=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_features(axes: Axes, skew: Skew, names: list[str]) -> Any:
    shares = np.full((max(len(names), 1), len(skew.starts)), np.nan)
    served = skew.rows > 0
    for place, name in enumerate(names):
        shares[place, served] = skew.differing[name][served] / skew.rows[served]
    shares[shares == 0] = np.nan  # what agrees has no colour, so that one cell in a million has one
    colours = LinearSegmentedColormap.from_list("skew", ["#fde4c8", "#d1711f", "#7a1d0e"])
    colours.set_bad(alpha=0.0)
    for place in np.flatnonzero(served).tolist():
        axes.axvspan(place - 0.46, place + 0.46, color=_NONE, lw=0, zorder=0)
    # Small shares matter more than the difference between large ones.
    image = axes.pcolormesh(
        np.arange(len(skew.starts) + 1) - 0.5,
        np.arange(len(shares) + 1) - 0.5,
        shares,
        cmap=colours,
        norm=PowerNorm(0.5, 0.0, 1.0),
        edgecolors="white",
        linewidth=0.6 if len(skew.starts) <= 120 else 0.0,
        zorder=2,
    )
    said = "share of each feature's cells that differ from history"
    if not names:
        said = "no cell differs from history"
    axes.set_title(f"{said}; white: nothing was served", loc="left", fontsize=8.5, color=_INK)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(shares) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    _time_axis(axes, skew)
    axes.spines[:].set_visible(False)
    return image


def _time_axis(axes: Axes, skew: Skew) -> None:
    step = max(1, -(-len(skew.starts) // TICKS))
    places = range(0, len(skew.starts), step)
    form = "%d %b" if skew.width >= DAY else "%d %b\n%H:%M"
    if skew.width * step < timedelta(hours=12):
        form = "%H:%M"
    labels = [format(skew.starts[place], form) for place in places]
    if skew.width < DAY and form == "%H:%M":
        labels = [
            f"{text}\n{skew.starts[place]:%d %b}" if place == 0 or text == "00:00" else text
            for place, text in zip(places, labels, strict=True)
        ]
    axes.set_xticks(places, labels, fontsize=8)
    axes.set_xlim(-0.6, len(skew.starts) - 0.4)


def _save(figure: Figure, path: Path) -> Path:
    written = io.BytesIO()
    figure.savefig(written, format="png")
    with whole_file(path) as unfinished:
        unfinished.write_bytes(written.getvalue())
    return path
