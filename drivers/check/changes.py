"""The inputs of a function with something changed that its answers must not depend on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from drivers.check.answers import Columns, columns_of, taken
from drivers.check.reached import reached
from onedag.evaluate import arguments
from onedag.graph import FunctionNode

__all__ = ["changed", "index_matters", "with_null"]

_OF_INDEX = frozenset({"index", "loc", "reset_index", "reindex", "set_index", "sort_index"})
_FAR = 1000  # so many times further out than any value of the sample
_NEW_TEXT = "a text that no row has"


def changed(inputs: Columns, length: int) -> Iterator[tuple[int, Columns]]:
    """The row that was changed, and the inputs with it: to another row's values, and far out."""
    if length < 2:
        return
    rows = np.arange(length)
    for row in {0, length // 2, length - 1}:
        other = rows.copy()
        other[row] = (row + length // 2) % length
        yield row, taken(inputs, other)
    for sign in (1, -1):
        row = length // 2
        columns = columns_of(inputs)
        far = {n: _far(v, row, sign) for n, v in columns.items() if isinstance(v, pd.Series)}
        yield row, {**inputs, **far}


def _far(column: pd.Series, row: int, sign: int) -> pd.Series:
    values = column.copy()
    if isinstance(column.dtype, pd.StringDtype):
        values.iloc[row] = _NEW_TEXT
    elif is_numeric_dtype(column.dtype) and not is_bool_dtype(column.dtype):
        furthest = column.abs().max()
        if _is_wide(column.dtype) and pd.notna(furthest) and furthest < 2**31:
            values.iloc[row] = sign * (_FAR * int(furthest) + 1)
    return values


def _is_wide(dtype: Any) -> bool:
    return bool(dtype.kind == "f" or (dtype.kind == "i" and dtype.itemsize == 8))


def with_null(inputs: Columns, name: str, length: int) -> tuple[int, Columns | None]:
    """A row that had all its values, and the inputs with one of them null.

    None for the inputs where there is no such row, or the dtype has no null.
    """
    column = inputs.get(name)
    if not isinstance(column, pd.Series) or not _has_null(column.dtype):
        return 0, None
    whole = np.ones(length, np.bool_)
    for value in columns_of(inputs).values():
        missing = value.isna().to_numpy()
        whole &= ~(missing if missing.ndim == 1 else missing.any(axis=1))
    rows = np.flatnonzero(whole)
    if not len(rows):
        return 0, None
    row = int(rows[len(rows) // 2])
    return row, {**inputs, name: column.where(pd.Series(np.arange(length) != row))}


def _has_null(dtype: Any) -> bool:
    return not isinstance(dtype, np.dtype) or dtype.kind in "fmM"


def index_matters(step: FunctionNode, inputs: Columns, length: int) -> bool:
    """Whether a function that names the index answers otherwise under another one."""
    if step.per_row or _OF_INDEX.isdisjoint(reached(step.code).names):
        return False
    plain, moved = (arguments(step, inputs) for _ in range(2))
    for value in moved.values():
        if isinstance(value, pd.Series | pd.DataFrame):
            value.index = pd.RangeIndex(length, 2 * length)
    try:
        left, right = (np.asarray(step.function(**given)) for given in (plain, moved))
    except Exception:  # a user's function may raise anything, such as for a label that isn't there
        return True
    return not pd.DataFrame(left).equals(pd.DataFrame(right))
