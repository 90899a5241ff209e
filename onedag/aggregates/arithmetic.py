"""Where arithmetic on the numbers that pandas returns is the same as on arrays of them.

numpy's scalars follow the rules of arrays, so ``a.sum() / b.count()`` may be computed for all
windows at once. Python's own numbers don't: an ``int`` doesn't wrap around, and dividing one by
zero is an error. ``nunique`` returns one, and so does ``mean``, of nothing but nulls.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

import numpy as np
import pandas as pd

from onedag.aggregates.expression import Arithmetic, Expression, Reduction, reductions_in
from onedag.aggregates.reductions import Known

__all__ = ["is_sound"]

_LARGE = 2**31


def is_sound(expression: Expression, known: Callable[[Reduction], tuple[Known, object]]) -> bool:
    """Whether an expression gives the same value on arrays as on scalars.

    Args:
        expression: a trace.
        known: gives each reduction, and the dtype of the column that it reduces.
    """
    if not isinstance(expression, Arithmetic):
        return True
    if not all(is_sound(operand, known) for operand in expression.operands):
        return False
    leaves = (operand for operand in expression.operands if isinstance(operand, Reduction))
    return all(_is_of_64_bits(leaf, *known(leaf)) for leaf in leaves) and _is_as_numpy(expression)


def _is_of_64_bits(reduction: Reduction, known: Known, column: object) -> bool:
    if reduction.kind == "quantile" and not isinstance(column, np.dtype | pd.Float64Dtype):
        return False  # of masked integers: an integer where it happens to be whole
    return known.dtype in (np.int64, np.float64)


def _is_as_numpy(expression: Arithmetic) -> bool:
    left, right = expression.operands
    divides = expression.operation is operator.truediv
    if divides and isinstance(right, int | float) and right == 0:
        return False
    if not (_may_be_python(left) and _may_be_python(right)):
        return True
    if not any(one.kind == "nunique" for one in reductions_in(expression)):
        return True
    small = all(map(_is_small, (left, right)))
    return small and not (divides and isinstance(right, Reduction))


def _may_be_python(expression: Expression) -> bool:
    if isinstance(expression, Reduction):
        return expression.kind in ("mean", "nunique")
    if isinstance(expression, Arithmetic):
        return all(map(_may_be_python, expression.operands))
    return type(expression) in (int, float)


def _is_small(expression: Expression) -> bool:
    """Whether it is a count of values, or a number by which one may be multiplied in 64 bits."""
    if isinstance(expression, Reduction):
        return expression.kind == "nunique"
    is_number = isinstance(expression, int | float)
    return is_number and (isinstance(expression, float) or abs(expression) < _LARGE)  # type: ignore[arg-type]
