"""The shape of every reduction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, TypeVar

__all__ = ["Aggregator", "fold"]

State = TypeVar("State")


class Aggregator(Protocol[State]):
    """A reduction that takes values one by one, and whose partial results can be merged.

    A state is never changed in place. Values are Python scalars, None for null; a float is never
    NaN. Nothing is ever taken out again, so what has left a window can't leave a trace in it.
    """

    def init(self) -> State:
        """The state of no values."""

    def add(self, state: State, value: Any) -> State:
        """The state with one more value, the latest so far."""

    def merge(self, left: State, right: State) -> State:
        """The state of both: of ``left``'s values, then ``right``'s.

        Merging commutes, but for `First` and `Last`, which need ``left`` to be the earlier one.
        """

    def result(self, state: State) -> Any:
        """What pandas' method returns for the values, as a Python scalar; None for null."""


def fold(aggregator: Aggregator[Any], values: Iterable[Any]) -> Any:
    """The reduction of some values, in order.

    >>> from onedag.aggregates.reductions import Last
    >>> fold(Last(), [3, 1, None, 2])
    2
    """
    state = aggregator.init()
    for value in values:
        state = aggregator.add(state, value)
    return aggregator.result(state)
