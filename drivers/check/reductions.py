"""Trying functions that make one value of many rows: aggregates and fitted values.

They may look across rows. They may not draw random numbers, read the clock or write into their
inputs.
"""

from __future__ import annotations

from collections.abc import Iterator

from drivers.check.answers import Columns, taken
from drivers.check.causes import KEEPS, advice, reads_clock
from drivers.check.kept import Kept
from drivers.check.model import Severity
from drivers.check.mutation import written_in_words
from drivers.check.randomness import watched
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
        kept = Kept(step.code)
        for rows in _windows(step, length):
            window = taken(inputs, rows)
            try:
                found = _again(step, window, len(rows))
            except OnedagError as error:
                return Finding("raises", f"of {len(rows)} rows: {error}")
            if found:
                return found
        if found := _anew(step, inputs, length, kept):
            return found
        said = written_in_words(step, inputs, length)
    if said is None:
        return None
    note = "The engine hands it copies; a test or Hamilton's own driver doesn't."
    return Finding("mutation", f"{said}. {note}{advice(step, 'mutation')}")


def _anew(step: FunctionNode, inputs: Columns, length: int, kept: Kept) -> Finding | None:
    """What it keeps from one window for the next may not matter to what it answers."""
    names = kept.changed()
    if not names:
        return None
    few = taken(inputs, list(range(length))[-_WINDOW:])
    try:
        kept.restore()
        first = _value(step, few)
        kept.restore()
        _value(step, inputs)
        then = _value(step, few)
    except OnedagError:  # it needs more rows
        return None
    finally:
        kept.restore()
    if repr(first) == repr(then):
        return None
    said = (
        f"it keeps something in {', '.join(names)} from one call for the next: of "
        f"{min(length, _WINDOW)} rows it answers {first!r} when that is the first call, and "
        f"{then!r} after a call with {length}."
    )
    return Finding("random", f"{said}{advice(step, 'random', KEEPS)}", _severity(step))


def _severity(step: FunctionNode) -> Severity:
    """Of a fitted value only a training run depends, and serving gets what it got."""
    return Severity.WARNING if step.kind is Kind.FITTED else Severity.ERROR


def _value(step: FunctionNode, window: Columns) -> object:
    return on_window(step, window) if step.kind is Kind.AGGREGATE else call(step, window)


def _windows(step: FunctionNode, length: int) -> Iterator[list[int]]:
    """All rows, and of an aggregate also few and none."""
    rows = list(range(length))
    yield rows
    if step.kind is Kind.AGGREGATE:
        yield rows[:_WINDOW]
        yield []


def _again(step: FunctionNode, window: Columns, length: int) -> Finding | None:
    with watched() as draws:
        first, second = _value(step, window), _value(step, window)
    if repr(first) == repr(second) and not draws.any:
        return None
    kind = "clock" if reads_clock(step) else "random"
    said = "it draws random numbers."
    if repr(first) != repr(second):
        said = f"called twice with the same {length} rows it answers {first!r} and {second!r}."
    return Finding(kind, f"{said}{advice(step, kind)}", _severity(step))
