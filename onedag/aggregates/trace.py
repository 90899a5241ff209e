"""Recognising a reduction: call the function once with a stand-in and see what it does.

``is_late.mean()`` or ``delay.sum() / distance.sum()`` is recorded as an expression of known
reductions, which an engine evaluates for all windows at once. A function that does anything else
with the stand-in isn't recognised; the engine then calls it for each window.

A stand-in notes what it refuses, so a function that asks for the type, the truth or the length of a
value, or that catches the error, isn't recognised. A trace is right for windows with rows: whether
there are any is the one question that a stand-in answers. Still, a trace is evidence, not proof:
`recognise` compares it with the function on sample windows.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from onedag.aggregates.expression import Column, Expression
from onedag.aggregates.traced_column import TracedColumn
from onedag.aggregates.traced_scalar import TracedScalar
from onedag.aggregates.untraceable import Refusals

__all__ = ["trace"]


def trace(function: Callable[..., Any], inputs: Mapping[str, str]) -> Expression | None:
    """The expression that a function computes; None if it isn't one of known reductions.

    Args:
        function: takes Series by keyword and returns a scalar.
        inputs: the function's parameters, each with the name of the column given to it.
    """
    refusals = Refusals()
    stand_ins = {
        parameter: TracedColumn(refusals, Column(name, operator.itemgetter(name)))
        for parameter, name in inputs.items()
    }
    try:
        result = function(**stand_ins)
    except Exception:  # the function met a stand-in where it wanted a Series
        return None
    if refusals.happened or type(result) is not TracedScalar:
        return None
    return result._expression
