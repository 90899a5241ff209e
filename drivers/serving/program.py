"""A service's row functions as one straight run over slots.

The functions of a plan are written out, one call after the other, as the source of a single Python
function that is compiled when the service is loaded. A request then neither walks a graph nor looks
names up. Functions that are verified are called with `NumpySeries`, the others with pandas; one
that asks a `NumpySeries` for something that it doesn't do is called again with pandas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from keyword import iskeyword
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from onedag.errors import FunctionError
from onedag.evaluate import evaluate
from onedag.graph import FunctionNode
from onedag.numpy_series import NumpySeries, Refused, from_series, refusals, to_series
from onedag.numpy_series.calling import adopt, on_stand_ins
from onedag.numpy_series.only import MANY

__all__ = ["Column", "Program"]

Column: TypeAlias = NumpySeries | pd.Series | pd.DataFrame
"""A column in hand; pandas' own where there is no stand-in of its dtype."""


_AS_IN_BATCH: Any = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
"""NumPy's own setting: a function may make errors of warnings, and catch them."""


class Program:
    """The steps of a service, compiled.

    Args:
        steps: row functions, each after those that it needs.
        inputs: the names of the columns that are given, in the order of the slots.
        fitted: fitted values by name.
        wanted: the names of the columns to return.
        on_numpy: the steps that are called with `NumpySeries`; the others run on pandas.
    """

    def __init__(
        self,
        steps: Sequence[FunctionNode],
        inputs: Sequence[str],
        fitted: Mapping[str, Any],
        wanted: Sequence[str],
        on_numpy: frozenset[str],
    ) -> None:
        self._inputs = tuple(inputs)
        self._wanted = tuple(wanted)
        self._fitted = dict(fitted)
        self._steps = tuple(steps)
        self._on_numpy = on_numpy
        self._run = _compiled(self._steps, self._inputs, self._fitted, self._wanted, on_numpy)

    def run(self, slots: Sequence[Column], length: int) -> Sequence[Column]:
        """The wanted columns, from those of the inputs.

        Raises:
            FunctionError: a function raised, or gave back another number or order of rows.
        """
        before = refusals()
        with np.errstate(all="ignore"):  # as pandas' own operations have it
            *columns, caught = self._run(slots, length)
        if refusals() - before == caught:
            return columns
        # A function has caught what it can't have meant to catch, so its answer doesn't count.
        return self._on_pandas(slots, length)

    def first(self, count: int) -> Program:
        """So many of the steps, from the first one on, all of whose columns are wanted."""
        steps = self._steps[:count]
        wanted = [step.name for step in steps]
        return Program(steps, self._inputs, self._fitted, wanted, self._on_numpy)

    def _on_pandas(self, slots: Sequence[Column], length: int) -> Sequence[Column]:
        columns: dict[str, Any] = dict(self._fitted)
        columns.update(zip(self._inputs, map(_as_pandas, slots), strict=True))
        _evaluate(self._steps, columns, length)
        return [_as_stand_in(columns[name]) for name in self._wanted]


class _Again:
    """One step on pandas, which has the last word."""

    def __init__(self, step: FunctionNode, names: Sequence[str], fitted: Mapping[str, Any]) -> None:
        self._step = step
        self._names = tuple(names)
        self._fitted = {name: fitted[name] for name in step.inputs if name in fitted}

    def __call__(self, length: int, *columns: Column) -> Column:
        values: dict[str, Any] = dict(self._fitted)
        values.update(zip(self._names, map(_as_pandas, columns), strict=True))
        _evaluate([self._step], values, length)
        return _as_stand_in(values[self._step.name])


def _evaluate(steps: Sequence[FunctionNode], values: dict[str, Any], length: int) -> None:
    try:
        with np.errstate(**_AS_IN_BATCH):
            evaluate(steps, values, length)
    except Refused as refused:
        names = ", ".join(step.name for step in steps)
        raise FunctionError(
            f"A function keeps a column between calls, of {names} or of what they call: {refused}. "
            f"What it returns must follow from what it is given."
        ) from refused


def _as_pandas(column: Column) -> pd.Series | pd.DataFrame:
    return to_series(column) if type(column) is NumpySeries else column  # type: ignore[return-value]


def _as_stand_in(column: pd.Series | pd.DataFrame) -> Column:
    if isinstance(column, pd.DataFrame):
        return column
    try:
        return from_series(column)
    except Refused:
        return column


_FIXED = (bool, int, float, str, type(None))
_Run: TypeAlias = Callable[[Sequence[Column], int], tuple[Any, ...]]


def _compiled(
    steps: Sequence[FunctionNode],
    inputs: Sequence[str],
    fitted: Mapping[str, Any],
    wanted: Sequence[str],
    on_numpy: frozenset[str],
) -> _Run:
    slots = {name: f"c{number}" for number, name in enumerate(inputs)}
    scope: dict[str, Any] = {"adopt": adopt, "NumpySeries": NumpySeries, "Refused": Refused}
    scope |= {"deepcopy": deepcopy, "MANY": MANY}
    kept = {}
    for number, (name, value) in enumerate(fitted.items()):
        scope[f"k{number}"] = value
        # A function may write into a list or a dict without another one seeing it.
        kept[name] = f"k{number}" if isinstance(value, _FIXED) else f"deepcopy(k{number})"
    lines = ["def run(slots, length):", "    caught = 0"]
    if inputs:
        lines.append(f"    {', '.join(slots.values())}, = slots")
    for number, step in enumerate(steps):
        columns = [n for n in dict.fromkeys(step.inputs) if n in slots]
        scope[f"again{number}"] = _Again(step, columns, fitted)
        again = f"again{number}({', '.join(['length', *(slots[n] for n in columns)])})"
        slot = f"s{number}"
        if step.name in on_numpy:
            scope[f"f{number}"] = on_stand_ins(step)
            given = _arguments(step, kept | slots)
            lines += _call(slot, f"f{number}({', '.join(given)})", again)
        else:
            lines.append(f"    {slot} = {again}")
        slots[step.name] = slot
    lines.append(f"    return {''.join(f'{slots[name]}, ' for name in wanted)}caught,")
    exec(compile("\n".join(lines), "<onedag program>", "exec"), scope)
    run: _Run = scope["run"]
    return run


def _call(slot: str, call: str, again: str) -> Iterator[str]:
    yield "    try:"
    yield f"        {slot} = {call}"
    rows = f"(len({slot}._values) if {slot}._only is MANY else 1)"
    other = f"{slot}._kind in 'FM' or {rows} != length"
    yield f"        if type({slot}) is not NumpySeries or {other}:"
    yield f"            {slot} = adopt({slot}, length)"
    yield "    except Refused:"
    yield "        caught += 1"
    yield f"        {slot} = {again}"
    yield "    except Exception:"  # pandas has the last word on errors too
    yield f"        {slot} = {again}"


def _arguments(step: FunctionNode, places: Mapping[str, str]) -> Iterator[str]:
    for parameter in step.parameters:
        name = parameter.name
        if name not in places:
            continue
        if name.isidentifier() and name.isascii() and not iskeyword(name):
            yield f"{name}={places[name]}"
        else:  # such as `f.with_step`; and Python rewrites some letters of identifiers
            yield f"**{{{name!r}: {places[name]}}}"
