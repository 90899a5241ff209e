"""Expressions of reductions: what a trace says that a function computes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import pandas as pd

__all__ = [
    "MOST_OPERATIONS",
    "Arithmetic",
    "Column",
    "Expression",
    "Reduction",
    "constants_in",
    "evaluate",
    "operations_in",
    "reductions_in",
    "text_of",
]


# An expression is a tree: ``y = y + y`` in a loop of 40 would be one of 2**40 operations, and one
# of 1000 in a row is too deep for Python to walk through.
MOST_OPERATIONS = 100


@dataclass(frozen=True, slots=True)
class Column:
    """A row-wise expression of the window's columns.

    Attributes:
        text: the expression as written, equal for equal expressions.
        compute: gives the Series from the Series of the inputs. Each value depends on its own row
            alone, and the dtype on the dtypes of the inputs alone.
        constants: that it was written with.
        operations: how many it is made of.
    """

    text: str
    compute: Callable[[Mapping[str, pd.Series]], Any]
    constants: tuple[Any, ...] = ()
    operations: int = 0


@dataclass(frozen=True, slots=True)
class Reduction:
    """One known reduction of a row-wise expression.

    Attributes:
        kind: one of `onedag.aggregates.reductions.KINDS`.
        column: what is reduced.
        q: of a quantile, from 0 to 1.
    """

    kind: str
    column: Column
    q: float | None = None

    @property
    def text(self) -> str:
        """The reduction as written, equal for equal reductions."""
        return f"{self.column.text}.{self.kind}({'' if self.q is None else repr(self.q)})"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """An operation on reductions and numbers.

    Attributes:
        operation: of the standard module `operator`.
        operands: what it is done to.
        operations: how many the whole expression is made of, those of its columns included.
    """

    operation: Callable[..., Any]
    operands: tuple[Expression, ...]
    operations: int = 0


Expression: TypeAlias = Reduction | Arithmetic | float | int


def operations_in(expression: Expression) -> int:
    """How many operations an expression is made of."""
    if isinstance(expression, Reduction):
        return 1 + expression.column.operations
    return expression.operations if isinstance(expression, Arithmetic) else 0


def evaluate(expression: Expression, reduced: Callable[[Reduction], Any]) -> Any:
    """The value of an expression, given how to get the value of each reduction in it."""
    if isinstance(expression, Reduction):
        return reduced(expression)
    if isinstance(expression, Arithmetic):
        operands = [evaluate(operand, reduced) for operand in expression.operands]
        return expression.operation(*operands)
    return expression


def reductions_in(expression: Expression) -> Iterator[Reduction]:
    """The reductions in an expression, from left to right."""
    if isinstance(expression, Reduction):
        yield expression
    elif isinstance(expression, Arithmetic):
        for operand in expression.operands:
            yield from reductions_in(operand)


def constants_in(expression: Expression) -> Iterator[Any]:
    """The constants that its columns are written with."""
    for reduction in reductions_in(expression):
        yield from reduction.column.constants


def text_of(expression: Expression) -> str:
    """The expression as text, equal for expressions of the same value."""
    if isinstance(expression, Reduction):
        return expression.text
    if isinstance(expression, Arithmetic):
        operands = ", ".join(map(text_of, expression.operands))
        return f"{expression.operation.__name__}({operands})"
    return repr(expression)
