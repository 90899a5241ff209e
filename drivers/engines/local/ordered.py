"""Rows, order statistics and different values of all windows: what sums can't say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drivers.engines.local.columns import Array, Values, sort_keys
from drivers.engines.local.exact import Integers
from drivers.engines.local.slices import Slices, Timeline
from drivers.engines.local.wavelet import count_below, smallest

__all__ = ["Ranked", "distinct", "end_row", "median", "quantile", "ranked"]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A column in the order of a timeline, by the rank of its values.

    Attributes:
        ranks: of each sorted row's value among the different values, shape ``(n_rows,)``; one above
            all for null.
        numbers: the different values, in order.
    """

    ranks: Integers
    numbers: Array


def ranked(values: Values, timeline: Timeline, *, one_zero: bool = False) -> Ranked:
    """The ranks of a column's values.

    Args:
        values: by position in the history's table.
        timeline: the sorted history.
        one_zero: whether ``-0.0`` is the same value as ``0.0``.
    """
    numbers, null = values.numbers[timeline.positions], values.null[timeline.positions]
    if one_zero and numbers.dtype.kind == "f":
        numbers = numbers + 0.0
    _, first, places = np.unique(sort_keys(numbers[~null]), return_index=True, return_inverse=True)
    ranks = np.full(len(numbers), len(first), np.int64)
    ranks[~null] = places
    return Ranked(ranks, numbers[~null][first])


def end_row(timeline: Timeline, slices: Slices, *, last: bool) -> Integers:
    """The position, in the history's table, of each window's first or last row; 0 for none."""
    body = slices.middle > slices.start
    found = np.where(body, slices.middle - 1 if last else slices.start, -1)
    nearer = np.maximum if last else np.minimum
    nothing = -1 if last else len(timeline.positions)
    for moments, firsts, rows in slices.tails():
        seen = timeline.known[rows] <= np.repeat(slices.at[moments], _counts(firsts, rows))
        ends = nearer.reduceat(np.where(seen, rows, nothing), firsts)
        better = (ends != nothing) & (last | ~body[moments])
        found[moments] = np.where(better, ends, found[moments])
    if not len(timeline.positions):
        return np.zeros(len(found), np.int64)
    return timeline.positions[np.maximum(found, 0)]


def distinct(column: Ranked, timeline: Timeline, slices: Slices) -> Integers:
    """How many different values each window has: rows whose value wasn't in it before."""
    order = np.argsort(column.ranks, kind="stable")
    ranks, null = column.ranks[order], len(column.numbers)
    repeats = np.flatnonzero(ranks[1:] == ranks[:-1]) + 1
    previous = np.zeros(len(order), np.int64)  # one above the row, 0 for none
    previous[order[repeats]] = order[repeats - 1] + 1
    previous[column.ranks == null] = len(order) + 1
    found = count_below(previous, slices.start, slices.middle, slices.start + 1)
    width = len(order) + 1
    places = ranks * width + order
    for moments, firsts, rows in slices.tails():
        owner = np.repeat(np.arange(len(moments)), _counts(firsts, rows))
        seen = timeline.known[rows] <= slices.at[moments][owner]
        seen &= column.ranks[rows] != null
        owner, value = owner[seen], column.ranks[rows[seen]]
        # The last row of the body with this value, if there is one.
        near = np.searchsorted(places, value * width + slices.middle[moments][owner]) - 1
        new = places[np.maximum(near, 0)] < value * width + slices.start[moments][owner]
        new |= near < 0
        pairs = np.unique(owner[new] * (null + 1) + value[new])
        found[moments] += np.bincount(pairs // (null + 1), minlength=len(moments))
    return found


def median(column: Ranked, counts: Integers, timeline: Timeline, slices: Slices) -> Array:
    """The median of each window, as pandas computes it; anything for a window without values."""
    numbers = column.numbers.astype(np.float64)
    middle = np.maximum(counts, 1)
    low, high = _statistics(column, (middle - 1) // 2, middle // 2, timeline, slices)
    even = (_at(numbers, low) + _at(numbers, high)) / 2
    return np.where(counts % 2 == 1, _at(numbers, low), even)


def quantile(
    column: Ranked, q: float, counts: Integers, timeline: Timeline, slices: Slices
) -> Array:
    """The quantile of each window, as numpy interpolates it, to the last bit.

    Anything for a window without values.
    """
    place = (np.maximum(counts, 1) - 1) * q
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(counts, 1) - 1)
    found = _statistics(column, below, above, timeline, slices)
    low, high = (_at(column.numbers, ranks) for ranks in found)
    gamma, distance = place - below, high - low
    return np.where(gamma >= 0.5, high - distance * (1 - gamma), low + distance * gamma)


def _statistics(
    column: Ranked, low: Integers, high: Integers, timeline: Timeline, slices: Slices
) -> tuple[Integers, Integers]:
    """The ranks of two order statistics of each window."""
    nothing = (np.zeros(0, np.int64), np.zeros(0, np.int64))
    starts, ends = np.tile(slices.start, 2), np.tile(slices.middle, 2)
    nth = np.concatenate([low, high])
    found = smallest(column.ranks, starts, ends, nth, nothing)
    for moments, firsts, rows in slices.tails():
        counts = _counts(firsts, rows)
        seen = timeline.known[rows] <= np.repeat(slices.at[moments], counts)
        seen &= column.ranks[rows] != len(column.numbers)
        owner = np.repeat(np.arange(len(moments)), counts)[seen]
        further = (
            np.concatenate([owner, owner + len(moments)]),
            np.tile(column.ranks[rows[seen]], 2),
        )
        here = np.concatenate([moments, moments + len(low)])
        found[here] = smallest(column.ranks, starts[here], ends[here], nth[here], further)
    return found[: len(low)], found[len(low) :]


def _at(numbers: Array, ranks: Integers) -> Array:
    """The numbers of some ranks; a rank of nulls gives any of them."""
    if not len(numbers):
        return np.zeros(len(ranks), numbers.dtype)
    return numbers[np.minimum(ranks, len(numbers) - 1)]


def _counts(firsts: Integers, rows: Integers) -> Integers:
    return np.diff(firsts, append=len(rows))
