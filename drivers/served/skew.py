"""How the share of differing cells went over time, by feature."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.served.causes import Cause
from drivers.stored.times import moment_of
from drivers.verify.values import Mask
from onedag.durations import micros

__all__ = ["Skew", "SkewCounts"]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST_HOURS = 72
"""What is longer than that is told by days."""

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Skew:
    """Cells by the time at which they were served. Periods without a row are there, with zeros.

    Attributes:
        starts: the periods' first moments, in UTC, without gaps.
        width: of a period.
        rows: replayed, shape ``(n_periods,)``.
        differing: by feature, how many cells weren't what history says, shape ``(n_periods,)``.
        causes: by cause, how many cells of all features, likewise.
    """

    starts: tuple[datetime, ...]
    width: timedelta
    rows: Counts
    differing: Mapping[str, Counts]
    causes: Mapping[Cause, Counts]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "starts": [start.isoformat() for start in self.starts],
            "seconds": self.width.total_seconds(),
            "rows": self.rows.tolist(),
            "differing": {name: counts.tolist() for name, counts in self.differing.items()},
            "causes": {str(cause): counts.tolist() for cause, counts in self.causes.items()},
        }


class SkewCounts:
    """Counts cells by hour, in any order.

    Args:
        features: in the service's order.
    """

    def __init__(self, features: tuple[str, ...]) -> None:
        self._rows: Counter[int] = Counter()
        self._differing: dict[str, Counter[int]] = {name: Counter() for name in features}
        self._causes: dict[Cause, Counter[int]] = {}

    def add_rows(self, served: Counts) -> None:
        """Rows by the time at which they were served, microseconds."""
        self._rows.update(_hours(served))

    def add_differing(self, feature: str, served: Counts, cells: Mask) -> None:
        """Cells of a feature that differ."""
        self._differing[feature].update(_hours(served[cells]))

    def add_cause(self, cause: Cause, served: Counts, cells: Mask) -> None:
        """Cells of a cause."""
        self._causes.setdefault(cause, Counter()).update(_hours(served[cells]))

    def skew(self) -> Skew:
        """The counts by hour or by day."""
        hours = sorted(self._rows)
        if not hours:
            return Skew((), HOUR, np.empty(0, np.int64), {}, {})
        width = HOUR if hours[-1] - hours[0] < MOST_HOURS else DAY
        each = width // HOUR
        first, last = hours[0] // each, hours[-1] // each

        def periods(counter: Counter[int]) -> Counts:
            counts = np.zeros(last - first + 1, np.int64)
            for hour, count in counter.items():
                counts[hour // each - first] += count
            return counts

        starts = (moment_of(n * micros(width)) for n in range(first, last + 1))
        return Skew(
            tuple(starts),
            width,
            periods(self._rows),
            {name: periods(counter) for name, counter in self._differing.items()},
            {cause: periods(self._causes[cause]) for cause in Cause if cause in self._causes},
        )


def _hours(times: Counts) -> dict[int, int]:
    numbers, counts = np.unique(times // micros(HOUR), return_counts=True)
    return dict(zip(numbers.tolist(), counts.tolist(), strict=True))
