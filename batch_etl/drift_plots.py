"""A picture of drift: each feature's PSI, and how the values of those that drifted most lie."""

from __future__ import annotations

import math
from pathlib import Path

from batch_etl.drift import Drift
from batch_etl.figures import INK, Axes, Figure, FigureCanvasAgg, MaxNLocator, plain, save
from onedag.statistics import (
    Categories,
    FeatureDrift,
    FeatureStatistics,
    Histogram,
    Numbers,
    Verdict,
    shown_number,
)

__all__ = ["draw_drift"]

BARS = 60
LONGEST = 1.0  # PSI; a longer bar is cut off, and says its number
PANELS = 8
CATEGORIES = 10
NAME, CATEGORY = 40, 16  # characters that are shown
MINUTES = len("2024-01-01 00:00")
_THEN, _NOW = "#0b6e99", "#d1711f"
_VERDICTS = {
    Verdict.DRIFTED: "#b42318",
    Verdict.MODERATE: "#d99a2b",
    Verdict.FEW_ROWS: "#9ca3af",
    Verdict.STABLE: "#8fb8c9",
}


def draw_drift(found: Drift, path: Path) -> Path:
    """Write the picture as a PNG file; its path.

    Raises:
        OfflineError: the file can't be written.
    """
    features = found.report.features
    shown = min(len(features), BARS)
    panels = features[:PANELS]
    columns = min(len(panels), 2)
    rows = math.ceil(len(panels) / 2)
    height = max(1.7 + 0.19 * shown, 1.5 + 1.95 * rows)
    figure = Figure(figsize=(14.0, height), dpi=130, layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(
        f"Drift of {found.run.service}", x=0.01, ha="left", fontsize=14, fontweight="bold"
    )
    [[left, right]] = figure.subfigures(1, 2, squeeze=False, width_ratios=(1.0, 1.25))
    left.suptitle(_subtitle(found, shown), x=0.02, ha="left", fontsize=8.5, color=INK)
    # Of few features, no bar is thicker than a quarter of an inch.
    _draw_bars(left.subplots(), found, shown, min(0.72, 0.25 * shown / height))
    grid = right.subplots(rows, columns, squeeze=False).ravel()
    for axes, of in zip(grid, panels, strict=False):
        _draw_panel(axes, of, found)
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    grid[0].legend(loc="best", frameon=False, fontsize=8)
    right.supxlabel(
        "Thin bars beside a histogram are the values outside it.", fontsize=7.5, color=INK
    )
    return save(figure, path)


def _draw_bars(axes: Axes, found: Drift, shown: int, thickness: float) -> None:
    report = found.report
    features = report.features[:shown]
    limits = report.thresholds
    end = max(min(LONGEST, report.features[0].psi), limits.psi) * 1.18
    for place, of in enumerate(features):
        colour = _VERDICTS[of.verdict]
        axes.barh(place, min(of.psi, end), color=colour, height=thickness, zorder=2)
        cut = of.psi > end
        axes.annotate(
            f"{of.psi:.2f}{' ▸' if cut else ''}", (min(of.psi, end), place),
            (-3 if cut else 3, 0), textcoords="offset points", va="center",
            ha="right" if cut else "left", fontsize=7, color="white" if cut else INK, zorder=5,
            bbox=None if cut else {"facecolor": "white", "lw": 0, "pad": 0.6},
        )  # fmt: skip
    for value, name in ((limits.moderate, "moderate"), (limits.psi, "drift")):
        axes.axvline(value, color=INK, lw=0.9, ls="--", zorder=3)
        axes.annotate(
            f"{name} {value:g}", (value, 1.0), (2, 3), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha="right" if name == "moderate" else "left",
            fontsize=7.5, color=INK,
        )  # fmt: skip
    axes.set_yticks(range(shown), [_short(of.feature, NAME) for of in features], fontsize=7.5)
    axes.set(xlim=(0, end), ylim=(len(features) - 0.4, -0.6), xlabel="PSI")
    plain(axes, "x")
    axes.tick_params(axis="y", length=0)


def _subtitle(found: Drift, shown: int) -> str:
    report = found.report
    more = len(report.features) - shown
    few = sum(of.verdict is Verdict.FEW_ROWS for of in report.features)
    said = f"; {few} have too few rows to tell (grey)" if few else ""
    said += f"; {more} more have a smaller PSI" if more else ""
    return (
        f"now: {report.now.rows:,} rows of {found.rows}\n"
        f"then: {report.then.rows:,} rows of run {found.run.run_id}\n"
        f"{len(report.drifted)} of {len(report.features)} features drifted: PSI above "
        f"{report.thresholds.psi:g} or KS above {report.thresholds.ks:g}{said}"
    )


def _draw_panel(axes: Axes, of: FeatureDrift, found: Drift) -> None:
    then, now = found.report.then.features[of.feature], found.report.now.features[of.feature]
    a, b = then.values, now.values
    if isinstance(a, Numbers) and isinstance(b, Numbers) and a.histogram and b.histogram:
        if a.distinct is not None and a.distinct <= CATEGORIES and a.distinct == len(a.points):
            _draw_shares(axes, *_at_points(then, now, a, b))
        else:
            _draw_histograms(axes, then, now, a.histogram, b.histogram)
    elif isinstance(a, Categories) and isinstance(b, Categories):
        _draw_shares(axes, *_of_categories(then, now, a, b))
    else:
        sides = ([100 * part / rows for part in parts] for parts, rows in (
            ([each.then for each in of.bins], then.rows), ([each.now for each in of.bins], now.rows)
        ))  # fmt: skip
        _draw_shares(axes, [each.label for each in of.bins], *sides)
    axes.set_title(
        _short(of.feature, NAME + 4),
        loc="left",
        fontsize=8.5,
        fontweight="bold",
        color=INK,
        pad=14,
    )
    distance = "" if of.ks is None else f", KS {of.ks:.2f}"
    axes.annotate(
        f"PSI {of.psi:.2f}{distance}; null {of.nulls_then:.1%} then, {of.nulls_now:.1%} now",
        (0, 1), (0, 4), xycoords="axes fraction", textcoords="offset points", fontsize=7.5,
        color=_VERDICTS[of.verdict] if of.verdict is Verdict.DRIFTED else INK,
    )  # fmt: skip
    axes.tick_params(labelsize=7.5)
    plain(axes, "y")


def _draw_histograms(
    axes: Axes,
    then: FeatureStatistics,
    now: FeatureStatistics,
    first: Histogram,
    second: Histogram,
) -> None:
    """Shares of all rows, so that those of both sides add up to the same without nulls."""
    edges = first.edges
    width = float(edges[1] - edges[0]) or 1.0
    for drawn, of, colour, name in ((first, then, _THEN, "then"), (second, now, _NOW, "now")):
        shares = [100 * count / of.rows for count in drawn.counts]
        axes.stairs(shares, edges, color=colour, fill=True, alpha=0.25, lw=0)
        axes.stairs(shares, edges, color=colour, lw=1.4, label=name)
        side = -0.35 if of is then else 0.35
        ends = ((drawn.below, edges[0] - 1.5 * width), (drawn.above, edges[-1] + 1.5 * width))
        for count, place in ends:  # what is outside stands beside it, as two thin bars
            if count:
                axes.bar(place + side * width, 100 * count / of.rows, 0.6 * width, color=colour)
    is_time = then.type.startswith("timestamp")
    axes.xaxis.set_major_locator(MaxNLocator(3 if is_time else 5))
    axes.xaxis.set_major_formatter(lambda value, _: _tick(value, then.type))
    axes.set_ylabel("% of rows", fontsize=7.5)


def _draw_shares(axes: Axes, names: list[str], then: list[float], now: list[float]) -> None:
    for side, shares, colour, name in ((-0.2, then, _THEN, "then"), (0.2, now, _NOW, "now")):
        places = [place + side for place in range(len(names))]
        axes.bar(places, shares, 0.38, color=colour, alpha=0.85, label=name)
    slanted = len(names) > 4 and max(map(len, names)) > 6
    axes.set_xticks(
        range(len(names)), names, parse_math=False,
        rotation=30 if slanted else 0, ha="right" if slanted else "center",
    )  # fmt: skip
    axes.set_ylabel("% of rows", fontsize=7.5)


def _at_points(
    then: FeatureStatistics, now: FeatureStatistics, a: Numbers, b: Numbers
) -> tuple[list[str], list[float], list[float]]:
    """Shares of rows at each value that the training rows have, and at any other."""
    names = [*(shown_number(point, then.type) for point in a.points), "other"]
    sides = []
    for values, rows in ((a, then.rows), (b, now.rows)):
        at = list(values.counts[1::2])
        sides.append([100 * count / rows for count in (*at, values.present - sum(at))])
    if not sides[1][-1]:
        return names[:-1], sides[0][:-1], sides[1][:-1]
    return names, sides[0], sides[1]


def _of_categories(
    then: FeatureStatistics, now: FeatureStatistics, a: Categories, b: Categories
) -> tuple[list[str], list[float], list[float]]:
    """Shares of rows in each of the most frequent categories, and in any other."""
    shown = list(a.counts)[:CATEGORIES]
    sides = []
    for values, rows in ((a, then.rows), (b, now.rows)):
        counts = [values.counts[name] for name in shown]
        sides.append([100 * count / rows for count in (*counts, values.present - sum(counts))])
    names = [_short(name, CATEGORY) for name in shown]
    if not (sides[0][-1] or sides[1][-1]):
        return names, sides[0][:-1], sides[1][:-1]
    return [*names, "other"], sides[0], sides[1]


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _tick(value: float, arrow: str) -> str:
    if arrow.startswith(("timestamp", "duration")):
        return shown_number(round(value), arrow)[:MINUTES]
    return f"{value:,.10g}"
