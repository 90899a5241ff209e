"""Comparing later rows with a training frame, feature by feature."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from onedag.errors import ConfigurationError, DataError
from onedag.statistics.bins import Bin, bins_of
from onedag.statistics.ks import ks_distance, ks_noise, ks_p_value
from onedag.statistics.model import FeatureStatistics, FrameStatistics
from onedag.statistics.psi import psi, psi_noise, psi_terms

__all__ = ["DriftReport", "FeatureDrift", "Thresholds", "Verdict", "compare"]

CHANCE = 0.001
"""A threshold that equal populations pass with more than this probability proves nothing."""


class Verdict(StrEnum):
    """What is said of a feature."""

    DRIFTED = "drifted"
    """A threshold is passed."""
    MODERATE = "moderate"
    """No threshold is passed, and the PSI is worth a look."""
    FEW_ROWS = "few rows"
    """A threshold is passed, but with so few rows that chance alone may do it."""
    STABLE = "stable"
    """Nothing to speak of."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What counts as drift: a value greater than one of these.

    Two normal distributions of equal spread, half a standard deviation apart, have about a PSI of
    0.25 and a distance of 0.2.

    Attributes:
        psi: for drift.
        ks: for drift, of the Kolmogorov–Smirnov distance.
        moderate: PSI worth a look.
    """

    psi: float = 0.25
    ks: float = 0.2
    moderate: float = 0.1

    def __post_init__(self) -> None:
        if not (self.psi >= 0 and self.ks >= 0 and self.moderate >= 0):
            raise ConfigurationError(f"{self} makes no sense: a threshold is 0 or more.")


@dataclass(frozen=True, slots=True)
class FeatureDrift:
    """How far one feature is from the training frame.

    Attributes:
        feature: its name.
        type: its Arrow type, as text.
        nulls_then: share of the training rows whose value is null.
        nulls_now: of the later rows.
        psi: population stability index (`onedag.statistics.psi`); nulls count.
        psi_noise: what it is by chance alone, at most, for so many rows.
        ks: Kolmogorov–Smirnov distance of the values that aren't null; None for texts, and where a
            side has no values.
        ks_noise: what it is by chance alone, at most.
        p_value: of the distance; None where there is none, or without scipy.
        verdict: what to think of it.
        bins: of the PSI.
        most: the one that adds most to it.
    """

    feature: str
    type: str
    nulls_then: float
    nulls_now: float
    psi: float
    psi_noise: float
    ks: float | None
    ks_noise: float | None
    p_value: float | None
    verdict: Verdict
    bins: tuple[Bin, ...]
    most: Bin


@dataclass(frozen=True, slots=True)
class DriftReport:
    """How far later rows are from a training frame.

    Attributes:
        then: of the training frame.
        now: of the later rows.
        thresholds: what counted as drift.
        features: those with the greatest PSI first.
    """

    then: FrameStatistics
    now: FrameStatistics
    thresholds: Thresholds
    features: tuple[FeatureDrift, ...]

    @property
    def drifted(self) -> tuple[str, ...]:
        """The features that passed a threshold, in the order of `features`."""
        return tuple(of.feature for of in self.features if of.verdict is Verdict.DRIFTED)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the statistics, as values that JSON has."""
        return {
            "rows_then": self.then.rows,
            "rows_now": self.now.rows,
            "thresholds": asdict(self.thresholds),
            "drifted": list(self.drifted),
            "features": [asdict(of) for of in self.features],
        }


def compare(
    then: FrameStatistics, now: FrameStatistics, thresholds: Thresholds | None = None
) -> DriftReport:
    """Compare later rows, counted by `count` at the cuts of ``then``, with it.

    Raises:
        DataError: a side has no rows.
    """
    if not then.rows:
        raise DataError("The training frame has no rows, so nothing can be said to drift from it.")
    if not now.rows:
        raise DataError("There are no later rows to compare: choose a longer period or other rows.")
    chosen = thresholds or Thresholds()
    found = [_drift(name, of, now.features[name], chosen) for name, of in then.features.items()]
    ranked = sorted(found, key=lambda of: (-of.psi, -(of.ks or 0.0), of.feature))
    return DriftReport(then, now, chosen, tuple(ranked))


def _drift(
    name: str, then: FeatureStatistics, now: FeatureStatistics, thresholds: Thresholds
) -> FeatureDrift:
    bins = bins_of(then, now)
    terms = psi_terms(bins)
    index, index_noise = psi(bins), psi_noise(bins, CHANCE)
    distance = ks_distance(then, now)
    noise = p_value = None
    if distance is not None:
        values = then.rows - then.nulls, now.rows - now.nulls
        noise, p_value = ks_noise(*values, CHANCE), ks_p_value(distance, *values)
    passed = [
        value > by_chance
        for value, limit, by_chance in (
            (index, thresholds.psi, index_noise),
            (distance, thresholds.ks, noise),
        )
        if value is not None and by_chance is not None and value > limit
    ]
    verdict = Verdict.STABLE
    if passed:
        verdict = Verdict.DRIFTED if any(passed) else Verdict.FEW_ROWS
    elif index > max(thresholds.moderate, index_noise):
        verdict = Verdict.MODERATE
    return FeatureDrift(
        name,
        then.type,
        then.null_share,
        now.null_share,
        index,
        index_noise,
        distance,
        noise,
        p_value,
        verdict,
        bins,
        bins[terms.index(max(terms))],
    )
