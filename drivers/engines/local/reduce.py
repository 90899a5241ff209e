"""Count, sum, minimum and maximum over all windows at once.

Counts and sums are differences of running totals of integers, and so exact (`exact`). A minimum is
that of two overlapping pieces whose length is a power of two (a sparse table, built level by level
so that one level is in memory). What a window's tail adds is looked at row by row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from drivers.engines.local.exact import Floats, Integers, Scaled
from drivers.engines.local.slices import Slices, Timeline

__all__ = ["Array", "extreme", "total", "total_of_floats"]

Array: TypeAlias = npt.NDArray[Any]


def total(values: Integers, timeline: Timeline, slices: Slices) -> Integers:
    """The sum of each window's values.

    Args:
        values: by position in the history's table, 0 for null; shape ``(n_rows,)``.
        timeline: the sorted history.
        slices: the windows.
    """
    ordered = values[timeline.positions]
    running = np.concatenate([[0], np.cumsum(ordered, dtype=np.int64)])
    sums = running[slices.middle] - running[slices.start]
    for moments, firsts, rows in slices.tails():
        seen = _seen(timeline, slices, moments, firsts, rows)
        sums[moments] += np.add.reduceat(np.where(seen, ordered[rows], 0), firsts)
    return np.asarray(sums)


def total_of_floats(values: Scaled, timeline: Timeline, slices: Slices) -> Floats:
    """The sum of each window's values, rounded once."""
    return values.total([total(limb, timeline, slices) for limb in values.limbs])


def extreme(
    values: Array, nothing: float | int, largest: bool, timeline: Timeline, slices: Slices
) -> Array:
    """The smallest or largest value of each window.

    Args:
        values: by position in the history's table; ``nothing`` for null.
        nothing: the value of an empty window, beyond all others.
        largest: whether the largest is asked for.
        timeline: the sorted history.
        slices: the windows.
    """
    better: Callable[..., Any] = np.maximum if largest else np.minimum
    ordered = values[timeline.positions]
    found = np.full(len(slices.at), nothing, values.dtype)
    lengths = slices.middle - slices.start
    level = np.frexp(lengths.astype(np.float64))[1] - 1  # floor(log2), -1 for none
    table = ordered
    for power in range(int(level.max(initial=-1)) + 1):
        if power:
            half = 1 << (power - 1)
            table = better(table[:-half], table[half:])
        here = np.flatnonzero(level == power)
        last = slices.middle[here] - (1 << power)
        found[here] = better(table[slices.start[here]], table[last])
    for moments, firsts, rows in slices.tails():
        seen = _seen(timeline, slices, moments, firsts, rows)
        tail = better.reduceat(np.where(seen, ordered[rows], nothing), firsts)  # type: ignore[attr-defined]
        found[moments] = better(found[moments], tail)
    return found


def _seen(
    timeline: Timeline, slices: Slices, moments: Integers, firsts: Integers, rows: Integers
) -> npt.NDArray[np.bool_]:
    """Which rows of the tails were known at their moment."""
    counts = np.diff(firsts, append=len(rows))
    return np.asarray(timeline.known[rows] <= np.repeat(slices.at[moments], counts))
