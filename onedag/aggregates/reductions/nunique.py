"""How many different values are there."""

from __future__ import annotations

from typing import Any

__all__ = ["Nunique"]


class Nunique:
    """`pandas.Series.nunique`: nulls aren't counted, and ``-0.0`` is ``0.0``."""

    def init(self) -> frozenset[Any]:
        return frozenset()

    def add(self, state: frozenset[Any], value: Any) -> frozenset[Any]:
        return state if value is None else state | {value}

    def merge(self, left: frozenset[Any], right: frozenset[Any]) -> frozenset[Any]:
        return left | right

    def result(self, state: frozenset[Any]) -> int:
        return len(state)
