"""The exact total of numbers, infinities included: what sums, means and variances share."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

__all__ = ["Total", "rounded"]


@dataclass(frozen=True, slots=True)
class Total:
    """A sum that has not been rounded.

    Attributes:
        finite: the exact sum of the finite values.
        count: of all values that aren't null.
        up: whether positive infinity is among them.
        down: whether negative infinity is.
    """

    finite: Fraction = Fraction(0)
    count: int = 0
    up: bool = False
    down: bool = False

    def plus(self, value: float | int | None) -> Total:
        """With one more value; a null changes nothing."""
        if value is None:
            return self
        if math.isinf(value):
            return replace(
                self, count=self.count + 1, up=self.up or value > 0, down=self.down or value < 0
            )
        return replace(self, finite=self.finite + Fraction(value), count=self.count + 1)

    def merged(self, other: Total) -> Total:
        """Of the values of both."""
        return Total(
            self.finite + other.finite,
            self.count + other.count,
            self.up or other.up,
            self.down or other.down,
        )

    def value(self) -> float | None:
        """Rounded once; infinite as IEEE 754 adds infinities, None for infinities of both signs."""
        if self.up and self.down:
            return None
        if self.up or self.down:
            return math.inf if self.up else -math.inf
        return rounded(self.finite)


def rounded(number: Fraction) -> float:
    """The nearest float, ties to even; infinite beyond the largest."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf
