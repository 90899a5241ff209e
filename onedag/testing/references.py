"""What sums, means and variances are exactly: where pandas' own answer depends on rounding.

pandas rounds at each addition. An answer of n values is held to the exact one, from
`onedag.aggregates.reductions`, within what pandas' way can lose (Higham, Accuracy and Stability of
Numerical Algorithms, 2002, chapters 1 and 4), where u is ``2**-53`` and m the largest magnitude:

- a sum: ``n * u`` times the sum of magnitudes; a mean: that divided by n;
- a variance v: ``2 * n * u * v + 4 * n * u * m * sqrt(v) + (2 * n * u * m)**2``; a standard
  deviation: the square root of the variance's ends;

and two units in the last place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from onedag.aggregates.reductions import Aggregator, Mean, Std, Sum, Var, fold
from onedag.testing.expressions import late_spent
from onedag.testing.functions import amount_mean, price_mean, price_sum, size_mean
from onedag.testing.statistics import (
    amount_std,
    amount_var,
    late_std,
    late_var,
    price_std,
    price_var,
    size_std,
    size_var,
    sure_std,
    sure_var,
)

__all__ = ["ROUNDED", "Reference"]

_UNIT = 2.0**-53


@dataclass(frozen=True, slots=True)
class Reference:
    """A reduction of one expression of a row.

    Attributes:
        aggregator: the reduction.
        of_row: the expression; None for null.
    """

    aggregator: Aggregator[Any]
    of_row: Callable[[Mapping[str, Any]], float | int | None]

    def value(self, rows: Sequence[Mapping[str, Any]]) -> float | None:
        """The exact answer, rounded as the reduction says."""
        found: float | None = fold(self.aggregator, map(self.of_row, rows))
        return found

    def bound(self, rows: Sequence[Mapping[str, Any]]) -> float:
        """How far pandas' answer may be from the exact one; infinite where it may overflow."""
        exact = self.value(rows)
        values = [abs(float(v)) for v in map(self.of_row, rows) if v is not None]
        if exact is None or not math.isfinite(exact) or max(values, default=0) > 1e150:
            return math.inf
        last_places = 2 * math.ulp(exact)
        if isinstance(self.aggregator, Sum):
            return last_places + len(values) * _UNIT * math.fsum(values)
        if isinstance(self.aggregator, Mean):
            return last_places + _UNIT * math.fsum(values)
        return last_places + self._spread_bound(exact, values)

    def _spread_bound(self, exact: float, values: Sequence[float]) -> float:
        deviation = exact if isinstance(self.aggregator, Std) else math.sqrt(exact)
        loss = 2 * len(values) * _UNIT
        lost = loss * deviation**2 + 2 * loss * max(values) * deviation + (loss * max(values)) ** 2
        if not isinstance(self.aggregator, Std):
            return lost
        return min(math.sqrt(lost), lost / deviation if deviation else math.inf)


def _of(aggregator: Aggregator[Any], column: str) -> Reference:
    return Reference(aggregator, lambda row: row[column])


ROUNDED: Mapping[Callable[..., Any], Reference] = {
    price_sum: _of(Sum(), "price"),
    price_mean: _of(Mean(), "price"),
    amount_mean: _of(Mean(), "amount"),
    size_mean: _of(Mean(), "size"),
    price_std: _of(Std(), "price"),
    price_var: _of(Var(), "price"),
    amount_std: _of(Std(), "amount"),
    amount_var: _of(Var(), "amount"),
    size_std: _of(Std(), "size"),
    size_var: _of(Var(), "size"),
    late_std: _of(Std(), "late"),
    late_var: _of(Var(), "late"),
    sure_std: _of(Std(), "sure"),
    sure_var: _of(Var(), "sure"),
    late_spent: Reference(Sum(), lambda row: row["price"] if row["late"] else None),
}
"""The functions whose last digits pandas leaves to the order of adding."""
