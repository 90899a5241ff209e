"""The arithmetic mean."""

from __future__ import annotations

from onedag.aggregates.reductions.exact import Total

__all__ = ["Mean"]


class Mean:
    """`pandas.Series.mean`: the exact sum, rounded once, divided by the count of values.

    Integers don't wrap around in it. Null without a value.
    """

    def init(self) -> Total:
        return Total()

    def add(self, state: Total, value: float | int | None) -> Total:
        return state.plus(value)

    def merge(self, left: Total, right: Total) -> Total:
        return left.merged(right)

    def result(self, state: Total) -> float | None:
        total = state.value() if state.count else None
        return None if total is None else total / state.count
