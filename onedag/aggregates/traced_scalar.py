"""The recording stand-in for what a reduction returned."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from onedag.aggregates.expression import MOST_OPERATIONS, Arithmetic, Expression, operations_in
from onedag.aggregates.untraceable import Refusals, Untraceable

__all__ = ["TracedScalar"]


class TracedScalar(Untraceable):
    """Stands for what a reduction returned."""

    def __init__(self, refusals: Refusals, expression: Expression) -> None:
        super().__init__(refusals)
        self._expression = expression

    def _operand(self, value: Any) -> Expression:
        if type(value) is TracedScalar:
            return value._expression
        if type(value) in (int, float, np.int64, np.float64):
            number: int | float = value
            if isinstance(number, float) or -(2**63) <= number < 2**63:
                return number
        self._refuse()
        raise AssertionError


def _scalar_operator(name: str, *, reflected: bool) -> Callable[..., Any]:
    operation = getattr(operator, name)

    def apply(self: TracedScalar, other: Any) -> TracedScalar:
        operands = (self._expression, self._operand(other))
        operations = 1 + sum(map(operations_in, operands))
        if operations > MOST_OPERATIONS:
            self._refuse()
        expression = Arithmetic(operation, operands[::-1] if reflected else operands, operations)
        return TracedScalar(self._refusals, expression)

    return apply


for _name in ("add", "sub", "mul", "truediv"):
    setattr(TracedScalar, f"__{_name}__", _scalar_operator(_name, reflected=False))
    setattr(TracedScalar, f"__r{_name}__", _scalar_operator(_name, reflected=True))
