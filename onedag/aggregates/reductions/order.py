"""Median and quantiles: they need all values."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

__all__ = ["Median", "Quantile", "ordered"]

Values: TypeAlias = tuple[Any, ...]


def ordered(value: Any) -> Any:
    """What values are sorted by: themselves, and ``-0.0`` before ``0.0``."""
    return (value, math.copysign(1, value)) if isinstance(value, float) else value


class _Sorted:
    """Keeps the values that aren't null, sorted."""

    def init(self) -> Values:
        return ()

    def add(self, state: Values, value: Any) -> Values:
        return state if value is None else self.merge(state, (value,))

    def merge(self, left: Values, right: Values) -> Values:
        return tuple(sorted(left + right, key=ordered))


class Median(_Sorted):
    """`pandas.Series.median`: the middle value, or half the sum of the two; a float.

    pandas leaves it to chance whether the median of ``-0.0`` and ``0.0`` is one or the other.
    """

    def result(self, state: Values) -> float | None:
        count = len(state)
        if not count:
            return None
        left, right = float(state[(count - 1) // 2]), float(state[count // 2])
        median = left if count % 2 else (left + right) / 2
        return None if math.isnan(median) else median


class Quantile(_Sorted):
    """`pandas.Series.quantile` with linear interpolation (type 7 of Hyndman and Fan, 1996).

    Evaluated as numpy does, to the last bit: from the nearer of the two neighbours, whose distance
    is taken in their own dtype. So two infinite neighbours give null, and distances of integers
    wrap around.

    Args:
        q: from 0 to 1.
        dtype: of the column.
    """

    def __init__(self, q: float, dtype: np.dtype[Any]) -> None:
        self._q, self._dtype = q, dtype

    def result(self, state: Values) -> float | None:
        if not state:
            return None
        place = (len(state) - 1) * self._q
        below = math.floor(place)
        above = min(below + 1, len(state) - 1)
        low, high = np.array([state[below], state[above]], self._dtype)
        with np.errstate(all="ignore"):
            gamma, distance = place - below, high - low
            found = high - distance * (1 - gamma) if gamma >= 0.5 else low + distance * gamma
        return None if np.isnan(found) else float(found)
