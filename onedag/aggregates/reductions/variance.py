"""Variance and standard deviation of a sample."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction

from onedag.aggregates.reductions.exact import Total, rounded

__all__ = ["Moments", "Std", "Var"]


@dataclass(frozen=True, slots=True)
class Moments:
    """The exact sums of values and of their squares."""

    total: Total = field(default_factory=Total)
    squares: Fraction = Fraction(0)


class Var:
    """`pandas.Series.var`: of a sample (``ddof=1``), exact and rounded once.

    Null for fewer than two values, and where one is infinite.
    """

    def init(self) -> Moments:
        return Moments()

    def add(self, state: Moments, value: float | int | None) -> Moments:
        finite = value is not None and math.isfinite(value)
        square = Fraction(value or 0) ** 2 if finite else Fraction(0)
        return Moments(state.total.plus(value), state.squares + square)

    def merge(self, left: Moments, right: Moments) -> Moments:
        return Moments(left.total.merged(right.total), left.squares + right.squares)

    def result(self, state: Moments) -> float | None:
        total = state.total
        if total.count < 2 or total.up or total.down:
            return None
        return rounded((state.squares - total.finite**2 / total.count) / (total.count - 1))


class Std(Var):
    """`pandas.Series.std`: the square root of `Var`."""

    def result(self, state: Moments) -> float | None:
        variance = super().result(state)
        return None if variance is None else math.sqrt(variance)
