"""Which row functions may be called on NumPy: decided when a run is published, by trying.

Each function is called with real Series and with stand-ins on rows of the training frame, on the
same rows with nulls, and on extremes: many rows at once, and single ones. Any difference of a
value, to the bit, or of a dtype sends it to pandas. The verdict goes with the fingerprint of the
function and the versions of what computes, so that it isn't taken for one on other code.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.types import is_integer_dtype

from drivers.serving.extremes import harsh_rows
from drivers.stored.packing import types_of
from onedag.dtypes import series_to_arrow, to_series
from onedag.evaluate import evaluate
from onedag.fingerprints import Fingerprints
from onedag.graph import FunctionNode
from onedag.meanings import code_of, versions
from onedag.numpy_series import NumpySeries, Refused, from_series, refusals
from onedag.numpy_series import to_series as as_series
from onedag.numpy_series.calling import adopt, on_stand_ins
from onedag.service import EVENT_TIMESTAMP

__all__ = ["Call", "Verdicts", "judge"]

SINGLE_ROWS = 6
_ONLY_ON_NUMPY = "it has an answer where pandas raises"


@dataclass(frozen=True, slots=True)
class Call:
    """How a function is called when a request is answered.

    Attributes:
        on_numpy: without pandas: with `NumpySeries`, or with the values of each row.
        why: in a few words.
        per_row: whether it is called once for each row.
    """

    on_numpy: bool
    why: str
    per_row: bool = False

    def __str__(self) -> str:
        without_pandas = "each row" if self.per_row else "NumPy"
        return f"{without_pandas if self.on_numpy else 'pandas'}: {self.why}"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What was found of a run's functions.

    Attributes:
        verified: the fingerprints of functions that gave what they give on pandas.
        refused: of the others, why.
    """

    verified: Mapping[str, str]
    refused: Mapping[str, str]

    def calls(self, steps: Sequence[FunctionNode]) -> dict[str, Call]:
        """How each step is called, given the code that is loaded now."""
        prints = Fingerprints()
        return {step.name: self._call(step, prints) for step in steps}

    def _call(self, step: FunctionNode, prints: Fingerprints) -> Call:
        if step.name in self.refused:
            return Call(False, self.refused[step.name])
        if step.name not in self.verified:
            return Call(False, "not verified when the run was published")
        if self.verified[step.name] != _print_of(step, prints):
            return Call(False, "verified with other code or versions; publish again")
        return Call(True, "verified when the run was published", step.per_row)


def judge(steps: Sequence[FunctionNode], sample: pa.Table, fitted: Mapping[str, Any]) -> Verdicts:
    """Try each step on both.

    Args:
        steps: of serving, each after those that it needs.
        sample: rows of what is given and looked up, of the schema of the run's inputs.
        fitted: fitted values by name; what a function does to them isn't kept.
    """
    verified, refused = {}, {}
    prints = Fingerprints()
    trial = _Trial([sample, harsh_rows(sample)], fitted)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of extremes that no training row has
        for step in steps:
            try:
                why = trial.difference(step)
                if why is None:
                    verified[step.name] = _print_of(step, prints)
            except Refused:
                why = "it keeps a column between calls"
            if why is not None:
                refused[step.name] = why
    return Verdicts(verified, refused)


def _print_of(step: FunctionNode, prints: Fingerprints) -> str:
    return prints.of(versions(), *code_of(step)).text[:32]


class _Trial:
    """The columns in hand while one step after the other is tried."""

    def __init__(self, tables: Sequence[pa.Table], fitted: Mapping[str, Any]) -> None:
        self._fitted = copy.deepcopy(dict(fitted))
        self._tables: list[dict[str, Any]] = []
        for table in tables:
            types = types_of(table.schema)
            columns: dict[str, Any] = {name: to_series(table[name], types[name]) for name in types}
            self._tables.append(columns)

    def difference(self, step: FunctionNode) -> str | None:
        """What differs, in a few words; None if nothing does."""
        found = [self._tried(step, number) for number in range(len(self._tables))]
        return next(filter(None, found), None)

    def _tried(self, step: FunctionNode, number: int) -> str | None:
        columns = self._tables[number]
        if number and step.per_row:
            # It may count up to an integer that it is given, for which extremes are no fair trial.
            columns = self._tables[number] = self._usual(step, columns)
        if any(name not in columns for name in step.inputs if name not in self._fitted):
            lacking = [p.name for p in step.parameters if p.required and p.name not in columns]
            lacking = [name for name in lacking if name not in self._fitted]
            if lacking:
                return f"{lacking[0]} can't be computed on the sample"
        try:
            columns[step.name] = self._on_pandas(step, columns)
        except Exception:  # Arrow too may find a value that it can't hold
            return self._where_pandas_raises(step, number)
        return self._compared(step, columns)

    def _usual(self, step: FunctionNode, columns: Mapping[str, Any]) -> dict[str, Any]:
        """The rows whose integers are none, or between those of the sample."""
        usual = np.ones(_length(columns), np.bool_)
        for name in step.inputs:
            known, column = self._tables[0].get(name), columns.get(name)
            if isinstance(column, pd.Series) and is_integer_dtype(column.dtype):
                low, high = (known.min(), known.max()) if known is not None else (0, 0)
                between = column.isna() | column.between(low, high).fillna(False)
                usual &= between.to_numpy(np.bool_)
        return _rows(columns, np.flatnonzero(usual).tolist())

    def _where_pandas_raises(self, step: FunctionNode, number: int) -> str | None:
        """Compare the rows for which pandas has an answer, and go on with those alone."""
        columns, good = self._tables[number], []
        for row in range(_length(columns)):
            one = _rows(columns, [row])
            try:
                self._on_pandas(step, one)
            except Exception:
                if isinstance(self._on_stand_ins(step, one), NumpySeries):
                    return _ONLY_ON_NUMPY
            else:
                good.append(row)
        columns = self._tables[number] = _rows(columns, good)
        try:
            columns[step.name] = self._on_pandas(step, columns)
        except Exception as error:
            return f"it raises on pandas: {_first_line(error)}"
        return self._compared(step, columns)

    def _compared(self, step: FunctionNode, columns: Mapping[str, Any]) -> str | None:
        length = _length(columns)
        spread = np.unique(np.linspace(0, max(length - 1, 0), min(length, SINGLE_ROWS)).astype(int))
        for rows in (columns, *(_rows(columns, [row]) for row in spread.tolist())):
            answer = self._on_stand_ins(step, rows)
            try:
                expected = (
                    self._on_pandas(step, rows) if rows is not columns else columns[step.name]
                )
            except Exception:  # it may want several rows, or one that isn't null
                if isinstance(answer, NumpySeries):
                    return _ONLY_ON_NUMPY
                continue
            if isinstance(answer, str):
                return answer
            if (why := _different(expected, answer)) is not None:
                return f"{why} for {_length(rows)} row{'s' * (_length(rows) != 1)}"
        return None

    def _on_pandas(self, step: FunctionNode, columns: Mapping[str, Any]) -> Any:
        values = {**self._fitted, **{n: columns[n] for n in step.inputs if n in columns}}
        evaluate([step], values, _length(columns))
        return values[step.name]

    def _on_stand_ins(self, step: FunctionNode, columns: Mapping[str, Any]) -> NumpySeries | str:
        """The answer, or why there is none."""
        if any(isinstance(columns.get(name), pd.DataFrame) for name in step.inputs):
            return "it takes a table"
        before = refusals()
        try:
            given = {
                name: self._fitted[name] if name in self._fitted else from_series(columns[name])
                for name in step.inputs
                if name in self._fitted or name in columns
            }
            answer = adopt(on_stand_ins(step)(**given), _length(columns))
        except Refused as refused:
            return f"it needs {refused}"
        except Exception as error:  # a user's function may raise anything
            return f"it raises {type(error).__name__} on NumPy: {_first_line(error)}"
        return answer if refusals() == before else "it catches what isn't for it to catch"


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "")


def _length(columns: Mapping[str, Any]) -> int:
    return len(columns[EVENT_TIMESTAMP])


def _rows(columns: Mapping[str, Any], rows: Sequence[int]) -> dict[str, Any]:
    return {name: column.take(rows).reset_index(drop=True) for name, column in columns.items()}


def _different(expected: pd.Series | pd.DataFrame, answer: NumpySeries) -> str | None:
    if isinstance(expected, pd.DataFrame):
        return "it returns a table"
    given = as_series(answer)
    if given.dtype != expected.dtype:
        return f"it returns {given.dtype} on NumPy and {expected.dtype} on pandas"
    one, other = series_to_arrow(given, "")[0], series_to_arrow(expected, "")[0]
    if pa.types.is_floating(one.type):
        one, other = (column.view(f"int{column.type.bit_width}") for column in (one, other))
    return None if one.equals(other) else "its values differ from those of pandas"
