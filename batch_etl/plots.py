"""Pictures of how good a model's probabilities are: calibration and lift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from batch_etl.figures import INK, Axes, Figure, FigureCanvasAgg, plain, save
from batch_etl.model import Labels, Probabilities

__all__ = ["Predictions", "calibration", "cumulative_lift", "draw_calibration", "draw_lift"]

BINS = 20
_COLOURS = ("#0b6e99", "#d1711f", "#6b7280")


@dataclass(frozen=True, slots=True)
class Predictions:
    """What is drawn.

    Attributes:
        title: of what; the first line above a picture.
        subtitle: of which run, on which rows; the second line.
        label: the column that is predicted.
        labels: what came true, shape ``(n_rows,)``.
        by_model: predicted probabilities by the model's name, each of shape ``(n_rows,)``; the
            first is the one to look at.
    """

    title: str
    subtitle: str
    label: str
    labels: Labels
    by_model: Mapping[str, Probabilities]

    @property
    def base_rate(self) -> float:
        """Share of the rows whose label is true."""
        return float(self.labels.mean())


Curve: TypeAlias = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]


def calibration(labels: Labels, predicted: Probabilities, bins: int = BINS) -> Curve:
    """Mean prediction and share of true labels in bins of equally many rows.

    Rows are taken in the order of their prediction; fewer rows than bins are a bin each.

    >>> labels = np.array([False, False, True, True])
    >>> predicted, observed = calibration(labels, np.array([0.1, 0.2, 0.3, 0.9]), bins=2)
    >>> predicted.round(3).tolist(), observed.tolist()
    ([0.15, 0.6], [0.0, 1.0])
    """
    order = np.argsort(predicted, kind="stable")
    parts = np.array_split(order, min(bins, len(order)))
    means = np.array([predicted[part].mean() for part in parts])
    return means, np.array([labels[part].mean() for part in parts])


def cumulative_lift(labels: Labels, predicted: Probabilities) -> Curve:
    """Lift of the rows with the highest predictions, by their share of all rows.

    The lift is the share of true labels among them, over that among all rows. Rows of one
    prediction can't be told apart, so there is no point within them.

    >>> share, lift = cumulative_lift(np.array([True, False, False, False]),
    ...                               np.array([0.9, 0.5, 0.5, 0.1]))
    >>> share.tolist(), lift.round(3).tolist()
    ([0.25, 0.75, 1.0], [4.0, 1.333, 1.0])
    """
    order = np.argsort(-predicted, kind="stable")
    falling = predicted[order]
    ends = np.append(np.flatnonzero(falling[1:] != falling[:-1]), len(order) - 1)
    found = np.cumsum(labels[order])[ends]
    rows = ends + 1.0
    return rows / len(order), found / rows / labels.mean()


def draw_calibration(predictions: Predictions, path: Path) -> Path:
    """Write a picture of predicted and observed shares, with the predictions below; its path."""
    figure = _figure(predictions, "Calibration")
    curves, counts = figure.subplots(2, 1, sharex=True, height_ratios=(3.2, 1))
    bins = min(BINS, len(predictions.labels))
    _subtitle(curves, predictions, f"a point is {len(predictions.labels) // bins:,} of them")
    highest = 0.0
    for (name, predicted), colour in zip(predictions.by_model.items(), _COLOURS, strict=False):
        expected, observed = calibration(predictions.labels, predicted)
        curves.plot(
            100 * expected, 100 * observed, "o-", color=colour, label=name, ms=4.5, lw=1.6, zorder=3
        )
        highest = max(highest, expected.max(), observed.max())
        _draw_counts(counts, predicted, colour)
    limit = min(100.0, 100 * highest * 1.08)
    curves.plot([0, limit], [0, limit], "--", color=INK, lw=1, label="as predicted")
    rate = 100 * predictions.base_rate
    curves.axhline(rate, color=INK, lw=1, ls=":", label=f"base rate, {rate:.1f} %")
    curves.set(
        xlim=(0, limit), ylim=(0, limit), ylabel=f"{predictions.label} came true (% of rows)"
    )
    curves.legend(loc="upper left", frameon=False)
    counts.set(ylabel="rows (%)", xlabel=f"predicted probability of {predictions.label} (%)")
    for axes in (curves, counts):
        plain(axes)
    return save(figure, path)


def draw_lift(predictions: Predictions, path: Path) -> Path:
    """Write a picture of the lift by the share of rows that are picked; its path."""
    figure = _figure(predictions, "Lift")
    axes = figure.subplots()
    _subtitle(axes, predictions, "the most probable ones are picked first")
    shown = 0.01 if len(predictions.labels) >= 1000 else 0.0
    for (name, predicted), colour in zip(predictions.by_model.items(), _COLOURS, strict=False):
        share, lift = cumulative_lift(predictions.labels, predicted)
        few = share >= shown  # the lift of a handful of rows is noise
        axes.plot(100 * share[few], lift[few], color=colour, label=name, lw=1.8, zorder=3)
        _mark_tenth(axes, share, lift, colour)
    axes.axhline(1.0, color=INK, lw=1, ls="--", label="picked at random")
    rate = 100 * predictions.base_rate
    axes.set(
        xlim=(0, 100), ylim=(0, None),
        xlabel="rows picked (% of all)",
        ylabel=f"{predictions.label} among them (times the base rate of {rate:.1f} %)",
    )  # fmt: skip
    axes.legend(loc="upper right", frameon=False)
    plain(axes)
    return save(figure, path)


def _draw_counts(axes: Axes, predicted: Probabilities, colour: str) -> None:
    edges = np.linspace(0.0, 100.0, 51).tolist()
    weights = np.full(len(predicted), 100 / len(predicted))
    axes.hist(100 * predicted, edges, weights=weights, color=colour, alpha=0.25)
    axes.hist(100 * predicted, edges, weights=weights, color=colour, histtype="step", lw=1.2)


def _mark_tenth(
    axes: Axes, share: npt.NDArray[np.float64], lift: npt.NDArray[np.float64], colour: str
) -> None:
    tenth = float(np.interp(0.1, share, lift))
    axes.plot([10], [tenth], "o", color=colour, ms=6, zorder=4)
    axes.annotate(
        f"top 10 %: {tenth:.2f} times", (10, tenth), (8, 4), textcoords="offset points",
        color=colour, fontsize=9.5, fontweight="bold",
    )  # fmt: skip


def _figure(predictions: Predictions, kind: str) -> Figure:
    figure = Figure(figsize=(7.2, 6.4), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(
        f"{kind} of {predictions.title}", x=0.02, ha="left", fontsize=13, fontweight="bold"
    )
    return figure


def _subtitle(axes: Axes, predictions: Predictions, note: str) -> None:
    text = f"{predictions.subtitle}\n{len(predictions.labels):,} rows; {note}"
    axes.set_title(text, loc="left", fontsize=8.5, color=INK)
