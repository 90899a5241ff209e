"""Every known reduction of one column, for all windows at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
import pyarrow as pa

from drivers.engines.local.columns import Array, Values, from_sort_keys, sort_keys
from drivers.engines.local.exact import Integers
from drivers.engines.local.ordered import Ranked, distinct, end_row, median, quantile, ranked
from drivers.engines.local.reduce import Counts, Extremes, Numbers
from drivers.engines.local.slices import Slices, Timeline
from onedag.aggregates import Reduction

__all__ = ["Kernels"]


class Kernels:
    """One column over the windows of a timeline. What several reductions need is made once.

    Args:
        values: by position in the history's table; shape ``(n_rows,)``.
        timeline: the sorted history.
    """

    def __init__(self, values: Values, timeline: Timeline) -> None:
        self._values, self._timeline = values, timeline
        self._extremes: dict[bool, Extremes] = {}

    def reduce(self, reduction: Reduction, slices: Slices) -> Values:
        """A reduction of each window; arbitrary for one without rows. Shape ``(n_moments,)``."""
        if reduction.kind == "quantile":
            assert reduction.q is not None
            found = quantile(self._ranked, reduction.q, self._count(slices), self._timeline, slices)
            return Values(found, self._count(slices) == 0)
        return self._by_kind[reduction.kind](slices)

    @property  # kept, it would be a cycle, and columns would stay until the collector comes round
    def _by_kind(self) -> dict[str, Callable[[Slices], Values]]:
        return {
            "all": lambda slices: _whole(self._true(slices) == self._count(slices)),
            "any": lambda slices: _whole(self._true(slices) > 0),
            "count": lambda slices: _whole(self._count(slices)),
            "first": lambda slices: self._row(slices, last=False),
            "last": lambda slices: self._row(slices, last=True),
            "max": lambda slices: self._extreme(slices, largest=True),
            "mean": lambda slices: _whole(self._numbers.mean(slices)),
            "median": self._median,
            "min": lambda slices: self._extreme(slices, largest=False),
            "nunique": lambda slices: _whole(distinct(self._told_apart, self._timeline, slices)),
            "std": lambda slices: _whole(np.sqrt(self._numbers.variance(slices))),
            "sum": self._sum,
            "var": lambda slices: _whole(self._numbers.variance(slices)),
        }

    @cached_property
    def _numbers(self) -> Numbers:
        numbers = self._values.numbers
        if numbers.dtype == np.uint64:
            numbers = numbers.view(np.int64)  # a sum modulo 2**64 has the same bits
        elif numbers.dtype.kind in "iu":
            numbers = numbers.astype(np.int64)
        elif numbers.dtype.kind == "f":
            numbers = numbers.astype(np.float64)
        return Numbers(pa.array(numbers, mask=self._values.null), self._timeline)

    @cached_property
    def _truths(self) -> Numbers:
        return Numbers(pa.array(self._values.numbers != 0, mask=self._values.null), self._timeline)

    @cached_property
    def _ranked(self) -> Ranked:
        return ranked(self._values, self._timeline)

    @cached_property
    def _told_apart(self) -> Ranked:
        return ranked(self._values, self._timeline, one_zero=True)

    @cached_property
    def _counts(self) -> Counts:
        return Counts(~self._values.null[self._timeline.positions], self._timeline)

    def _count(self, slices: Slices) -> Integers:
        return self._counts(slices)

    def _true(self, slices: Slices) -> Array:
        return self._truths.sum(slices)

    def _sum(self, slices: Slices) -> Values:
        found = self._numbers.sum(slices)
        unsigned = self._values.numbers.dtype.kind == "u"
        return _whole(found.view(np.uint64) if unsigned else found)

    def _median(self, slices: Slices) -> Values:
        count = self._count(slices)
        return Values(median(self._ranked, count, self._timeline, slices), count == 0)

    def _extreme(self, slices: Slices, *, largest: bool) -> Values:
        if largest not in self._extremes:
            self._extremes[largest] = self._ordered_extremes(largest)
        found = self._extremes[largest](slices)
        null = self._count(slices) == 0
        # What stands for nothing needn't be in the range of a small dtype.
        numbers = from_sort_keys(np.where(null, 0, found), self._values.numbers.dtype)
        return self._values.with_numbers(numbers, null)

    def _ordered_extremes(self, largest: bool) -> Extremes:
        limits = np.iinfo(np.int64)
        nothing = limits.min if largest else limits.max
        keys = sort_keys(self._values.numbers)
        keys = np.where(self._values.null, nothing, keys) if self._values.null.any() else keys
        return Extremes(keys, nothing, largest, self._timeline)

    def _row(self, slices: Slices, *, last: bool) -> Values:
        rows = end_row(self._timeline, slices, last=last)
        if not len(self._values.null):
            none = np.ones(len(rows), np.bool_)
            return self._values.with_numbers(np.zeros(len(rows), self._values.numbers.dtype), none)
        return self._values.with_numbers(self._values.numbers[rows], self._values.null[rows])


def _whole(found: Array) -> Values:
    """Values of which none is null, but for the NaN of a float."""
    return Values(found, np.zeros(len(found), np.bool_))
