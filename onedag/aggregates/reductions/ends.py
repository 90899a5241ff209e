"""The first and the last row: a null there is the answer."""

from __future__ import annotations

from typing import Any, TypeAlias

__all__ = ["First", "Last"]

Row: TypeAlias = tuple[Any] | tuple[()]


class First:
    """``x.iloc[0]``, null or not. Merging takes the earlier state first."""

    def init(self) -> Row:
        return ()

    def add(self, state: Row, value: Any) -> Row:
        return self.merge(state, (value,))

    def merge(self, left: Row, right: Row) -> Row:
        return left or right

    def result(self, state: Row) -> Any:
        return state[0] if state else None


class Last(First):
    """``x.iloc[-1]``, null or not. Merging takes the earlier state first."""

    def merge(self, left: Row, right: Row) -> Row:
        return right or left
