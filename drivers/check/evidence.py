"""What a smallest example shows of its cause, whatever the function's code names."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype

from drivers.check.answers import answer, taken
from drivers.check.causes import NULLS, ROUNDING, Cause
from drivers.check.shrinking import Difference, Example, difference
from onedag.graph import FunctionNode

__all__ = ["shown_by"]

_CLOSE = 1e-9


def shown_by(step: FunctionNode, example: Example, found: Difference) -> Cause | None:
    """The cause that an example proves; None where it proves none.

    Args:
        step: the function.
        example: that differs.
        found: how.
    """
    if found.kind != "row-wise":
        return None
    same = _of_one_row(example)
    if difference(step, same) is not None:
        return ROUNDING if _close(step, same) else None
    nulls = _beside_nulls(example)
    return NULLS if nulls is not None and difference(step, nulls) is not None else None


def _of_one_row(example: Example) -> Example:
    """The row as often as there are rows: nothing in the others to be looked at."""
    return Example(taken(example.inputs, [example.at] * example.length), example.length, example.at)


def _beside_nulls(example: Example) -> Example | None:
    """The row beside itself with nulls, in the columns in which another row has one."""
    inputs: dict[str, object] = {}
    any_null = False
    for name, value in example.inputs.items():
        if isinstance(value, pd.Series):
            twice = value.take([example.at, example.at]).reset_index(drop=True)
            others = value.drop(index=value.index[example.at])
            if others.isna().any() and pd.notna(value.iloc[example.at]):
                twice, any_null = twice.where(pd.Series([True, False])), True
            inputs[name] = twice
        else:
            inputs[name] = taken({name: value}, [example.at, example.at])[name]
    return Example(inputs, 2, 0) if any_null else None


def _close(step: FunctionNode, example: Example) -> bool:
    """Whether an answer differs in the last digits of floats, and in nothing else."""
    among = answer(step, example.inputs, example.length).take([example.at])
    alone = answer(step, taken(example.inputs, [example.at]), 1)
    if among.columns is None or alone.columns is None or among.dtypes != alone.dtypes:
        return False
    for name, column in among.columns.items():
        other = alone.columns[name]
        if not is_float_dtype(column.dtype):
            if not column.equals(other):
                return False
        elif not np.allclose(
            column.to_numpy(np.float64, na_value=np.nan),
            other.to_numpy(np.float64, na_value=np.nan),
            rtol=_CLOSE,
            atol=0.0,
            equal_nan=True,
        ):
            return False
    return True
