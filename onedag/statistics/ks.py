"""The Kolmogorov–Smirnov distance: the greatest difference of two cumulative shares.

    D = max over v of |share of then ≤ v - share of now ≤ v|

It lies between 0 and 1, and needs no bins, but an order: texts have none (Smirnov 1939).
"""

from __future__ import annotations

import importlib
import math

import numpy as np
import numpy.typing as npt

from onedag.statistics.model import Categories, FeatureStatistics, Numbers

__all__ = ["ks_distance", "ks_noise", "ks_p_value", "ks_upper"]


def ks_distance(then: FeatureStatistics, now: FeatureStatistics) -> float | None:
    """The distance at the points of the training rows; None where a side has no values.

    At each point both shares are exact. What is greater in between isn't seen; `ks_upper` says how
    much that can be. Bools are ordered, False first; None for texts.
    """
    a, b = then.values, now.values
    if a is None or b is None or not (a.present and b.present):
        return None
    if isinstance(a, Numbers) and isinstance(b, Numbers):
        return float(np.abs(_shares(a) - _shares(b)).max())
    if isinstance(a, Categories) and isinstance(b, Categories) and then.type == "bool":
        return abs(a.counts["false"] / a.present - b.counts["false"] / b.present)
    return None


def ks_upper(then: Numbers, now: Numbers) -> float:
    """What the distance over all values is at most.

    Between two points the one side may have all its values at the start and the other at the end.
    """
    a, b = _shares(then), _shares(now)
    inside = np.maximum(a[1:] - b[:-1], b[1:] - a[:-1])[0::2]  # [1::2] are the points themselves
    at_points = float(np.abs(a - b).max())
    return max(at_points, float(inside.max()))


def ks_noise(then: int, now: int, chance: float) -> float:
    """The distance that values of one distribution exceed with about this probability.

    Args:
        then: how many training rows have a value.
        now: how many later rows.
        chance: the probability, for independent rows.

    >>> round(ks_noise(100, 100, chance=0.05), 3)
    0.192
    """
    return math.sqrt(-math.log(chance / 2) / 2 * (1 / then + 1 / now))


def ks_p_value(distance: float, then: int, now: int) -> float | None:
    """The probability of such a distance or a greater one, for rows of one distribution.

    As `scipy.stats.ks_2samp` has it with ``method="asymp"``; None where scipy isn't installed. For
    values with ties it is too great, and for a distance that isn't seen whole (`ks_upper`). With
    many rows it is tiny for differences that don't matter: look at the distance first.
    """
    try:
        kstwo = importlib.import_module("scipy.stats").kstwo
    except ModuleNotFoundError:
        return None
    return float(kstwo.sf(distance, max(1, round(then * now / (then + now)))))


def _shares(numbers: Numbers) -> npt.NDArray[np.float64]:
    return numbers.cumulative() / numbers.present
