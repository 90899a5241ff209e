"""Recognising a reduction: call the function once with a stand-in and see what it does.

``is_late.mean()`` or ``delay.sum() / distance.sum()`` is recorded as an expression of known
reductions, which an engine evaluates for all windows at once. A function that does anything else
with the stand-in isn't recognised; the engine then calls it for each window.

A stand-in notes what it refuses, so a function that asks for the type, the truth or the length of a
value, or that catches the error, isn't recognised. Still, a trace is evidence, not proof: the
engine compares `evaluate` with the function on sample windows before it trusts one.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

__all__ = ["Arithmetic", "Column", "Expression", "Reduction", "evaluate", "reductions", "trace"]

REDUCTIONS = ("all", "any", "count", "max", "mean", "min", "std", "sum", "var")


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
    refusals = _Refusals()
    stand_ins = {
        parameter: _TracedColumn(refusals, Column(name, operator.itemgetter(name)))
        for parameter, name in inputs.items()
    }
    try:
        result = function(**stand_ins)
    except Exception:  # the function met a stand-in where it wanted a Series
        return None
    if refusals.happened or type(result) is not _TracedScalar:
        return None
    return result._expression


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


class _Refusals:
    """Whether a stand-in refused something in this call, though the function caught the error."""

    happened = False


class _Untraceable:
    """What neither stand-in can do: be a truth value, a number, an array, a sequence or a class.

    A refusal is noted, so that a function that catches it and goes another way isn't believed.
    """

    def __init__(self, refusals: _Refusals) -> None:
        self._refusals = refusals

    def _refuse(self, *_: Any, **__: Any) -> Any:
        self._refusals.happened = True
        raise NotTraceable

    __getattr__ = _refuse
    # isinstance() asks for it, and would otherwise learn unnoticed that this is no Series.
    __class__ = property(_refuse)


_REFUSED = (
    "bool len iter next reversed float int complex index array array_ufunc array_function getitem "
    "setitem delitem contains round trunc floor ceil hash repr str format bytes call eq ne lt le "
    "gt ge add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod divmod rdivmod "
    "pow rpow matmul rmatmul and rand or ror xor rxor lshift rlshift rshift rrshift neg pos "
    "invert abs"
)
for _name in _REFUSED.split():
    setattr(_Untraceable, f"__{_name}__", _Untraceable._refuse)


class _TracedColumn(_Untraceable):
    """Stands for a column of the window."""

    def __init__(self, refusals: _Refusals, column: Column) -> None:
        super().__init__(refusals)
        self._column = column

    def _apply(self, text: str, operation: Callable[..., Any], *others: Any) -> _TracedColumn:
        columns = [self._column, *map(self._operand, others)]
        return _TracedColumn(
            self._refusals,
            Column(
                text.format(*(column.text for column in columns)),
                lambda series: operation(*(column.compute(series) for column in columns)),
            ),
        )

    def _operand(self, value: Any) -> Column:
        if type(value) is _TracedColumn:
            return value._column
        if type(value) in (bool, int, float, str) or isinstance(value, np.number | np.bool_):
            return Column(f"<{value!r}>", lambda _: value)
        self._refuse()
        raise AssertionError

    def fillna(self, *values: Any, **options: Any) -> _TracedColumn:
        """As `pd.Series.fillna` with one value."""
        if len(values) != 1 or options:
            self._refuse()
        return self._apply("{}.fillna({})", pd.Series.fillna, *values)


class _TracedScalar(_Untraceable):
    """Stands for what a reduction returned."""

    def __init__(self, refusals: _Refusals, expression: Expression) -> None:
        super().__init__(refusals)
        self._expression = expression

    def _operand(self, value: Any) -> Expression:
        if type(value) is _TracedScalar:
            return value._expression
        if type(value) in (int, float) or isinstance(value, np.number):
            number: int | float = value
            return number
        self._refuse()
        raise AssertionError


def _unary_operator(text: str, operation: Callable[..., Any]) -> Callable[..., Any]:
    def apply(self: _TracedColumn, *arguments: Any, **options: Any) -> _TracedColumn:
        if arguments or options:
            self._refuse()
        return self._apply(text, operation)

    return apply


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
        operands = (self._expression, self._operand(other))
        expression = Arithmetic(operation, operands[::-1] if reflected else operands)
        return _TracedScalar(self._refusals, expression)

    return apply


def _reduction(kind: str) -> Callable[..., Any]:
    def apply(self: _TracedColumn, *arguments: Any, **options: Any) -> _TracedScalar:
        if arguments or options:
            self._refuse()
        return _TracedScalar(self._refusals, Reduction(kind, self._column))

    return apply


_UNARY: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "__neg__": ("(-{})", operator.neg),
    "__invert__": ("(~{})", operator.invert),
    "__abs__": ("abs({})", abs),
    "abs": ("abs({})", abs),
    "isna": ("{}.isna()", pd.Series.isna),
    "notna": ("{}.notna()", pd.Series.notna),
}
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

for _name, (_text, _operation) in _UNARY.items():
    setattr(_TracedColumn, _name, _unary_operator(_text, _operation))
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
