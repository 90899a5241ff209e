"""Sums: of floats rounded once, of integers in 64 bits."""

from __future__ import annotations

from onedag.aggregates.reductions.exact import Total

__all__ = ["IntegerSum", "Sum"]


class Sum:
    """`pandas.Series.sum` of floats, as `math.fsum` would: the exact sum, rounded once.

    Nothing but nulls is 0.0.
    """

    def init(self) -> Total:
        return Total()

    def add(self, state: Total, value: float | None) -> Total:
        return state.plus(value)

    def merge(self, left: Total, right: Total) -> Total:
        return left.merged(right)

    def result(self, state: Total) -> float | None:
        return state.value()


class IntegerSum:
    """`pandas.Series.sum` of integers and bools: beyond 64 bits it wraps around, as there.

    Args:
        signed: whether the sum is an int64 rather than a uint64.
    """

    def __init__(self, signed: bool = True) -> None:
        self._lowest = -(2**63) if signed else 0

    def init(self) -> int:
        return 0

    def add(self, state: int, value: int | None) -> int:
        return state + (value or 0)

    def merge(self, left: int, right: int) -> int:
        return left + right

    def result(self, state: int) -> int:
        return (state - self._lowest) % 2**64 + self._lowest
