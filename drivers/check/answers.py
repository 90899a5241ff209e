"""What a function answers for some rows, and how two answers differ: exactly, to the last bit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from onedag.errors import OnedagError
from onedag.evaluate import evaluate
from onedag.graph import FunctionNode

__all__ = ["Answer", "Columns", "Rows", "answer", "columns_of", "equal", "joined", "shown", "taken"]

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
    """For each row whether two columns say the same. Nulls equal each other, and nothing else."""
    if left.equals(right):
        return np.ones(len(left), np.bool_)
    nulls = (left.isna() & right.isna()).to_numpy(np.bool_)
    same = [
        bool(a == b) if not (pd.isna(a) or pd.isna(b)) else False
        for a, b in zip(left.tolist(), right.tolist(), strict=True)
    ]
    return nulls | np.array(same, np.bool_)


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
