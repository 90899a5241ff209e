"""What is kept of the values of features: exact counts of rows, at chosen values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from onedag.errors import StoreError

__all__ = [
    "Categories",
    "FeatureStatistics",
    "FrameStatistics",
    "Histogram",
    "Number",
    "Numbers",
]

FORMAT = 1

Number: TypeAlias = int | float
"""A value of a feature. Integers, timestamps and durations (both in microseconds, timestamps since
1970 UTC) are ``int``, however large; floats are ``float``."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Rows in bins of equal width, as a picture shows them.

    Attributes:
        low: where the first bin starts.
        high: where the last bin ends. The ends leave out the outermost values, up to 0.5 % on each
            side, lest one far value press all others into one bin.
        counts: rows in each bin: start inclusive, end exclusive, but inclusive of the last bin.
        below: rows with a smaller value than ``low``, -inf too.
        above: rows with a greater value than ``high``, inf too.
    """

    low: Number
    high: Number
    counts: tuple[int, ...]
    below: int
    above: int

    @property
    def edges(self) -> npt.NDArray[np.float64]:
        """Where bins start and the last one ends, shape ``(n_bins + 1,)``."""
        return histogram_edges(self.low, self.high, len(self.counts))


def histogram_edges(low: Number, high: Number, bins: int) -> npt.NDArray[np.float64]:
    """The edges of so many bins of equal width, shape ``(bins + 1,)``."""
    share = np.linspace(0.0, 1.0, bins + 1)
    return float(low) * (1.0 - share) + float(high) * share  # high - low could overflow


@dataclass(frozen=True, slots=True)
class Numbers:
    """How the values of one feature lie; nulls and NaN aren't among them, infinities are.

    The cumulative shares of ``< p`` and ``<= p`` are exact at each of ``points``, ties included.
    Between two points it is known how many values lie there, not where.

    Attributes:
        points: finite values, ascending, no two equal; none where no value is finite.
        counts: rows in turn below the first point, at it, between it and the second, at the
            second, … and above the last: ``2 * len(points) + 1`` numbers.
        negative_infinities: rows with -inf; they are in the first of ``counts`` as well.
        positive_infinities: rows with inf; they are in the last of ``counts`` as well.
        minimum: the least finite value.
        maximum: the greatest one.
        mean: of the finite values; None without one, or where their sum is beyond float64.
        std: their sample standard deviation; None with fewer than two, or beyond float64.
        distinct: how many different finite values the sampled rows have (`collect`); None for
            rows that were counted against another frame's cuts.
        histogram: for a picture; None where no value is finite.
    """

    points: tuple[Number, ...]
    counts: tuple[int, ...]
    negative_infinities: int
    positive_infinities: int
    minimum: Number | None
    maximum: Number | None
    mean: float | None
    std: float | None
    distinct: int | None
    histogram: Histogram | None

    @property
    def present(self) -> int:
        """Rows that have a value."""
        return sum(self.counts)

    def cumulative(self) -> npt.NDArray[np.int64]:
        """Rows with a value of -inf, ``< p`` and ``<= p`` for each point, and below inf.

        Ascending, of shape ``(2 * n_points + 2,)``.
        """
        inner = np.cumsum(np.array(self.counts[:-1], np.int64))
        below_infinity = self.present - self.positive_infinities
        return np.concatenate(([self.negative_infinities], inner, [below_infinity]))

    def quantile(self, share: float) -> Number | None:
        """The least point with at least this share of the rows at or below it; the last if none.

        >>> numbers = Numbers((1, 2, 9), (0, 5, 0, 4, 0, 1, 0), 0, 0, 1, 9, 2.2, None, 3, None)
        >>> numbers.quantile(0.5), numbers.quantile(0.51), numbers.quantile(1.0)
        (1, 2, 9)
        """
        if not self.points:
            return None
        upto = np.cumsum(self.counts)[1::2]
        position = int(np.searchsorted(upto, share * self.present))
        return self.points[min(position, len(self.points) - 1)]


@dataclass(frozen=True, slots=True)
class Categories:
    """How often one feature has which text or bool; nulls aren't among them.

    Attributes:
        counts: rows by category, the most frequent of the training rows first. Bools are the
            categories ``"false"`` and ``"true"``.
        other: rows with a value that isn't in ``counts``.
        distinct: as in `Numbers`.
    """

    counts: Mapping[str, int]
    other: int
    distinct: int | None

    @property
    def present(self) -> int:
        """Rows that have a value."""
        return sum(self.counts.values()) + self.other


@dataclass(frozen=True, slots=True)
class FeatureStatistics:
    """One feature.

    Attributes:
        type: its Arrow type, as text.
        rows: counted, nulls included.
        nulls: rows whose value is null or NaN.
        statuses: rows by `onedag.status.Status`; empty where nobody knows. A row may have a value
            and not be PRESENT, and the other way round: what a function returns is its value, and
            what it was computed from its status.
        values: of the rows that have one; None for types with neither numbers nor categories.
    """

    type: str
    rows: int
    nulls: int
    statuses: Mapping[str, int]
    values: Numbers | Categories | None

    @property
    def null_share(self) -> float:
        """Share of the rows whose value is null; 0 of no rows."""
        return self.nulls / self.rows if self.rows else 0.0

    def to_json(self) -> dict[str, Any]:
        """Everything as values that JSON has."""
        content = {name: getattr(self, name) for name in ("type", "rows", "nulls")}
        content["statuses"] = dict(self.statuses)
        if self.values is not None:
            content[_KEYS[type(self.values)]] = asdict(self.values)
        return content

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> FeatureStatistics:
        """The statistics that `to_json` wrote."""
        values: Numbers | Categories | None = None
        if "numbers" in content:
            values = _numbers(content["numbers"])
        elif "categories" in content:
            values = Categories(**content["categories"])
        return cls(content["type"], content["rows"], content["nulls"], content["statuses"], values)


_KEYS = {Numbers: "numbers", Categories: "categories"}


def _numbers(content: Mapping[str, Any]) -> Numbers:
    drawn = content["histogram"]
    if drawn is not None:
        drawn = Histogram(**drawn | {"counts": tuple(drawn["counts"])})
    lists = {name: tuple(content[name]) for name in ("points", "counts")}
    return Numbers(**{**content, **lists, "histogram": drawn})


@dataclass(frozen=True, slots=True)
class FrameStatistics:
    """The features of one frame, or of later rows.

    Attributes:
        rows: counted.
        features: by name, in the service's order.
    """

    rows: int
    features: Mapping[str, FeatureStatistics]

    def to_bytes(self) -> bytes:
        """The statistics as JSON."""
        features = {name: of.to_json() for name, of in self.features.items()}
        content = {"format": FORMAT, "rows": self.rows, "features": features}
        return json.dumps(content, separators=(",", ":"), allow_nan=False).encode()

    @classmethod
    def from_bytes(cls, blob: bytes) -> FrameStatistics:
        """The statistics that `to_bytes` wrote.

        Raises:
            StoreError: another version of the format.
        """
        content = json.loads(blob)
        if content.get("format") != FORMAT:
            raise StoreError(
                f"The statistics in the store have format {content.get('format')!r}; this version "
                f"of onedag reads format {FORMAT}. Publish the run again, or use the version that "
                f"wrote it."
            )
        features = content["features"].items()
        return cls(content["rows"], {n: FeatureStatistics.from_json(of) for n, of in features})

    def select(self, names: Iterable[str]) -> FrameStatistics:
        """The same of some features."""
        return FrameStatistics(self.rows, {name: self.features[name] for name in names})
