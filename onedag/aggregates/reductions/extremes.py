"""The smallest and the largest value."""

from __future__ import annotations

from typing import Any

from onedag.aggregates.reductions.order import ordered

__all__ = ["Max", "Min"]


class Min:
    """`pandas.Series.min`: null without a value. ``-0.0`` is below ``0.0``."""

    def init(self) -> Any:
        return None

    def add(self, state: Any, value: Any) -> Any:
        return self.merge(state, value)

    def merge(self, left: Any, right: Any) -> Any:
        if left is None or right is None:
            return right if left is None else left
        return min(left, right, key=ordered)

    def result(self, state: Any) -> Any:
        return state


class Max(Min):
    """`pandas.Series.max`: null without a value. ``0.0`` is above ``-0.0``."""

    def merge(self, left: Any, right: Any) -> Any:
        if left is None or right is None:
            return right if left is None else left
        return max(left, right, key=ordered)
