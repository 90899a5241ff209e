"""Operators between a few times and durations, in Python's integers.

NumPy's calls on one row take ten times as long. Whatever is not among these operators, or needs
care, is left to `time_arithmetic`, which does the same for any number of rows.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from onedag.numpy_series.fields import FEW, NAT
from onedag.numpy_series.moments import moment
from onedag.numpy_series.series import NumpySeries

__all__ = ["few"]

_BOOL, _INT, _FLOAT = np.dtype(np.bool_), np.dtype(np.int64), np.dtype(np.float64)
_NAIVE, _DURATIONS = np.dtype("M8[us]"), np.dtype("m8[us]")
_RANGE = 2**62
_EXACT = 2**52

Of = Callable[[Any, Any], Any]


def _reversed(of: Of) -> Of:
    return lambda a, b: of(b, a)


_OPERATORS: Mapping[tuple[str, str, str], tuple[Of, str]] = {
    **{
        (name, kind, kind): (getattr(operator, name), "b")
        for name in ("eq", "ne", "lt", "le", "gt", "ge")
        for kind in "Mm"
    },
    **{(name, *kinds): (operator.add, "M") for name in ("add", "radd") for kinds in ("Mm", "mM")},
    **{(name, "m", "m"): (operator.add, "m") for name in ("add", "radd")},
    **{("sub", kind, kind): (operator.sub, "m") for kind in "Mm"},
    **{("rsub", kind, kind): (_reversed(operator.sub), "m") for kind in "Mm"},
    ("sub", "M", "m"): (operator.sub, "M"),
    ("rsub", "m", "M"): (_reversed(operator.sub), "M"),
    **{(name, "m", "i"): (operator.mul, "m") for name in ("mul", "rmul")},
    ("truediv", "m", "m"): (operator.truediv, "f"),
    ("floordiv", "m", "m"): (operator.floordiv, "i"),
    ("mod", "m", "m"): (operator.mod, "r"),
}
"""Each with the kind of its result: r is a remainder, which is a duration."""


def few(name: str, column: NumpySeries, other: Any) -> NumpySeries | None:
    """The operator, or None where it is left to others.

    Raises:
        Refused: the other side is neither a column, a number nor a time.
    """
    n, kind = len(column._values), column._kind
    if n > FEW or kind not in "Mm":
        return None
    if type(other) is NumpySeries:
        if other._kind not in "Mm" or len(other._values) != n:
            return None
        other_kind, right, dtype = other._kind, _integers(other), other._dtype
        aware = type(dtype) is pd.DatetimeTZDtype
    elif type(other) is int:
        other_kind, right, aware, dtype = "i", [other] * n, False, None
        if not -_RANGE < other < _RANGE:  # even for NaT pandas refuses what doesn't fit
            return None
    elif type(other) is float:
        return None
    else:
        other_kind, at, aware, _ = moment(other)
        right, dtype = [at] * n, None if aware else _NAIVE
    found = _OPERATORS.get((name, kind, other_kind))
    if found is None:
        return None
    of, result = found
    if kind == "M":
        if other_kind == "M" and aware != (type(column._dtype) is pd.DatetimeTZDtype):
            return None
        dtype = column._dtype
    left = _integers(column)
    if result == "b":
        return _truths(of, left, right)
    if result in "fir":
        return _quotients(of, result, left, right)
    return _moments(of, result, left, right, dtype)


def _integers(column: NumpySeries) -> list[int]:
    return column._values.view(_INT).tolist()  # type: ignore[no-any-return]


def _truths(of: Of, left: list[int], right: list[int]) -> NumpySeries:
    missing = of is operator.ne
    rows = zip(left, right, strict=True)
    found = [missing if a == NAT or b == NAT else of(a, b) for a, b in rows]
    return NumpySeries(np.array(found, _BOOL), "b", _BOOL)


def _moments(
    of: Of, result: str, left: list[int], right: list[int], dtype: Any
) -> NumpySeries | None:
    rows = zip(left, right, strict=True)
    found = [NAT if a == NAT or b == NAT else of(a, b) for a, b in rows]
    for value in found:
        if not -_RANGE < value < _RANGE and value != NAT:
            return None
    array = np.array(found, _INT)
    if result == "m":
        return NumpySeries(array.view(_DURATIONS), "m", _DURATIONS)
    return None if dtype is None else NumpySeries(array.view(_NAIVE), "M", dtype)


def _quotients(of: Of, result: str, left: list[int], right: list[int]) -> NumpySeries | None:
    for a, b in zip(left, right, strict=True):
        if not b or not -_EXACT < b < _EXACT or not -_EXACT < a < _EXACT:
            return None  # NaT, zero, and what floats don't hold
    array = np.array([of(a, b) for a, b in zip(left, right, strict=True)], _OF[result])
    if result == "r":
        return NumpySeries(array.view(_DURATIONS), "m", _DURATIONS)
    return NumpySeries(array, result, array.dtype)


_OF: Mapping[str, Any] = {"f": _FLOAT, "i": _INT, "r": _INT}
