"""Recognising a reduction: call the function once with a stand-in and see what it does.

``is_late.mean()`` or ``delay.sum() / distance.sum()`` is recorded as an expression of known
reductions, which an engine evaluates for all windows at once. A function that does anything else
with the stand-in isn't recognised; the engine then calls it for each window.

A trace is evidence, not proof: a function may catch the stand-in's error, or look at the values.
So the engine compares `evaluate` with the function on sample windows before it trusts a trace.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import pandas as pd

__all__ = ["Arithmetic", "Column", "Expression", "Reduction", "evaluate", "reductions", "trace"]

REDUCTIONS = ("all", "any", "count", "max", "mean", "min", "sum")


@dataclass(frozen=True, slots=True)
class Column:
    """A row-wise expression of the window's columns.

    Attributes:
        text: the expression as written, equal for equal expressions.
        compute: gives the Series from the Series of the inputs.
    """

    text: str
    compute: Callable[[Mapping[str, pd.Series]], Any]


@dataclass(frozen=True, slots=True)
class Reduction:
    """One known reduction of a row-wise expression; its ``kind`` is pandas' method name."""

    kind: str
    column: Column

    @property
    def text(self) -> str:
        """The reduction as written, equal for equal reductions."""
        return f"{self.column.text}.{self.kind}()"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """An operation on reductions and numbers."""

    operation: Callable[..., Any]
    operands: tuple[Expression, ...]


Expression: TypeAlias = Reduction | Arithmetic | float | int


class NotTraceable(Exception):
    """The function did something that the stand-in doesn't know."""


def trace(function: Callable[..., Any], inputs: Mapping[str, str]) -> Expression | None:
    """The expression that a function computes; None if it isn't one of known reductions.

    Args:
        function: takes Series by keyword and returns a scalar.
        inputs: the function's parameters, each with the name of the column given to it.
    """
    stand_ins = {
        parameter: _TracedColumn(Column(name, operator.itemgetter(name)))
        for parameter, name in inputs.items()
    }
    try:
        result = function(**stand_ins)
    except Exception:  # the function met a stand-in where it wanted a Series
        return None
    return result._expression if isinstance(result, _TracedScalar) else None


def evaluate(expression: Expression, reduced: Callable[[Reduction], Any]) -> Any:
    """The value of an expression, given how to get the value of each reduction in it."""
    if isinstance(expression, Reduction):
        return reduced(expression)
    if isinstance(expression, Arithmetic):
        operands = [evaluate(operand, reduced) for operand in expression.operands]
        return expression.operation(*operands)
    return expression


def reductions(expression: Expression) -> Iterator[Reduction]:
    """The reductions in an expression, from left to right."""
    if isinstance(expression, Reduction):
        yield expression
    elif isinstance(expression, Arithmetic):
        for operand in expression.operands:
            yield from reductions(operand)


class _Untraceable:
    """What neither stand-in can do: be a truth value, a number, an array or a sequence."""

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise NotTraceable

    __bool__ = __len__ = __iter__ = __float__ = __int__ = __index__ = __array__ = _refuse
    __array_ufunc__ = __getitem__ = __contains__ = __round__ = _refuse
    __hash__ = None  # type: ignore[assignment]


_BINARY = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "eq": "==",
    "ne": "!=",
    "and_": "&",
    "or_": "|",
}
_REFLECTED = ("add", "sub", "mul", "truediv", "and_", "or_")


class _TracedColumn(_Untraceable):
    """Stands for a column of the window."""

    def __init__(self, column: Column) -> None:
        self._column = column

    def _apply(self, text: str, operation: Callable[..., Any], *others: Any) -> _TracedColumn:
        columns = [self._column, *map(_operand, others)]
        return _TracedColumn(
            Column(
                text.format(*(column.text for column in columns)),
                lambda series: operation(*(column.compute(series) for column in columns)),
            )
        )

    def __neg__(self) -> _TracedColumn:
        return self._apply("(-{})", operator.neg)

    def __invert__(self) -> _TracedColumn:
        return self._apply("(~{})", operator.invert)

    def __abs__(self) -> _TracedColumn:
        return self._apply("abs({})", abs)

    abs = __abs__

    def isna(self) -> _TracedColumn:
        return self._apply("{}.isna()", pd.Series.isna)

    def notna(self) -> _TracedColumn:
        return self._apply("{}.notna()", pd.Series.notna)

    def fillna(self, value: Any) -> _TracedColumn:
        return self._apply("{}.fillna({})", pd.Series.fillna, value)


def _operand(value: Any) -> Column:
    if isinstance(value, _TracedColumn):
        return value._column
    if isinstance(value, (bool, int, float, str)):
        return Column(repr(value), lambda _: value)
    raise NotTraceable


class _TracedScalar(_Untraceable):
    """Stands for what a reduction returned."""

    def __init__(self, expression: Expression) -> None:
        self._expression = expression


def _scalar_operand(value: Any) -> Expression:
    if isinstance(value, _TracedScalar):
        return value._expression
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    raise NotTraceable


def _column_operator(name: str, symbol: str, *, reflected: bool) -> Callable[..., Any]:
    operation = getattr(operator, name)
    if reflected:
        return lambda self, other: self._apply(
            f"({{1}} {symbol} {{0}})", lambda a, b: operation(b, a), other
        )
    return lambda self, other: self._apply(f"({{}} {symbol} {{}})", operation, other)


def _scalar_operator(name: str, *, reflected: bool) -> Callable[..., Any]:
    operation = getattr(operator, name)

    def apply(self: _TracedScalar, other: Any) -> _TracedScalar:
        operands = (self._expression, _scalar_operand(other))
        return _TracedScalar(Arithmetic(operation, operands[::-1] if reflected else operands))

    return apply


def _reduction(kind: str) -> Callable[[_TracedColumn], _TracedScalar]:
    return lambda self: _TracedScalar(Reduction(kind, self._column))


for _name, _symbol in _BINARY.items():
    _method = _name.rstrip("_")
    setattr(_TracedColumn, f"__{_method}__", _column_operator(_name, _symbol, reflected=False))
    if _name in _REFLECTED:
        setattr(_TracedColumn, f"__r{_method}__", _column_operator(_name, _symbol, reflected=True))
    if _name in ("add", "sub", "mul", "truediv"):
        setattr(_TracedScalar, f"__{_method}__", _scalar_operator(_name, reflected=False))
        setattr(_TracedScalar, f"__r{_method}__", _scalar_operator(_name, reflected=True))
for _name in REDUCTIONS:
    setattr(_TracedColumn, _name, _reduction(_name))
