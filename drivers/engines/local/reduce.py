"""Count, sum, mean, variance, minimum and maximum over all windows at once.

Counts and sums are differences of running totals of integers, and so exact (`exact`). A minimum is
looked up in a sparse table. What a window's tail adds is looked at row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from drivers.engines.local import exact
from drivers.engines.local.exact import Floats, Integers
from drivers.engines.local.slices import Slices, Timeline

__all__ = ["Array", "Counts", "Extremes", "Numbers", "lengths"]

_MOST_KEPT = 1 << 24  # values of the tables that several windows share

Array: TypeAlias = npt.NDArray[Any]


def lengths(timeline: Timeline, slices: Slices) -> Integers:
    """How many rows are in each window."""
    counts = slices.middle - slices.start
    for moments, firsts, rows in slices.tails():
        seen = _seen(timeline, slices, moments, firsts, rows)
        counts[moments] += np.add.reduceat(seen.astype(np.int64), firsts)
    return np.asarray(counts)


class Counts:
    """How many rows of the windows of one timeline hold a value.

    Args:
        valid: which rows do, in the order of the timeline; shape ``(n_rows,)``.
        timeline: the sorted history.
    """

    def __init__(self, valid: npt.NDArray[np.bool_], timeline: Timeline) -> None:
        self._timeline = timeline
        self._rows = (
            None if valid.all() else _Sums(timeline, lambda: exact.limbs(valid.astype(np.int64)))
        )

    def __call__(self, slices: Slices) -> Integers:
        """The count of each window."""
        if self._rows is None:
            return lengths(self._timeline, slices)
        return self._rows(slices).get(0, np.zeros(len(slices.at), np.int64))

    @classmethod
    def of(cls, column: pa.Array, timeline: Timeline) -> Counts:
        """Of a column of any type, by position in the history's table: what isn't null."""
        return cls(_valid(column, timeline.positions), timeline)


class Numbers:
    """A column of numbers over the windows of one timeline: what aggregates share is done once.

    Nulls and NaN are left out everywhere. Sums of floats are rounded once (see `exact`), and with
    an infinity they are what IEEE arithmetic gives.

    Args:
        column: int64, float64 or bool, by position in the history's table; shape ``(n_rows,)``.
        timeline: the sorted history.
    """

    def __init__(self, column: pa.Array, timeline: Timeline) -> None:
        self._values, valid = _sorted(column, timeline.positions)
        self._count = Counts(valid, timeline)
        infinite = np.isinf(self._values)
        finite = np.where(infinite, 0, self._values) if infinite.any() else self._values
        self._infinities = [
            Counts(self._values == value, timeline) for value in (np.inf, -np.inf) if infinite.any()
        ]
        self._limbs = _Sums(timeline, lambda: exact.limbs(finite))
        self._squares = _Sums(timeline, lambda: exact.squares(finite))

    def count(self, slices: Slices) -> Integers:
        """How many values are in each window."""
        return self._count(slices)

    def sum(self, slices: Slices) -> Array:
        """Of int64 and bool, modulo ``2**64``; of float64, rounded once."""
        if self._values.dtype.kind == "i":
            return exact.wrapped(self._limbs(slices), len(slices.at))
        return self.exact_sum(slices)

    def exact_sum(self, slices: Slices) -> Floats:
        """The float nearest to each sum: sums of integers don't wrap here."""
        sums = exact.rounded(self._limbs(slices), len(slices.at))
        if self._infinities:
            up, down = (counts(slices) > 0 for counts in self._infinities)
            sums[up], sums[down], sums[up & down] = np.inf, -np.inf, np.nan
        return sums

    def mean(self, slices: Slices) -> Floats:
        """NaN for no values."""
        with np.errstate(invalid="ignore"):
            return self.exact_sum(slices) / self.count(slices)

    def variance(self, slices: Slices) -> Floats:
        """The sample variance (``ddof=1``): NaN for fewer than two values, and with an infinity."""
        found = exact.variance(self.count(slices), self._limbs(slices), self._squares(slices))
        for counts in self._infinities:
            found[counts(slices) > 0] = np.nan
        return found


class _Sums:
    """Sums over windows of numbers in limbs, whose running totals are made when asked for."""

    def __init__(self, timeline: Timeline, portions: Callable[[], Iterable[exact.Limbs]]) -> None:
        self._timeline, self._portions = timeline, portions
        self._running: dict[int, Integers] | None = None
        self._middle: tuple[Integers, dict[int, Integers]] | None = None
        self._last: tuple[Slices, dict[int, Integers]] | None = None

    def __call__(self, slices: Slices) -> dict[int, Integers]:
        """The sum of each limb over each window; that of the last windows is kept."""
        if self._running is None:
            self._running = exact.running(self._portions(), len(self._timeline.positions))
        if self._last is None or self._last[0] is not slices:
            self._last = slices, self._sums(self._running, slices)
        return self._last[1]

    def _sums(self, running: Mapping[int, Integers], slices: Slices) -> dict[int, Integers]:
        if self._middle is None or self._middle[0] is not slices.middle:  # most windows share it
            self._middle = slices.middle, {n: r[slices.middle] for n, r in running.items()}
        sums = {n: self._middle[1][n] - total[slices.start] for n, total in running.items()}
        for moments, firsts, rows in slices.tails():
            seen = _seen(self._timeline, slices, moments, firsts, rows)
            for n, total in running.items():
                values = np.where(seen, total[rows + 1] - total[rows], 0)
                sums[n][moments] += np.add.reduceat(values, firsts)
        return sums


def _sorted(column: pa.Array, positions: Integers) -> tuple[Array, npt.NDArray[np.bool_]]:
    """The values in the order of the positions, 0 for null and NaN; and which are there."""
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int64())
    valid = _valid(column, positions)
    filled = pc.fill_null(column, 0) if column.null_count else column
    values = filled.to_numpy(zero_copy_only=False)[positions]
    if pa.types.is_floating(column.type) and (missing := np.isnan(values)).any():
        values[missing] = 0
        valid &= ~missing
    return values, valid


def _valid(column: pa.Array, positions: Integers) -> npt.NDArray[np.bool_]:
    if not column.null_count:
        return np.ones(len(positions), np.bool_)
    return np.asarray(pc.is_valid(column).to_numpy(zero_copy_only=False)[positions])


class Extremes:
    """The smallest or largest values of one column over the windows of one timeline.

    The extreme of a window is that of two overlapping pieces whose length is a power of two.

    Args:
        values: by position in the history's table; ``nothing`` for null.
        nothing: the value of an empty window, beyond all others.
        largest: whether the largest is asked for.
        timeline: the sorted history.
    """

    def __init__(
        self, values: Array, nothing: float | int, largest: bool, timeline: Timeline
    ) -> None:
        self._better: Callable[..., Any] = np.maximum if largest else np.minimum
        self._nothing, self._timeline = nothing, timeline
        self._levels: list[Array] = [values[timeline.positions]]

    def __call__(self, slices: Slices) -> Array:
        """The extreme of each window, shape ``(n_windows,)``."""
        ordered = self._levels[0]
        found = np.full(len(slices.at), self._nothing, ordered.dtype)
        lengths = slices.middle - slices.start
        level = np.frexp(lengths.astype(np.float64))[1] - 1  # floor(log2), -1 for none
        for power, table in enumerate(self._tables(int(level.max(initial=-1)) + 1)):
            here = np.flatnonzero(level == power)
            last = slices.middle[here] - (1 << power)
            found[here] = self._better(table[slices.start[here]], table[last])
        for moments, firsts, rows in slices.tails():
            seen = _seen(self._timeline, slices, moments, firsts, rows)
            tail = np.where(seen, ordered[rows], self._nothing)
            found[moments] = self._better(found[moments], self._better.reduceat(tail, firsts))  # type: ignore[attr-defined]
        return found

    def _tables(self, count: int) -> Iterator[Array]:
        """The extreme of the 1, 2, 4, 8, … rows from each row on; the first few are kept."""
        table = self._levels[0]
        for power in range(count):
            if power < len(self._levels):
                table = self._levels[power]
            else:
                half = 1 << (power - 1)
                table = self._better(table[:-half], table[half:])
                if (power + 1) * len(self._levels[0]) <= _MOST_KEPT:
                    self._levels.append(table)
            yield table


def _seen(
    timeline: Timeline, slices: Slices, moments: Integers, firsts: Integers, rows: Integers
) -> npt.NDArray[np.bool_]:
    """Which rows of the tails were known at their moment."""
    counts = np.diff(firsts, append=len(rows))
    return np.asarray(timeline.known[rows] <= np.repeat(slices.at[moments], counts))
