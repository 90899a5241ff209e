"""Histograms as pages show them: where bars lie, and what is said of each.

The templates of `statistics.html` write them as inline SVG; nothing here is drawn twice. All
lengths are in the units of the SVG's ``viewBox``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from onedag.pages.statistics import share
from onedag.pages.ticks import Tick, ticks
from onedag.statistics import (
    Categories,
    FeatureStatistics,
    Histogram,
    Numbers,
    shown_number,
)

__all__ = ["Bar", "Columns", "Rows", "picture_of"]

WIDTH = 320
PLOT = 84
"""Height of the tallest column."""
ASIDE = 12
GAP = 3
"""Room left and right of the plot, for values outside of it, and for a gap in between."""
ROW = 22
THICK = 5
MOST_ROWS = 12
LONGEST = 24
"""Characters of a category that there is room for."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar.

    Attributes:
        start: where it begins, from the left.
        width: of a column; of a row how long it is.
        height: of a column; of a row how thick it is.
        label: beside a row, cut to `LONGEST` characters; empty for a column.
        said: what it stands for, with its count and share.
        share: of the values, such as ``13 %``.
        apart: whether it isn't one bin or category: what lies outside of the axis, or all others.
    """

    start: float
    width: float
    height: float
    label: str
    said: str
    share: str
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """A histogram of numbers or times.

    Attributes:
        bars: from left to right; those without rows aren't there.
        ticks: of the axis below, at shares of the plot's width.
        top: what the tallest column stands for, such as ``13 %``.
        said: all of it in a sentence, for those who don't see it.
    """

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    top: str
    said: str

    form = "columns"
    width = WIDTH
    plot = PLOT
    left = ASIDE
    inner = WIDTH - 2 * ASIDE


@dataclass(frozen=True, slots=True)
class Rows:
    """Counts of categories, the most frequent first.

    Attributes:
        bars: from top to bottom.
        said: all of it in a sentence, for those who don't see it.
    """

    bars: tuple[Bar, ...]
    said: str

    form = "rows"
    width = WIDTH
    row = ROW


def picture_of(feature: str, of: FeatureStatistics) -> Columns | Rows | None:
    """The histogram of a feature's values; None where it has none.

    Args:
        feature: its name, for the sentence.
        of: what was counted.
    """
    if isinstance(of.values, Numbers) and of.values.histogram is not None and of.values.present:
        return _columns(feature, of.values.histogram, of.type)
    if isinstance(of.values, Categories) and of.values.present:
        return _rows(feature, of.values)
    return None


def _columns(feature: str, drawn: Histogram, arrow: str) -> Columns:
    bins = _Bins(drawn, arrow)
    return Columns(
        tuple(bar for bar in bins.bars() if bar.height),
        ticks(drawn.low, drawn.high, arrow),
        share(bins.tallest, bins.total),
        f"Histogram of {feature}: {bins.sentence()}",
    )


class _Bins:
    """The bins of a histogram, and what lies outside of them."""

    def __init__(self, drawn: Histogram, arrow: str) -> None:
        self._drawn = drawn
        self.total = drawn.below + sum(drawn.counts) + drawn.above
        self.tallest = max(*drawn.counts, drawn.below, drawn.above)
        # A whole number's bins are named by whole numbers where they are wide enough.
        whole = isinstance(drawn.low, int) and drawn.high - drawn.low >= 10 * len(drawn.counts)
        edges = [round(edge) if whole else edge for edge in drawn.edges.tolist()]
        self._edges = [shown_number(edge, arrow) for edge in edges]

    def bars(self) -> Iterator[Bar]:
        bars, drawn = _Bars(self.total, self.tallest), self._drawn
        aside, width = ASIDE - GAP, Columns.inner / len(drawn.counts)
        yield bars.column(0, aside, drawn.below, f"below {self._edges[0]}", apart=True)
        for place, count in enumerate(drawn.counts):
            yield bars.column(ASIDE + place * width, width, count, self._named(place))
        end = WIDTH - aside
        yield bars.column(end, aside, drawn.above, f"above {self._edges[-1]}", apart=True)

    def sentence(self) -> str:
        """What a reader who doesn't see the picture is told."""
        counts, outside = self._drawn.counts, self._drawn.below + self._drawn.above
        fullest = max(range(len(counts)), key=counts.__getitem__)
        most = share(counts[fullest], self.total)
        told = f"{self.total:,} values. The tallest bar is {self._named(fullest)}, with {most}."
        if outside:
            told += f" {outside:,} values lie beside the bars, outside of the axis."
        return told

    def _named(self, place: int) -> str:
        low, high = self._edges[place], self._edges[place + 1]
        return f"{low} to {high}" if self._drawn.low < self._drawn.high else low


def _rows(feature: str, values: Categories) -> Rows:
    counted = list(values.counts.items())
    named, rest = counted[:MOST_ROWS], counted[MOST_ROWS:]
    other = values.other + sum(count for _, count in rest)
    tallest = max([other, *(count for _, count in named)])
    bars = _Bars(values.present, tallest)
    placed = [bars.row(name, count) for name, count in named]
    if other:
        placed.append(bars.row("all others", other, apart=True))
    said = "; ".join(bar.said for bar in placed)
    return Rows(tuple(placed), f"Shares of {feature}: {said}.")


@dataclass(frozen=True, slots=True)
class _Bars:
    """Bars of one picture: what they are measured against."""

    total: int
    tallest: int

    def column(self, start: float, width: float, count: int, what: str, apart: bool = False) -> Bar:
        height, said = self._scaled(count, PLOT), share(count, self.total)
        where = round(start, 1), round(width - 0.5, 1), height
        return Bar(*where, "", f"{what}: {count:,} ({said})", said, apart)

    def row(self, name: str, count: int, apart: bool = False) -> Bar:
        shown = name or "(empty)"
        label = shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"
        said = share(count, self.total)
        length = self._scaled(count, WIDTH)
        return Bar(0, length, THICK, label, f"{shown}: {count:,} ({said})", said, apart)

    def _scaled(self, count: int, most: int) -> float:
        """A few rows among very many are still to be seen."""
        return max(round(most * count / self.tallest, 1), 1.0) if count else 0.0
