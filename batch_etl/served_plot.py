"""A picture of the skew of a service over time: by cause, and by feature."""

from __future__ import annotations

import math
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from batch_etl.figures import (
    GRID,
    INK,
    Axes,
    Figure,
    FigureCanvasAgg,
    LinearSegmentedColormap,
    PercentFormatter,
    PowerNorm,
    SubFigure,
    save,
)
from drivers.served.causes import Cause
from drivers.served.report import FeatureReport, ServiceReplay
from drivers.served.skew import DAY, Skew

__all__ = ["draw_skew"]

SHOWN = 40
FAR = 2.0
"""Standard deviations; what is farther has the same colour."""
TICKS = 12
_NONE = "#eef0f3"
_SMALL: Any = {"fontsize": 8.5, "color": INK}
_LEAST = 1e-12
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

    Above, for each cause its share of the cells of each period; below, for each feature, how many
    of its cells differ from history, and how far they are from it.

    Raises:
        OfflineError: the file can't be written.
    """
    names = _features(found)
    below = max(1.0, 0.2 * len(names))
    figure = Figure(figsize=(13.0, 4.4 + below), dpi=130, layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(
        f"Served and recomputed: {found.service}", x=0.01, ha="left", fontsize=13, fontweight="bold"
    )
    [[upper], [lower]] = figure.subfigures(2, 1, squeeze=False, height_ratios=(2.4, 1.1 + below))
    _draw_causes(upper.subplots(), found)
    left, right = lower.subplots(1, 2, sharey=True)
    skew = found.skew
    served = np.maximum(skew.rows, 1)
    shares = [skew.differing[name] / served for name in names]
    image = _draw_features(left, skew, names, shares, 1.0)
    left.set_title("share of cells that differ from history", loc="left", **_SMALL)
    _draw_bar(lower, left, image).yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    image = _draw_features(right, skew, names, [skew.distance[name] for name in names], FAR)
    said = "mean distance from history, in standard deviations of the feature; blank for no number"
    right.set_title(said, loc="left", **_SMALL)
    _draw_bar(lower, right, image)
    return save(figure, path)


def _features(found: ServiceReplay) -> list[str]:
    """Those with differing cells, the farthest from history first."""
    differing = [feature for feature in found.features if feature.differing]

    def far(feature: FeatureReport) -> float:
        distance = feature.distance
        return feature.differing / feature.cells if math.isnan(distance) else distance

    return [each.name for each in sorted(differing, key=far, reverse=True)[:SHOWN]]


def _draw_causes(axes: Axes, found: ServiceReplay) -> None:
    skew = found.skew
    places = np.arange(len(skew.starts))
    cells = np.where(skew.rows > 0, skew.rows * len(found.features), np.nan)
    for cause, counts in skew.causes.items():
        label = f"{str(cause).replace('-', ' ')}: {counts.sum():,} cells"
        axes.plot(
            places, counts / cells, "o-", color=_COLOURS[cause], label=label, ms=4.5, lw=1.8,
            zorder=3, clip_on=False,
        )  # fmt: skip
    period = "day" if skew.width == DAY else "hour"
    axes.set_title(
        f"{found.rows:,} rows; {found.differing:,} of {found.cells:,} cells differ from history. "
        f"By the {period} in which they were served (UTC); a cell may have several causes.",
        loc="left",
        **_SMALL,
    )
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set(ylim=(0, None), ylabel="cells")
    if skew.causes:
        axes.legend(loc="upper left", bbox_to_anchor=(1.005, 1.02), frameon=False, fontsize=9)
    _time_axis(axes, skew)
    axes.grid(color=GRID, lw=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_features(
    axes: Axes, skew: Skew, names: list[str], rows: list[npt.NDArray[np.float64]], most: float
) -> Any:
    """A cell for each feature and period: grey where all agrees, blank where there is nothing."""
    values = np.full((max(len(names), 1), len(skew.starts)), np.nan)
    if rows:
        values[:] = rows
    values[:, skew.rows == 0] = np.nan
    colours = LinearSegmentedColormap.from_list("skew", ["#fde4c8", "#d1711f", "#7a1d0e"])
    image = axes.pcolormesh(
        np.arange(len(skew.starts) + 1) - 0.5,
        np.arange(len(values) + 1) - 0.5,
        np.minimum(values, most),
        cmap=colours.with_extremes(under=_NONE, bad=(1.0, 1.0, 1.0, 0.0)),
        # Small numbers matter more than the difference between large ones.
        norm=PowerNorm(0.5, _LEAST, most),
        edgecolors="white",
        linewidth=0.6 if len(skew.starts) <= 100 else 0.0,
    )
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(values) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    _time_axis(axes, skew)
    axes.spines[:].set_visible(False)
    return image


def _draw_bar(figure: SubFigure, axes: Axes, image: Any) -> Axes:
    bar = figure.colorbar(image, ax=axes, pad=0.01, fraction=0.04, aspect=25, shrink=0.8)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=7.5, colors=INK, length=0)
    return bar.ax


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
