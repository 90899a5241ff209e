"""Whether any, or all, values are true."""

from __future__ import annotations

__all__ = ["All", "Any"]


class Any:
    """`pandas.Series.any`: nulls are left out; of no values, False. A number but 0 is true."""

    def init(self) -> bool:
        return False

    def add(self, state: bool, value: float | int | None) -> bool:
        return state or bool(value)

    def merge(self, left: bool, right: bool) -> bool:
        return left or right

    def result(self, state: bool) -> bool:
        return state


class All:
    """`pandas.Series.all`: nulls are left out; of no values, True. A number but 0 is true."""

    def init(self) -> bool:
        return True

    def add(self, state: bool, value: float | int | None) -> bool:
        return state and (value is None or bool(value))

    def merge(self, left: bool, right: bool) -> bool:
        return left and right

    def result(self, state: bool) -> bool:
        return state
