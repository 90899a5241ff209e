"""Whether a function writes into what it is given.

Both drivers give it copies, so nothing differs here. A test, a notebook or Hamilton's own driver
doesn't, and there the next function sees what this one wrote.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import pandas as pd

from drivers.check.answers import Columns, answer, shown, taken
from onedag.evaluate import arguments
from onedag.graph import FunctionNode

__all__ = ["written", "written_in_words"]


def written(step: FunctionNode, inputs: Columns, length: int) -> list[str]:
    """The inputs that a call changes; none where it raises."""
    if step.per_row:
        given = {n: deepcopy(v) for n, v in inputs.items()}
        answer(step, given, length)
        return [n for n in given if not _same(inputs[n], given[n])]
    handed = arguments(step, inputs)
    before = {name: _copied(value) for name, value in handed.items()}
    try:
        step.function(**handed)
    except Exception:  # a user's function may raise anything; that is said elsewhere
        return []
    return [name for name in handed if not _same(before[name], handed[name])]


def written_in_words(step: FunctionNode, inputs: Columns, length: int) -> str | None:
    """What a call changes, with the fewest rows that show it; None where it changes nothing."""
    names = written(step, inputs, length)
    if not names:
        return None
    example, size = inputs, length
    for row in range(length):
        one = taken(inputs, [row])
        if written(step, one, 1):
            example, size = one, 1
            break
    rows = "; ".join(f"({shown(example, row)})" for row in range(min(size, 5)))
    listed = " and ".join(map(repr, names))
    return f"it writes into its input {listed}, called with {rows}"


def _copied(value: Any) -> Any:
    return value.copy(deep=True) if isinstance(value, pd.Series | pd.DataFrame) else deepcopy(value)


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, pd.Series | pd.DataFrame):
        return bool(left.equals(right))
    if isinstance(left, np.ndarray):
        return bool(pd.Series(left).equals(pd.Series(right)))
    return bool(repr(left) == repr(right))
