"""Trying functions that make one value of many rows: aggregates and fitted values.

They may look across rows. They may not draw random numbers, read the clock or write into their
inputs.
"""

from __future__ import annotations

from collections.abc import Iterator

from drivers.check.answers import Columns, taken
from drivers.check.causes import advice
from drivers.check.impure import clocks
from drivers.check.mutation import written_in_words
from drivers.check.randomness import watched
from drivers.check.reached import reached
from drivers.check.trials import Finding
from onedag.aggregates import on_window
from onedag.aggregates.scalar import quietly
from onedag.errors import OnedagError
from onedag.evaluate import call
from onedag.graph import FunctionNode, Kind

__all__ = ["try_reduction"]

_WINDOW = 5


def try_reduction(step: FunctionNode, inputs: Columns, length: int) -> Finding | None:
    """The first thing found wrong with an aggregate or a fitted function.

    Args:
        step: the function.
        inputs: its own: of an aggregate rows in time order.
        length: the number of rows.
    """
    with quietly(Warning):
        for rows in _windows(step, length):
            window = taken(inputs, rows)
            try:
                found = _again(step, window, len(rows))
            except OnedagError as error:
                return Finding("raises", f"of {len(rows)} rows: {error}")
            if found:
                return found
        said = written_in_words(step, inputs, length)
    if said is None:
        return None
    note = "The engine hands it copies; a test or Hamilton's own driver doesn't."
    return Finding("mutation", f"{said}. {note}{advice(step, 'mutation')}")


def _windows(step: FunctionNode, length: int) -> Iterator[list[int]]:
    """All rows, and of an aggregate also few and none."""
    rows = list(range(length))
    yield rows
    if step.kind is Kind.AGGREGATE:
        yield rows[:_WINDOW]
        yield []


def _again(step: FunctionNode, window: Columns, length: int) -> Finding | None:
    value = on_window if step.kind is Kind.AGGREGATE else call
    with watched() as draws:
        first, second = value(step, window), value(step, window)
    if repr(first) == repr(second) and not draws.any:
        return None
    kind = "clock" if clocks(reached(step.code)) else "random"
    said = "it draws random numbers."
    if repr(first) != repr(second):
        said = f"called twice with the same {length} rows it answers {first!r} and {second!r}."
    return Finding(kind, f"{said}{advice(step, kind)}")
