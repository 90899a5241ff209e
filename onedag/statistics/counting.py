"""Counting the values of one feature, portion by portion."""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from onedag.statistics.cuts import CategoryCuts, Cuts, NumberCuts
from onedag.statistics.model import Categories, Histogram, Number, Numbers, histogram_edges
from onedag.statistics.values import as_text, sorted_values

__all__ = ["ValueCounter", "counter"]


class ValueCounter(Protocol):
    """Counts values that come in portions; the order of portions doesn't matter."""

    def add(self, column: pa.ChunkedArray) -> int:
        """Count a portion; how many of its rows have a value."""

    def result(self) -> Numbers | Categories | None:
        """Of all portions."""


def counter(cuts: Cuts) -> ValueCounter:
    """What counts a feature's values at these cuts."""
    if isinstance(cuts, NumberCuts):
        return _NumberCounter(cuts)
    return _Nothing() if cuts is None else _CategoryCounter(cuts)


class _Nothing:
    def add(self, column: pa.ChunkedArray) -> int:
        return len(column) - int(column.null_count)

    def result(self) -> None:
        return None


class _CategoryCounter:
    def __init__(self, cuts: CategoryCuts) -> None:
        self._cuts = cuts
        self._names = pa.array(cuts.names, pa.string())
        self._counts = np.zeros(len(cuts.names), np.int64)
        self._other = 0

    def add(self, column: pa.ChunkedArray) -> int:
        found = pc.index_in(as_text(column), self._names).drop_null().to_numpy()
        self._counts += np.bincount(found, minlength=len(self._names))
        present = len(column) - int(column.null_count)
        self._other += present - len(found)
        return present

    def result(self) -> Categories:
        counts = dict(zip(self._cuts.names, self._counts.tolist(), strict=True))
        return Categories(counts, self._other, self._cuts.distinct)


class _NumberCounter:
    def __init__(self, cuts: NumberCuts) -> None:
        self._cuts = cuts
        self._edges = histogram_edges(cuts.low, cuts.high, cuts.bins) if cuts.bins else None
        self._counts = np.zeros(2 * len(cuts.points) + 1, np.int64)
        self._drawn = np.zeros(cuts.bins + 2, np.int64)
        self._negative = self._positive = 0
        self._extremes: list[Number] = []
        self._moments = _Moments()

    def add(self, column: pa.ChunkedArray) -> int:
        values = sorted_values(column)
        self._counts += _between(values, _places(values, self._cuts.points))
        if self._edges is not None:
            self._drawn += _between(values, _bin_starts(values, self._edges))
        first, end = 0, len(values)
        if values.dtype.kind == "f":
            first = int(np.searchsorted(values, -np.inf, "right"))
            end = int(np.searchsorted(values, np.inf, "left"))
        self._negative += first
        self._positive += len(values) - end
        finite = values[first:end]
        if len(finite):
            ends = (finite[0].item() + 0, finite[-1].item() + 0)  # 0.0 for -0.0
            self._extremes = [f(*self._extremes, *ends) for f in (min, max)]
            self._moments.add(finite.astype(np.float64, copy=False))
        return len(values)

    def result(self) -> Numbers:
        return Numbers(
            self._cuts.points,
            tuple(self._counts.tolist()),
            self._negative,
            self._positive,
            self._extremes[0] if self._extremes else None,
            self._extremes[1] if self._extremes else None,
            self._moments.mean(),
            self._moments.std(),
            self._cuts.distinct,
            self._histogram(),
        )

    def _histogram(self) -> Histogram | None:
        if self._edges is None:
            return None
        below, *counts, above = self._drawn.tolist()
        return Histogram(self._cuts.low, self._cuts.high, tuple(counts), below, above)


def _places(values: npt.NDArray[Any], points: tuple[Number, ...]) -> npt.NDArray[np.int64]:
    """How many of the sorted values are ``< p`` and ``<= p``, for each point in turn."""
    asked = np.array(points, values.dtype)
    places = np.empty(2 * len(points), np.int64)
    places[0::2] = np.searchsorted(values, asked, "left")
    places[1::2] = np.searchsorted(values, asked, "right")
    return places


def _bin_starts(values: npt.NDArray[Any], edges: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """How many of the sorted values lie before each bin, and before what is above the last."""
    starts = np.searchsorted(values, edges, "left")
    starts[-1] = np.searchsorted(values, edges[-1], "right")
    return starts


def _between(values: npt.NDArray[Any], places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.diff(places, prepend=0, append=len(values))


class _Moments:
    """Mean and variance of portions, merged as in Chan, Golub & LeVeque (1979)."""

    def __init__(self) -> None:
        self._count, self._mean, self._squares = 0, 0.0, 0.0

    def add(self, values: npt.NDArray[np.float64]) -> None:
        with np.errstate(over="ignore", invalid="ignore"):  # beyond float64 is said by None
            mean = values.mean()
            apart = values - mean
            squares = np.dot(apart, apart)
            count, step = self._count + len(values), mean - self._mean
            self._squares += squares + step * step * (self._count * len(values) / count)
            self._mean += step * (len(values) / count)
            self._count = count

    def mean(self) -> float | None:
        return float(self._mean) if self._count and math.isfinite(self._mean) else None

    def std(self) -> float | None:
        if self._count < 2 or not math.isfinite(self._squares):
            return None
        return math.sqrt(self._squares / (self._count - 1))
