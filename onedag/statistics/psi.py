"""The population stability index: how far two distributions over the same bins are apart.

    PSI = Σ (now - then) · ln(now / then), over the bins' shares of rows

It is the sum of the Kullback–Leibler divergences in both directions (Jeffreys 1946), so it is the
same with the sides exchanged, and 0 for equal shares. Credit scoring reads it as: below 0.1 no
change to speak of, up to 0.25 a moderate one, above it a large one (Siddiqi, *Credit Risk
Scorecards*, 2006). For two normal distributions of equal spread whose means are d standard
deviations apart it comes to about d².
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from onedag.statistics.bins import Bin

__all__ = ["psi", "psi_noise", "psi_terms"]

FLOOR = 0.0001


def psi(bins: Sequence[Bin]) -> float:
    """The index of two sides that each have a row.

    A share of zero would make it infinite. So a share counts as at least `FLOOR`, or as half a row
    of the smaller side if that is more: few rows don't prove that a bin is empty.

    >>> round(psi([Bin("a", 500, 400), Bin("b", 500, 600)]), 4)
    0.0405
    """
    return math.fsum(psi_terms(bins))


def psi_terms(bins: Sequence[Bin]) -> list[float]:
    """What each bin adds to the index; none is negative."""
    counts = np.array([(of.then, of.now) for of in bins], np.float64)
    rows = counts.sum(axis=0)
    then, now = np.maximum(counts / rows, max(FLOOR, 0.5 / rows.min())).T
    terms: list[float] = ((now - then) * np.log(now / then)).tolist()
    return terms


def psi_noise(bins: Sequence[Bin], chance: float) -> float:
    """The index that rows of one and the same distribution exceed with this probability.

    It is a chi-squared quantile times 1/rows + 1/rows of the two sides (Yurdakul, *Statistical
    Properties of Population Stability Index*, 2018), with a degree of freedom less than there are
    bins with rows. Rows are taken to be independent; where many have a value in common, such as
    that of the same hour, chance makes a greater index than this.

    >>> few = [Bin("a", 50, 40), Bin("b", 50, 60)]
    >>> round(psi_noise(few, chance=0.01), 3)
    0.132
    """
    freedom = sum(1 for of in bins if of.then or of.now) - 1
    if not freedom:
        return 0.0
    rows = sum(of.then for of in bins), sum(of.now for of in bins)
    # Wilson & Hilferty (1931): the cube root of a chi-squared over its mean is almost normal.
    spread = 2 / (9 * freedom)
    root = 1 - spread + NormalDist().inv_cdf(1 - chance) * math.sqrt(spread)
    return freedom * root**3 * (1 / rows[0] + 1 / rows[1])
