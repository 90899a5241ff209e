"""Trying a row function: row i of its answer may depend on row i of its inputs, and nothing else.

Together, again, in other orders, in parts, with one row changed, with a null, alone: all must say
the same of a row, in value and in dtype. What differs is made a smallest example.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from drivers.check.answers import (
    Answer,
    Columns,
    answer,
    columns_of,
    first_difference,
    joined,
    said_at,
    shown,
    taken,
)
from drivers.check.causes import KEEPS, advice, reads_clock
from drivers.check.changes import changed, index_matters, with_null
from drivers.check.evidence import shown_by
from drivers.check.kept import Kept, kept_in_words
from drivers.check.model import Severity
from drivers.check.mutation import written_in_words
from drivers.check.randomness import watched
from drivers.check.shrinking import Example, difference, rows_shown, smallest, smallest_raising
from onedag.aggregates.scalar import quietly
from onedag.errors import OnedagError
from onedag.evaluate import call
from onedag.graph import FunctionNode

__all__ = ["Finding", "Trial", "null_of", "try_row_function"]


_MANY = 1024  # more than a sample has: some functions answer otherwise from a number of rows on


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a function: as a `Problem` says it."""

    kind: str
    message: str
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Trial:
    """A row function and the rows to try it on.

    Attributes:
        step: the function.
        inputs: its own.
        length: the number of rows.
        nullable: of the columns that may be null: whether it is certain that one can be.
        drawn: whether values were put together that may never occur together.
    """

    step: FunctionNode
    inputs: Columns
    length: int
    nullable: Mapping[str, bool]
    drawn: bool = False

    def example(self, inputs: Columns, at: int) -> Example:
        return Example(inputs, self.length, at)


def try_row_function(trial: Trial) -> tuple[Answer, Finding | None]:
    """What the function answers for all rows, and the first thing found wrong with it."""
    with quietly(Warning):
        kept = Kept(trial.step.code)
        together = answer(trial.step, trial.inputs, trial.length)
        if together.columns is None:
            return together, raised(trial, together)
        for look in (
            _again,
            partial(_anew, kept),
            _in_parts,
            _alone,
            _with_changes,
            _with_nulls,
            _written,
            _without_rows,
        ):
            if finding := look(trial, together):
                return together, finding
    return together, None


def null_of(trial: Trial, together: Answer) -> bool | None:
    """Whether the function's answer may be null, and if so whether that is certain.

    None where it is null for no row of the sample, and for no null among its inputs.
    """
    found = [True] if _any_null(together) else []
    with quietly(Warning):
        for name, certain in trial.nullable.items():
            row, inputs = with_null(trial.inputs, name, trial.length)
            if inputs is not None:
                answered = answer(trial.step, taken(inputs, [row]), 1)
                found += [certain] if _any_null(answered) else []
    return max(found, default=None)


def _any_null(answered: Answer) -> bool:
    return any(column.isna().any() for column in (answered.columns or {}).values())


def raised(trial: Trial, answered: Answer) -> Finding:
    """The function fails on the sample: with the fewest rows on which it does."""
    step = trial.step
    few, length = smallest_raising(step, trial.inputs, trial.length)
    error = answer(step, few, length).error or answered.error
    kind = "row-wise" if _gave_other_rows(trial) else "raises"
    if kind == "row-wise":
        return Finding(kind, f"{error} For {rows_shown(few, length)}.{advice(step, kind)}")
    nulls = any(v.isna().to_numpy().any() for v in columns_of(few).values())
    if trial.drawn and not nulls:
        note = " What is looked up was drawn from history: these values may never occur together."
        return Finding(kind, f"{error} For {rows_shown(few, length)}.{note}", Severity.WARNING)
    return Finding(kind, f"{error} For {rows_shown(few, length)}.")


def _gave_other_rows(trial: Trial) -> bool:
    """Whether it fails by giving back other rows than it got, and not by raising."""
    if trial.step.per_row:
        return False
    try:
        result = call(trial.step, trial.inputs)
    except OnedagError:
        return False
    one_dimension = isinstance(result, np.ndarray) and result.ndim == 1
    return isinstance(result, pd.Series | pd.DataFrame) or one_dimension


def _again(trial: Trial, together: Answer) -> Finding | None:
    """Called again it must answer the same, and no random numbers may be drawn."""
    step = trial.step
    with watched() as draws:
        again = answer(step, trial.inputs, trial.length)
    row = first_difference(together, again)
    if row is None and not draws.any:
        return None
    if row is None:
        return Finding("random", f"it draws random numbers.{advice(step, 'random')}")
    example = shown(trial.inputs, row)
    both = f"{said_at(together, row)} and {said_at(again, row)}"
    said = f"called twice with ({example}) it answers {both}."
    kind = "clock" if reads_clock(step) else "random"
    return Finding(kind, f"{said}{advice(step, kind)}")


def _anew(kept: Kept, trial: Trial, together: Answer) -> Finding | None:
    """What it keeps from one call for the next may not matter to what it answers."""
    said = kept_in_words(trial.step, trial.inputs, together, kept)
    if said is None:
        return None
    return Finding("random", f"{said}.{advice(trial.step, 'random', KEEPS)}")


def _orders(length: int) -> Iterator[Any]:
    """Some of the rows, all in other orders, and many; the cheapest to tell by come first."""
    rows = np.arange(length)
    yield rows[::-1]
    yield np.random.default_rng(0).permutation(length)
    yield rows[: length // 2]
    yield rows[length // 2 :]
    yield rows[::2]
    if length:
        yield np.resize(rows, _MANY)  # all, again and again


def _in_parts(trial: Trial, together: Answer) -> Finding | None:
    for rows in _orders(trial.length):
        if not len(rows):
            continue
        some = taken(trial.inputs, rows)
        here, there = answer(trial.step, some, len(rows)), together.take(rows)
        place = first_difference(here, there)
        if place is not None:
            # Of the two answers one isn't that for the row alone.
            row = int(rows[place])
            candidates = [trial.example(trial.inputs, row), Example(some, len(rows), place)]
            return _differs(trial, candidates)
    return None


def _alone(trial: Trial, together: Answer) -> Finding | None:
    """Each row alone."""
    rows = range(trial.length)
    each = [answer(trial.step, taken(trial.inputs, [row]), 1) for row in rows]
    every = joined(each) if each else together
    if every is None:  # some fail, or are of other dtypes
        row = next((n for n in rows if first_difference(each[n], together.take([n])) == 0), None)
    else:
        row = first_difference(every, together)
    return None if row is None else _differs(trial, [trial.example(trial.inputs, row)])


def _with_changes(trial: Trial, together: Answer) -> Finding | None:
    """One row changed: the answers for the others stay, and its own is that for it alone."""
    for row, inputs in changed(trial.inputs, trial.length):
        others = [n for n in range(trial.length) if n != row]
        answered = answer(trial.step, inputs, trial.length)
        if not others or answered.columns is None:  # it may refuse what can't occur
            continue
        alone = answer(trial.step, taken(inputs, [row]), 1)
        if alone.columns is not None and first_difference(answered.take([row]), alone) is not None:
            return _differs(trial, [trial.example(inputs, row)])
        place = first_difference(answered.take(others), together.take(others))
        if place is not None:
            found = [trial.example(inputs, others[place])]
            return _differs(trial, [*found, trial.example(trial.inputs, others[place])])
    return None


def _with_nulls(trial: Trial, together: Answer) -> Finding | None:
    """One value null: its row answers as it does alone, other rows as before, in their dtype."""
    for name, certain in trial.nullable.items():
        row, inputs = with_null(trial.inputs, name, trial.length)
        if inputs is None:
            continue
        answered = answer(trial.step, inputs, trial.length)
        if answered.columns is None:
            if certain:
                trial_of_null = Trial(trial.step, taken(inputs, [row]), 1, {}, trial.drawn)
                return raised(trial_of_null, answered)
            continue
        others = [n for n in range(trial.length) if n != row]
        alone = answer(trial.step, taken(inputs, [row]), 1)
        if alone.columns is not None and first_difference(alone, answered.take([row])) == 0:
            return _differs(trial, [trial.example(inputs, row)])
        if first_difference(answered.take(others), together.take(others)) is not None:
            every = [trial.example(inputs, n) for n in (row, *others)]
            fallback = f"its answers for other rows change when {name!r} is null in one."
            return _differs(trial, every, fallback, answered.dtypes != together.dtypes)
    return None


def _differs(
    trial: Trial, candidates: list[Example], said: str = "", dtype: bool = False
) -> Finding:
    """The smallest example of the first candidate that differs from its row alone."""
    for candidate in candidates:
        if difference(trial.step, candidate) is not None:
            example, found = smallest(trial.step, candidate)
            kind = found.kind
            if kind == "row-wise" and index_matters(trial.step, example.inputs, example.length):
                kind = "index"
            seen = shown_by(trial.step, example, found)
            row = shown(example.inputs, example.at)
            among = rows_shown(example.inputs, example.length)
            return Finding(
                kind,
                f"for ({row}) {found.said}. The rows: {among}.{advice(trial.step, kind, seen)}",
            )
    kind = "dtype" if dtype else "row-wise"
    said = said or "its answers for the same row differ from call to call."
    return Finding(kind, f"{said}{advice(trial.step, kind)}")


def _written(trial: Trial, _: Answer) -> Finding | None:
    said = written_in_words(trial.step, trial.inputs, trial.length)
    if said is None:
        return None
    note = (
        "The drivers hand it copies; a test or Hamilton's own driver doesn't, and there other "
        "functions see what it wrote."
    )
    return Finding("mutation", f"{said}. {note}{advice(trial.step, 'mutation')}")


def _without_rows(trial: Trial, _: Answer) -> Finding | None:
    answered = answer(trial.step, taken(trial.inputs, []), 0)
    if answered.columns is not None:
        return None
    note = "A source without rows yet, or a spine without, gives it none."
    return Finding(
        "raises", f"without rows it fails: {answered.error} {note}", severity=Severity.WARNING
    )
