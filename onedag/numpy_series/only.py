"""Columns of a single row, kept as Python's number until an array of it is asked for.

A request is mostly one row, and Python adds two floats in a tenth of the time that NumPy takes for
two arrays of one. So a column may have its only value instead of arrays; whoever asks for its
arrays gets them, made then. Operators that Python does as NumPy does, to the bit, work on the
value; where that isn't sure (an integer that no float equals, a division by zero, a result beyond
64 bits), they leave it to the arrays.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from onedag.numpy_series.kinds import BOOL, MASKED

if TYPE_CHECKING:
    from onedag.numpy_series.series import NumpySeries

__all__ = [
    "FLOAT",
    "MANY",
    "WHOLE",
    "Quick",
    "as_float",
    "fill",
    "filled",
    "is_missing",
    "only",
    "quick_arithmetic",
    "quick_comparison",
    "quick_logic",
]

MANY: Any = object()
"""Stands where a column has arrays."""

FLOAT, INTEGER = np.dtype(np.float64), np.dtype(np.int64)
WHOLE = frozenset((FLOAT, INTEGER, BOOL))
"""NumPy's dtypes that Python has a class of."""
_DTYPES: dict[str, Any] = {"f": FLOAT, "i": INTEGER, "b": BOOL}
_DTYPES |= {kind.upper(): MASKED[dtype] for kind, dtype in _DTYPES.items()}
_PLAIN: Mapping[str, Any] = {"F": FLOAT, "I": INTEGER, "B": BOOL}
_NUMBERS: Mapping[type, str] = {int: "i", float: "f"}
_EXACT = 2**53
_NAN = float("nan")

Quick = Callable[["NumpySeries", Any], "NumpySeries | None"]
"""An operator on the value of a column's only row; None where it's left to the arrays."""


def only(cls: type[NumpySeries], value: Any, kind: str) -> NumpySeries:
    """A column of one row.

    Args:
        cls: `NumpySeries`.
        value: a float, int or bool of Python, of 64 bits; None for null in a nullable column.
        kind: one of ``f i b F I B``.
    """
    column = cls.__new__(cls)
    column._only = value
    column._kind = kind
    column._dtype = _DTYPES[kind]
    return column


def fill(column: NumpySeries) -> None:
    """Give a column of one row its arrays."""
    value, kind = column._only, column._kind
    if kind in _PLAIN:
        column._values = np.array([0 if value is None else value], _PLAIN[kind])
        column._mask = np.array([value is None])
    else:
        column._values = np.array([value], column._dtype)
        column._mask = None


def quick_comparison(name: str) -> Quick:
    """Of ``eq ne lt le gt ge``, for numbers."""
    operate: Callable[[Any, Any], bool] = getattr(operator, name)

    def compare(column: NumpySeries, other: Any) -> NumpySeries | None:
        cls, left = type(column), column._only
        kind = _NUMBERS.get(type(other))
        if kind is None:
            if type(other) is not cls or other._only is MANY:
                return None
            kind, right = other._kind, other._only
            if right != right:
                return None  # in a nullable column that is null, elsewhere it isn't
        else:
            right = other
        result = _COMPARED.get(column._kind + kind)
        if result is None or (left != left and result == "B"):
            return None
        if left is None or right is None:
            return only(cls, None, "B")
        # NumPy makes floats of integers, and some integers aren't equal to one.
        if (type(left) is int and not -_EXACT <= left <= _EXACT) or (
            type(right) is int and not -_EXACT <= right <= _EXACT
        ):
            return None
        return only(cls, operate(left, right), result)

    return compare


def quick_arithmetic(name: str) -> Quick:
    """Of ``add sub mul truediv`` and the reflected ones, for numbers."""
    operate: Callable[[Any, Any], Any] = getattr(operator, name.removeprefix("r"))
    reflected, divides = name.startswith("r"), name.endswith("truediv")
    kinds = _DIVIDED if divides else _COMPUTED

    def compute(column: NumpySeries, other: Any) -> NumpySeries | None:
        cls, left = type(column), column._only
        kind = _NUMBERS.get(type(other))
        if kind is None:
            if type(other) is not cls or other._only is MANY:
                return None
            kind, right = other._kind, other._only
        else:
            right = other
        result = kinds.get(column._kind + kind)
        if result is None:
            return None
        if left is None or right is None:
            return only(cls, None, result)
        if reflected:
            left, right = right, left
        if (
            (divides and right == 0)
            or (type(left) is int and not -_EXACT <= left <= _EXACT)
            or (type(right) is int and not -_EXACT <= right <= _EXACT)
        ):
            return None
        value = operate(left, right)
        if type(value) is int:
            return only(cls, value, result) if -(2**63) <= value < 2**63 else None
        if value != value and result == "F":
            return None
        return only(cls, value, result)

    return compute


def filled(column: NumpySeries, value: Any) -> NumpySeries | None:
    """``fillna`` of a float by a number; None where it's left to the arrays."""
    own = column._only
    if column._kind != "f" or type(value) not in _NUMBERS or not -_EXACT <= value <= _EXACT:
        return None
    return column if own == own else only(type(column), float(value), "f")


def as_float(column: NumpySeries) -> float | None:
    """The value of a column of one row as a float that equals it, NaN for null; else None."""
    own = column._only
    if own is MANY:
        if column._kind not in "fib":
            return None
        own = column._values.item()
    if own is None:
        return _NAN
    return float(own) if type(own) is not int or -_EXACT <= own <= _EXACT else None


def is_missing(column: NumpySeries) -> bool | None:
    """Whether the only value is null or NaN; None for a column with arrays."""
    own = column._only
    return None if own is MANY else own is None or own != own


def quick_logic(name: str) -> Quick:
    """Of ``and or xor``, for bools of which none is null."""
    operate: Callable[[bool, bool], bool] = getattr(operator, f"{name}_" if name != "xor" else name)

    def decide(column: NumpySeries, other: Any) -> NumpySeries | None:
        cls, left = type(column), column._only
        if type(other) is not cls or other._only is MANY:
            return None
        right = other._only
        result = _DECIDED.get(column._kind + other._kind)
        if result is None or left is None or right is None:
            return None
        return only(cls, operate(left, right), result)

    return decide


def _results(result: Callable[[str, str], str], kinds: str) -> dict[str, str]:
    return {one + other: result(one, other) for one in kinds for other in kinds}


def _nullable(kind: str, *of: str) -> str:
    return kind.upper() if any(each.isupper() for each in of) else kind


_COMPARED = _results(lambda one, other: _nullable("b", one, other), "ifIF")
_DIVIDED = _results(lambda one, other: _nullable("f", one, other), "ifIF")
_COMPUTED = _results(
    lambda one, other: _nullable("i" if (one + other).lower() == "ii" else "f", one, other), "ifIF"
)
_DECIDED = _results(lambda one, other: _nullable("b", one, other), "bB")
