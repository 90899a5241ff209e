"""Plain counters, written by one thread: a tenth of what prometheus-client's own cost.

Those take a lock for each number, and look at each bucket of a histogram: several microseconds a
request for all that is counted. These are added to them when somebody asks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

__all__ = ["BATCH_SIZES", "SECONDS", "Tally"]

SECONDS = (
    *(2e-5, 5e-5, 1e-4, 2e-4, 3e-4, 5e-4, 1e-3, 2e-3, 3e-3, 5e-3),
    *(1e-2, 2e-2, 3e-2, 5e-2, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0),
)
"""Upper bounds: a model takes 20 µs, a request some 100 µs, and at most its deadline, 2 s."""

BATCH_SIZES = tuple(float(2**power) for power in range(11))
"""Upper bounds: 1 to 1,024."""


class Tally:
    """Numbers in buckets, until they are taken.

    Args:
        bounds: the greatest number of each bucket, ascending; one more bucket has all above.

    Attributes:
        counts: how many numbers are in each bucket, the one of all above last.
        total: the numbers' sum.
    """

    __slots__ = ("_bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, number: float) -> None:
        """Count a number."""
        self.counts[bisect_left(self._bounds, number)] += 1
        self.total += number

    def take(self) -> tuple[list[int], float]:
        """The counts and the sum since the last time."""
        taken = self.counts, self.total
        self.counts, self.total = [0] * len(self.counts), 0.0
        return taken
