"""A smallest example of what a function does wrong: few rows, and plain values in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from drivers.check.answers import (
    Answer,
    Columns,
    answer,
    columns_of,
    equal,
    shown,
    taken,
)
from onedag.graph import FunctionNode

__all__ = ["Difference", "Example", "difference", "rows_shown", "smallest", "smallest_raising"]

_PLAIN = (0, 1)
_MOST_CALLS = 600
_MOST_PAIRS = 100  # rows beyond these repeat those of a sample


@dataclass(frozen=True, slots=True)
class Example:
    """Some rows, and the one of them that is answered otherwise when it is alone.

    Attributes:
        inputs: of the function.
        length: the number of rows.
        at: the place of the row.
    """

    inputs: Columns
    length: int
    at: int

    def only(self, rows: list[int]) -> Example:
        """Some of the rows, in the given order; ``at`` is among them."""
        return Example(taken(self.inputs, rows), len(rows), rows.index(self.at))


@dataclass(frozen=True, slots=True)
class Difference:
    """How the answer for a row among others differs from that for the row alone.

    Attributes:
        kind: ``row-wise`` or ``dtype``.
        said: both answers, in words.
    """

    kind: str
    said: str


def difference(step: FunctionNode, example: Example) -> Difference | None:
    """How a row of an example is answered otherwise alone; None where it isn't."""
    among = answer(step, example.inputs, example.length)
    alone = answer(step, taken(example.inputs, [example.at]), 1)
    if among.columns is None and alone.columns is None:
        return None
    others = f"among these {example.length} rows"
    if among.columns is None:
        return Difference(
            "row-wise", f"it works on the row alone, and {others} not: {_error(among)}"
        )
    if alone.columns is None:
        return Difference(
            "row-wise", f"it works {others}, and not on the row alone: {_error(alone)}"
        )
    if list(among.columns) != list(alone.columns):
        return Difference(
            "row-wise",
            f"its columns are {list(among.columns)} {others}, and {list(alone.columns)} for the "
            f"row alone",
        )
    for name, here in among.take([example.at]).columns.items():  # type: ignore[union-attr]
        there = alone.columns[name]
        which = f" for {name!r}" if name else ""
        if not equal(here, there).all():
            return Difference(
                "row-wise",
                f"it answers {_value(here)}{which} {others}, and {_value(there)} for the row alone",
            )
        if here.dtype != there.dtype:
            return Difference(
                "dtype", f"it returns {here.dtype}{which} {others}, and {there.dtype} for it alone"
            )
    return None


def _error(answered: Answer) -> str:
    return str(answered.error).rstrip(".")


def _value(column: pd.Series) -> str:
    value = column.tolist()[0]
    return "null" if pd.isna(value) else repr(value)


def smallest(step: FunctionNode, example: Example) -> tuple[Example, Difference]:
    """The example with as few rows and as plain values as still differ in the same kind.

    Args:
        step: the function.
        example: that differs.
    """
    found = difference(step, example)
    assert found is not None
    kind = found.kind

    def wrong(candidate: Example) -> bool:
        one = difference(step, candidate)
        return one is not None and one.kind == kind

    small = _plainer(_fewer(example, wrong), wrong)
    last = difference(step, small)
    assert last is not None
    return small, last


def smallest_raising(step: FunctionNode, inputs: Columns, length: int) -> tuple[Columns, int]:
    """The fewest of some rows on which a function fails, that are easily found."""

    def fails(rows: list[int]) -> bool:
        return answer(step, taken(inputs, rows), len(rows)).columns is None

    every = list(range(length))
    single = next((row for row in every if fails([row])), None)
    if single is not None:
        return taken(inputs, [single]), 1
    pair = next((list(p) for p in _pairs(length) if fails(list(p))), every)
    return taken(inputs, pair), len(pair)


def _pairs(length: int) -> Iterator[tuple[int, int]]:
    """Neighbours in both orders."""
    for row in range(length - 1):
        yield row, row + 1
        yield row + 1, row


def _fewer(example: Example, wrong: Callable[[Example], bool]) -> Example:
    """With one other row if that is enough; else with those without which nothing differs."""
    if example.length == 1:
        return example
    others = [row for row in range(example.length) if row != example.at]
    for other in others[:_MOST_PAIRS]:
        for rows in ([other, example.at], [example.at, other]):
            if wrong(pair := example.only(rows)):
                return pair
    rows = _first_of(example, others, wrong)
    others = [row for row in rows if row != example.at]
    size, calls = max(len(others) // 2, 1), 0
    while size and calls < _MOST_CALLS:
        for start in range(0, len(others), size):
            part = set(others[start : start + size])
            kept = [row for row in rows if row not in part]
            calls += 1
            if len(kept) < len(rows) and wrong(example.only(kept)):
                rows = kept
        size //= 2
    return example.only(rows)


def _first_of(example: Example, others: list[int], wrong: Callable[[Example], bool]) -> list[int]:
    """The row with the first 4, 8, … others, as soon as that differs."""
    size = 4
    while size < len(others):
        rows = sorted([*others[:size], example.at])
        if wrong(example.only(rows)):
            return rows
        size *= 2
    return list(range(example.length))


def _plainer(example: Example, wrong: Callable[[Example], bool]) -> Example:
    """With plain values where they do: the same in all rows, or 0 and 1."""
    for name, column in columns_of(example.inputs).items():
        if not isinstance(column, pd.Series):
            continue
        for values in _plain_values(column, example.at):
            candidate = Example({**example.inputs, name: values}, example.length, example.at)
            if wrong(candidate):
                example = candidate
                break
    return example


def _plain_values(column: pd.Series, at: int) -> Iterator[pd.Series]:
    """Candidates for a column, the plainest first, of the same dtype."""
    dtype, length = column.dtype, len(column)
    if is_numeric_dtype(dtype) and not is_bool_dtype(dtype):
        for same in _PLAIN:
            yield pd.Series([same] * length, dtype=dtype)
        for values in (range(length), range(length, 0, -1)):
            yield pd.Series(list(values), dtype=dtype)
    yield column.take(np.full(length, at)).reset_index(drop=True)


def rows_shown(inputs: Columns, length: int) -> str:
    """The rows of an example, for a message; no more than a few."""
    most = 5
    listed = "; ".join(f"({shown(inputs, row)})" for row in range(min(length, most)))
    return listed + (f"; … {length - most} more" if length > most else "")
