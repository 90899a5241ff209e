"""What a function answers for some rows, and how two answers differ: exactly, to the last bit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_float_dtype

from onedag.errors import OnedagError
from onedag.evaluate import evaluate
from onedag.graph import FunctionNode

__all__ = [
    "Answer",
    "Columns",
    "Rows",
    "answer",
    "columns_of",
    "equal",
    "first_difference",
    "joined",
    "said_at",
    "shown",
    "taken",
]

Columns: TypeAlias = Mapping[str, Any]
"""The inputs of a function by name: columns, and values that are the same for all rows."""
Rows: TypeAlias = npt.NDArray[np.int64] | Sequence[int]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a function answered.

    Attributes:
        columns: by name; one without a name for a function that returns one column. None where it
            raised, or gave back other rows.
        result: the same as other functions get it.
        error: what it raised.
    """

    columns: Mapping[str, pd.Series] | None
    result: pd.Series | pd.DataFrame | None = None
    error: OnedagError | None = None

    @property
    def dtypes(self) -> dict[str, str]:
        """The dtypes as text, by column."""
        return {name: str(column.dtype) for name, column in (self.columns or {}).items()}

    def take(self, rows: Rows) -> Answer:
        """What it said of some of the rows, in their order."""
        if self.columns is None:
            return self
        return Answer({n: _take(column, rows) for n, column in self.columns.items()})


def answer(step: FunctionNode, inputs: Columns, length: int) -> Answer:
    """Call a row function as both drivers do.

    Args:
        step: the function.
        inputs: its own, as `onedag.evaluate.evaluate` takes them.
        length: the number of rows.
    """
    values = dict(inputs)
    try:
        evaluate([step], values, length)
    except OnedagError as error:
        return Answer(None, error=error)
    result = values[step.name]
    if isinstance(result, pd.DataFrame):
        return Answer({str(name): result[name] for name in result.columns}, result)
    return Answer({"": result}, result)


def joined(answers: Sequence[Answer]) -> Answer | None:
    """Answers for some rows each as one for all; None where they don't go together."""
    first = answers[0]
    if any(one.columns is None or one.dtypes != first.dtypes for one in answers):
        return None
    return Answer(
        {
            name: pd.concat(
                [one.columns[name] for one in answers if one.columns], ignore_index=True
            )
            for name in first.columns or {}
        }
    )


def taken(inputs: Columns, rows: Rows) -> dict[str, Any]:
    """The inputs of some rows, in their order; what is one value for all rows stays."""
    return {n: _take(v, rows) if is_rows(v) else v for n, v in inputs.items()}


def columns_of(inputs: Columns) -> dict[str, pd.Series | pd.DataFrame]:
    """The inputs that have a value for each row."""
    return {name: value for name, value in inputs.items() if is_rows(value)}


def is_rows(value: Any) -> bool:
    """Whether an input has a value for each row."""
    return isinstance(value, pd.Series | pd.DataFrame)


def _take(value: Any, rows: Rows) -> Any:
    places = np.asarray(rows, np.int64)
    if isinstance(value, pd.Series):  # a third of the time of taking and resetting the index
        return pd.Series(value.array.take(places), copy=False)
    return value.take(places).reset_index(drop=True)


def equal(left: pd.Series, right: pd.Series) -> npt.NDArray[np.bool_]:
    """For each row whether two columns say the same.

    Nulls equal each other, and nothing else; -0.0 isn't 0.0.
    """
    but_for_signs = left.equals(right)
    if but_for_signs and not is_float_dtype(left.dtype):
        return np.ones(len(left), np.bool_)
    nulls: npt.NDArray[np.bool_] = (left.isna() & right.isna()).to_numpy(np.bool_)
    signs: npt.NDArray[np.bool_] = _negative(left) == _negative(right)
    if but_for_signs:
        return nulls | signs
    same = [
        bool(a == b) if not (pd.isna(a) or pd.isna(b)) else False
        for a, b in zip(left.tolist(), right.tolist(), strict=True)
    ]
    return nulls | (np.array(same, np.bool_) & signs)


def _negative(column: pd.Series) -> npt.NDArray[np.bool_]:
    """Whether the sign of floats is set, which tells -0.0 from 0.0; of others nothing is."""
    if not is_float_dtype(column.dtype):
        return np.zeros(len(column), np.bool_)
    negative: npt.NDArray[np.bool_] = np.signbit(column.to_numpy(np.float64, na_value=np.nan))
    return negative


def shown(inputs: Columns, row: int) -> str:
    """One row of a function's inputs: ``x=1.0, colour='red'``."""
    parts = []
    for name, value in columns_of(inputs).items():
        if isinstance(value, pd.DataFrame):
            parts += [
                f"{name}[{column!r}]={_plain(value[column], row)}" for column in value.columns
            ]
        else:
            parts.append(f"{name}={_plain(value, row)}")
    return ", ".join(parts) or "no columns"


def _plain(column: pd.Series, row: int) -> str:
    value = column.iloc[[row]].tolist()[0]
    return "null" if pd.isna(value) else repr(value)


def first_difference(left: Answer, right: Answer) -> int | None:
    """The first row that two answers differ in; 0 where they differ as a whole."""
    if left.columns is None or right.columns is None or left.dtypes != right.dtypes:
        return 0
    wrong = [~equal(left.columns[n], right.columns[n]) for n in left.columns]
    rows = np.flatnonzero(np.logical_or.reduce(wrong)) if wrong else np.array([])
    return int(rows[0]) if len(rows) else None


def said_at(answered: Answer, row: int) -> str:
    """What it says of one row, in words."""
    if answered.columns is None:
        return f"nothing ({answered.error})"
    values = [column.tolist()[row] for column in answered.columns.values()]
    return repr(values[0] if len(values) == 1 else values)
