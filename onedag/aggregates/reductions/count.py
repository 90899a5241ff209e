"""How many values are there."""

from __future__ import annotations

__all__ = ["Count"]


class Count:
    """`pandas.Series.count`: the number of values that aren't null."""

    def init(self) -> int:
        return 0

    def add(self, state: int, value: object) -> int:
        return state + (value is not None)

    def merge(self, left: int, right: int) -> int:
        return left + right

    def result(self, state: int) -> int:
        return state
