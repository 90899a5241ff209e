"""The operators of a column: ``+``, ``add()``, ``<``, ``&`` and the others.

What request after request does, on NumPy's numbers, is answered in the method itself: every call
of a function more is a tenth of what the operation costs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from onedag.numpy_series.arithmetic import (
    ARITHMETIC,
    COMPARISONS,
    LOGICAL,
    OPERATORS,
    REFLECTED,
    combine,
)
from onedag.numpy_series.kinds import BOOL, MASKED, NUMPY
from onedag.numpy_series.masked import Mask, combine_masked
from onedag.numpy_series.only import (
    MANY,
    Quick,
    quick_arithmetic,
    quick_comparison,
    quick_logic,
)
from onedag.numpy_series.refusal import Refused

if TYPE_CHECKING:
    from onedag.numpy_series.series import NumpySeries

__all__ = ["binary", "flexible_method", "operand", "operator_method", "wrap"]

Method = Callable[..., Any]

_QUICK = frozenset(["ff", "fi", "if", "ii", "uu", "bf", "fb", "bi", "ib"])
"""Pairs of kinds on which pandas' sums, products and quotients are NumPy's."""
_ARITHMETIC = frozenset((*ARITHMETIC, *(f"r{name}" for name in ARITHMETIC)))
_QUICK_NAMES = frozenset(("add", "sub", "mul", "truediv"))
_KIND_OF: Mapping[type, str] = {float: "f", int: "i"}
_NUMBERS = frozenset((bool, int, float, *(dtype.type for dtype in NUMPY if dtype != BOOL)))
_TIMES = (datetime, date, time, timedelta, np.datetime64, np.timedelta64)


def operator_method(name: str) -> Method:
    """The method behind an operator such as ``+``.

    Args:
        name: ``"add"`` for ``+``, ``"radd"`` for the same with the column on the right, and so on.
    """
    if name.removeprefix("r") in _QUICK_NAMES:
        return _quick(name, _QUICK, _masked_arithmetic(name), quick_arithmetic(name))
    if name in COMPARISONS:
        return _quick(name, _QUICK | {"bb"}, _masked_comparison(name), quick_comparison(name))
    if name in LOGICAL:
        return _logical(name)
    return lambda self, other: binary(name, self, other)


def _quick(name: str, kinds: frozenset[str], masked: Method, of_one: Quick) -> Method:
    """Answers for some pairs of kinds of equal length, and asks `binary` for all else.

    Args:
        name: of the operator.
        kinds: the pairs.
        masked: answers for a nullable column of numbers and Python's number.
        of_one: answers for some columns of one row.
    """
    operate = OPERATORS[name]

    def method(self: NumpySeries, other: Any) -> Any:
        if self._only is not MANY and (answer := of_one(self, other)) is not None:
            return answer
        cls, left = type(self), self._values
        if type(other) is cls:
            right = other._values
            if self._kind + other._kind not in kinds or len(left) != len(right):
                return binary(name, self, other)
        else:
            right = other
            if self._mask is not None:
                quick = type(other) in _KIND_OF and self._kind != "B"
                return masked(self, other) if quick else binary(name, self, other)
            if self._kind + _KIND_OF.get(type(other), "?") not in kinds:
                return binary(name, self, other)
        try:
            values = operate(left, right)
        except OverflowError:
            return binary(name, self, other)
        dtype = values.dtype
        return cls(values, dtype.kind, dtype)

    return method


def _logical(name: str) -> Method:
    operate, nullable = OPERATORS[name], MASKED[BOOL]
    of_one = None if name.startswith("r") else quick_logic(name)

    def method(self: NumpySeries, other: Any) -> Any:
        if of_one and self._only is not MANY and (answer := of_one(self, other)) is not None:
            return answer
        cls, left = type(self), self._values
        if type(other) is not cls or len(left) != len(other._values):
            return binary(name, self, other)
        kinds = self._kind + other._kind
        if kinds == "bb":
            values = operate(left, other._values)
            return cls(values, "b", values.dtype)
        if kinds == "BB":
            unknown = self._mask | other._mask  # type: ignore[operator]
            if not np.count_nonzero(unknown):
                return cls(operate(left, other._values), "B", nullable, unknown)
        return binary(name, self, other)

    return method


def _masked_comparison(name: str) -> Method:
    operate, nullable = OPERATORS[name], MASKED[BOOL]

    def compared(column: NumpySeries, number: float) -> NumpySeries:
        try:
            return type(column)(operate(column._values, number), "B", nullable, column._mask)
        except OverflowError:
            return binary(name, column, number)

    return compared


def _masked_arithmetic(name: str) -> Method:
    operate, divides = OPERATORS[name], "div" in name

    def computed(column: NumpySeries, number: float) -> NumpySeries:
        # Of integers and a number like this no NaN comes, which would be null.
        if column._kind == "F" or divides or not -1e300 < number < 1e300:
            return binary(name, column, number)
        try:
            values = operate(column._values, number)
        except OverflowError:
            return binary(name, column, number)
        dtype = values.dtype
        return type(column)(values, dtype.kind.upper(), MASKED[dtype], column._mask)

    return computed


def flexible_method(name: str) -> Method:
    """The method form of an operator, such as ``add()``; for a scalar it is the operator."""
    operate, plain = OPERATORS[name], name.removeprefix("r")

    def method(self: NumpySeries, other: Any, *more: Any, **options: Any) -> Any:
        if more or options:
            raise Refused(f"{name}() with options", self)
        if type(other) is not type(self):
            return binary(name, self, other)
        if self._kind + other._kind not in _PLAIN:
            return binary(plain, other, self) if plain != name else binary(name, self, other)
        right, _ = operand(self, other)
        try:  # pandas has no rules of its own here, not even for division by zero
            return wrap(self, operate(self._values, right))
        except (TypeError, ValueError) as error:
            raise Refused(f"{name}(): {error}", self, other) from error

    return method


_PLAIN = frozenset(one + other for one in "biuf" for other in "biuf")


def binary(name: str, column: NumpySeries, other: Any) -> NumpySeries:
    """What an operator gives for a column and whatever is on its other side.

    Raises:
        Refused: pandas raises, or it isn't sure what pandas does.
    """
    kind = other._kind if type(other) is type(column) else ""
    if column._kind in "Mm" or kind in ("M", "m") or isinstance(other, _TIMES) or other is pd.NaT:
        return column._times("binary", name, column, other)  # type: ignore[no-any-return]
    if column._kind == "s" or kind == "s" or isinstance(other, str):
        return column._text("binary", name, column, other)  # type: ignore[no-any-return]
    right, mask = operand(column, other)
    if name in _ARITHMETIC or column._mask is not None:
        right = _weak(right)
    if column._mask is not None:
        return wrap(column, *combine_masked(name, column._values, column._mask, right, mask))
    if mask is not None:
        swapped = combine_masked(REFLECTED[name], right, mask, column._values, None)
        return wrap(column, *swapped)
    return wrap(column, combine(name, column._values, right))


def operand(column: NumpySeries, other: Any) -> tuple[Any, Mask | None]:
    """The values and mask of a column, array or number that meets a column of numbers.

    Raises:
        Refused: of another length, or nothing of these.
    """
    if type(other) is type(column) and other._kind not in "sMm":
        values, mask = other._values, other._mask
    elif type(other) is np.ndarray and other.ndim == 1 and other.dtype in NUMPY:
        values, mask = other, None
    elif type(other) in _NUMBERS or (type(other) is np.bool_ and column._mask is None):
        return other, None
    else:
        raise Refused("an operand", column, other)
    if len(values) != len(column._values):
        raise Refused("an operand of another length", column, other)
    return values, mask


def wrap(like: NumpySeries, values: npt.NDArray[Any], mask: Mask | None = None) -> NumpySeries:
    """A column of numbers, nullable if there is a mask.

    Raises:
        Refused: a dtype that columns don't have, such as float16.
    """
    dtype = values.dtype
    nullable = MASKED.get(dtype)
    if nullable is None:
        raise Refused("a result", like, values)
    if mask is None:
        return type(like)(values, dtype.kind, dtype)
    return type(like)(values, dtype.kind.upper(), nullable, mask)


def _weak(number: Any) -> Any:
    """NumPy's scalar as Python's, whose width doesn't count; pandas does so in arithmetic."""
    if isinstance(number, np.integer):
        return int(number)
    return float(number) if isinstance(number, np.floating) else number
