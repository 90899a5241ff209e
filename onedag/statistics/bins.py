"""The bins of a comparison: the same for both sides, chosen by the training rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from onedag.statistics.model import Categories, FeatureStatistics, Number, Numbers

__all__ = ["Bin", "bins_of", "shown_number"]

DECILES = 10

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows of both sides whose value is in one bin.

    Attributes:
        label: ``"(1.5, 2]"``: start exclusive, end inclusive; a category; ``"null"``.
        then: training rows.
        now: later rows.
    """

    label: str
    then: int
    now: int


def bins_of(then: FeatureStatistics, now: FeatureStatistics) -> tuple[Bin, ...]:
    """The bins of one feature; each row of both sides is in exactly one.

    Numbers are cut at the deciles of the training rows, or at each value where they have no more
    than `DECILES` different ones, with a bin below the least point and one above the greatest.
    Texts and bools have a bin for each category and one for all others. Nulls are a bin.
    """
    nulls = Bin("null", then.nulls, now.nulls)
    if isinstance(then.values, Numbers) and isinstance(now.values, Numbers):
        return (*_of_numbers(then.values, now.values, then.type), nulls)
    if isinstance(then.values, Categories) and isinstance(now.values, Categories):
        return (*_of_categories(then.values, now.values), nulls)
    return Bin("not null", then.rows - then.nulls, now.rows - now.nulls), nulls


def _of_numbers(then: Numbers, now: Numbers, arrow: str) -> list[Bin]:
    ends = _ends(then)
    if not len(ends):
        return [Bin("not null", then.present, now.present)]
    # `counts` in turn: below point 0, at it, between it and point 1, at that, …, above the last.
    starts = [0, 1, *(2 * ends + 2).tolist()]
    sums = [np.add.reduceat(np.array(side.counts), starts).tolist() for side in (then, now)]
    points = [then.points[end] for end in ends.tolist()]
    labels = _labels(then.points[0], points, arrow)
    return [Bin(*of) for of in zip(labels, *sums, strict=True)]


def _ends(then: Numbers) -> npt.NDArray[np.int64]:
    """The positions of the points at which bins end, ascending; the last point is one."""
    if len(then.points) <= DECILES:
        return np.arange(len(then.points))
    upto = np.cumsum(then.counts)[1::2]
    shares = np.arange(1, DECILES) / DECILES
    last = len(then.points) - 1
    found = np.searchsorted(upto, shares * then.present)
    return np.unique(np.append(np.minimum(found, last), last))


def _labels(first: Number, ends: list[Number], arrow: str) -> list[str]:
    least, *shown = (shown_number(value, arrow) for value in (first, *ends))
    start = f"= {least}" if first == ends[0] else f"[{least}, {shown[0]}]"
    inner = [f"({low}, {high}]" for low, high in pairwise(shown)]
    return [f"< {least}", start, *inner, f"> {shown[-1]}"]


def shown_number(value: Number, arrow: str) -> str:
    """A value for people: a time of a timestamp, a number with four digits otherwise."""
    if arrow.startswith("timestamp"):
        try:
            return f"{_EPOCH + timedelta(microseconds=value):%Y-%m-%d %H:%M:%S}"
        except OverflowError:  # a year that datetime hasn't
            return f"{value} µs"
    if arrow.startswith("duration"):
        return f"{value / 1e6:.4g} s"
    return f"{value:,}" if isinstance(value, int) and abs(value) < 10**9 else f"{value:.4g}"


def _of_categories(then: Categories, now: Categories) -> list[Bin]:
    named = [Bin(name, rows, now.counts[name]) for name, rows in then.counts.items()]
    return [*named, Bin("other", then.other, now.other)]
