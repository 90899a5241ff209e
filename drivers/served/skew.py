"""How the share of differing cells went over time, by feature."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from drivers.served.causes import Cause
from drivers.served.distance import Floats, Spread
from drivers.stored.times import moment_of
from drivers.verify.values import Mask
from onedag.durations import micros

__all__ = ["Skew", "SkewCounts"]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST_HOURS = 72
"""What is longer than that is told by days."""

Counts: TypeAlias = npt.NDArray[np.int64]
Sums: TypeAlias = dict[int, float]


@dataclass(frozen=True, slots=True)
class Skew:
    """Cells by the time at which they were served. Periods without a row are there, with zeros.

    Attributes:
        starts: the periods' first moments, in UTC, without gaps.
        width: of a period.
        rows: replayed, shape ``(n_periods,)``.
        differing: by feature, how many cells weren't what history says, shape ``(n_periods,)``.
        distance: by feature, the mean distance of all cells that are numbers on both sides, in
            standard deviations of what history says; NaN where there is none. Likewise.
        causes: by cause, how many cells of all features, likewise.
    """

    starts: tuple[datetime, ...]
    width: timedelta
    rows: Counts
    differing: Mapping[str, Counts]
    distance: Mapping[str, Floats]
    causes: Mapping[Cause, Counts]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "starts": [start.isoformat() for start in self.starts],
            "seconds": self.width.total_seconds(),
            "rows": self.rows.tolist(),
            "differing": {name: counts.tolist() for name, counts in self.differing.items()},
            "distance": {name: _listed(found) for name, found in self.distance.items()},
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
        self._far: dict[str, Sums] = {name: {} for name in features}
        self._numbers: dict[str, Counter[int]] = {name: Counter() for name in features}
        self._spread = {name: Spread() for name in features}

    def add_rows(self, served: Counts) -> None:
        """Rows by the time at which they were served, microseconds."""
        self._rows.update(_hours(served))

    def add_differing(self, feature: str, served: Counts, cells: Mask) -> None:
        """Cells of a feature that differ."""
        self._differing[feature].update(_hours(served[cells]))

    def add_cause(self, cause: Cause, served: Counts, cells: Mask) -> None:
        """Cells of a cause."""
        self._causes.setdefault(cause, Counter()).update(_hours(served[cells]))

    def add_numbers(self, feature: str, served: Counts, logged: Floats, history: Floats) -> None:
        """Cells of a feature that is a number, NaN for null."""
        self._spread[feature].add(history)
        both = np.isfinite(logged) & np.isfinite(history)
        hours, places = np.unique(served[both] // micros(HOUR), return_inverse=True)
        with np.errstate(over="ignore"):
            far = np.bincount(places, np.abs(logged[both] - history[both]), len(hours))
        for hour, count, distance in zip(
            hours.tolist(), np.bincount(places).tolist(), far.tolist(), strict=True
        ):
            self._numbers[feature][hour] += count
            self._far[feature][hour] = self._far[feature].get(hour, 0.0) + distance

    def distance(self, feature: str) -> float:
        """The mean distance of all cells, as `Skew.distance`."""
        count, far = self._numbers[feature].total(), sum(self._far[feature].values())
        return self._scaled(feature, far / count) if count else math.nan

    def _scaled(self, feature: str, far: float) -> float:
        deviation = self._spread[feature].deviation
        if far == 0.0:
            return 0.0
        return math.inf if deviation == 0.0 else far / deviation

    def skew(self) -> Skew:
        """The counts by hour or by day."""
        hours = sorted(self._rows)
        if not hours:
            return Skew((), HOUR, np.empty(0, np.int64), {}, {}, {})
        width = HOUR if hours[-1] - hours[0] < MOST_HOURS else DAY
        each = width // HOUR
        first, last = hours[0] // each, hours[-1] // each

        def summed(counter: Mapping[int, float]) -> Floats:
            sums = np.zeros(last - first + 1)
            for hour, count in counter.items():
                sums[hour // each - first] += count
            return sums

        def periods(counter: Counter[int]) -> Counts:
            return summed(counter).astype(np.int64)

        def distances(feature: str) -> Floats:
            far, count = summed(self._far[feature]), summed(self._numbers[feature])
            pairs = zip(far.tolist(), count.tolist(), strict=True)
            return np.array([self._scaled(feature, f / n) if n else math.nan for f, n in pairs])

        starts = (moment_of(n * micros(width)) for n in range(first, last + 1))
        return Skew(
            tuple(starts),
            width,
            periods(self._rows),
            {name: periods(counter) for name, counter in self._differing.items()},
            {name: distances(name) for name in self._differing},
            {cause: periods(self._causes[cause]) for cause in Cause if cause in self._causes},
        )


def _listed(numbers: Floats) -> list[float | None]:
    return [number if math.isfinite(number) else None for number in numbers.tolist()]


def _hours(times: Counts) -> dict[int, int]:
    numbers, counts = np.unique(times // micros(HOUR), return_counts=True)
    return dict(zip(numbers.tolist(), counts.tolist(), strict=True))
