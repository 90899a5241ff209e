"""Where values are counted: chosen once from a sample of the training rows, and kept.

Any choice gives exact counts; a good one has the counts where the values are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from onedag.statistics.model import Categories, FeatureStatistics, Number, Numbers
from onedag.statistics.values import as_text, is_category, is_number, sorted_values

__all__ = ["CategoryCuts", "Cuts", "NumberCuts", "choose", "cuts_of"]

POINTS = 128
"""Up to so many values are points. More different ones are represented by quantiles, so that about
0.8 % of the rows lie between two points."""

BINS = 30
"""Of a histogram."""

OUTERMOST = 0.005
"""Share of the values, on each side, that a histogram may leave out."""

CATEGORIES = 50
"""Up to so many categories are counted each by itself."""

RAREST = 0.001
"""A category that fewer of the sampled rows have is one of the others."""

LONGEST = 200
"""Characters: a longer text is one of the others."""


@dataclass(frozen=True, slots=True)
class NumberCuts:
    """Where numbers are counted; see `Numbers` and `Histogram`."""

    points: tuple[Number, ...] = ()
    low: Number = 0
    high: Number = 0
    bins: int = 0
    distinct: int | None = None


@dataclass(frozen=True, slots=True)
class CategoryCuts:
    """Which categories are counted."""

    names: tuple[str, ...] = ()
    distinct: int | None = None


Cuts: TypeAlias = NumberCuts | CategoryCuts | None
"""None for a type with neither numbers nor categories."""


def choose(sample: pa.ChunkedArray) -> Cuts:
    """The cuts for a feature of which this is a sample."""
    if is_number(sample.type):
        return _of_numbers(sorted_values(sample))
    return _of_categories(sample) if is_category(sample.type) else None


def cuts_of(statistics: FeatureStatistics) -> Cuts:
    """The cuts that these counts were made with, without what is known of their sample only."""
    if isinstance(statistics.values, Numbers):
        points, drawn = statistics.values.points, statistics.values.histogram
        if drawn is None:
            return NumberCuts(points)
        return NumberCuts(points, drawn.low, drawn.high, len(drawn.counts))
    if isinstance(statistics.values, Categories):
        return CategoryCuts(tuple(statistics.values.counts))
    return None


def _of_numbers(values: npt.NDArray[Any]) -> NumberCuts:
    finite = values[np.isfinite(values)]
    if not len(finite):
        return NumberCuts(distinct=0)
    different = np.unique(finite)
    last = len(finite) - 1
    points = different
    if len(different) > POINTS:
        points = np.unique(finite[np.linspace(0, last, POINTS).round().astype(np.int64)])
    low, high = finite[round(OUTERMOST * last)], finite[last - round(OUTERMOST * last)]
    if low == high:
        low, high = finite[0], finite[-1]
    bins = BINS if low < high else 1
    return NumberCuts(
        tuple(_plain(value) for value in points), _plain(low), _plain(high), bins, len(different)
    )


def _plain(value: Any) -> Number:
    """As a number of Python; -0.0 as 0.0, which equals it."""
    number: Number = value.item() + 0
    return number


def _of_categories(sample: pa.ChunkedArray) -> CategoryCuts:
    texts = as_text(sample).drop_null()
    counted = pc.value_counts(texts)
    counts = counted.field("counts").to_pylist()
    pairs = zip(counts, counted.field("values").to_pylist(), strict=True)
    ranked = sorted(pairs, key=lambda pair: (-pair[0], pair[1]))
    names = [n for c, n in ranked if c >= RAREST * len(texts) and len(n) <= LONGEST]
    if pa.types.is_boolean(sample.type):
        names = ["false", "true"]
    return CategoryCuts(tuple(names[:CATEGORIES]), len(counts))
