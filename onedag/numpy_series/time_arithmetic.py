"""Operators between times, durations and numbers.

Whatever would leave the range of 64 bits, or give another unit than microseconds, is refused.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from onedag.numpy_series.few_times import few
from onedag.numpy_series.fields import FEW, NAT
from onedag.numpy_series.moments import moment, parsed
from onedag.numpy_series.refusal import Refused
from onedag.numpy_series.series import NumpySeries
from onedag.numpy_series.time_methods import DURATIONS, NAIVE, micros, times, zone

__all__ = ["absolute", "binary", "negative", "positive"]

_COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    name: getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge")
}
_BOOL = np.dtype(np.bool_)
_RANGE = 2**62
_EXACT = 2**52  # what floats hold, with room for one addition


class _Side(NamedTuple):
    """An operand: times (M), durations (m) or numbers (i, f).

    Attributes:
        values: microseconds or numbers: an array, or one Python number.
        dtype: of a column of times; None for a scalar with a zone.
        unit: of a scalar, that of the result.
    """

    kind: str
    values: Any
    dtype: Any
    unit: str = "us"


def binary(name: str, column: NumpySeries, other: Any) -> NumpySeries:
    """An operator of which at least one side is of times or durations, by its name.

    Raises:
        Refused: an operator that pandas hasn't for them; other lengths; naive against aware;
            overflow; a division by a duration of zero.
    """
    compare = _COMPARISONS.get(name)
    if type(other) is str and compare is not None and column._kind == "M":
        other = parsed(other, zone(column))
    quickly = few(name, column, other)
    if quickly is not None:
        return quickly
    left, right = _column_side(column), _side(column, other)
    if compare is not None:
        _refuse_unless(left.kind == right.kind and _alike(left, right), name, column, other)
        return _compared(compare, left, right)
    if name in _REFLECTED:
        name, left, right = name[1:], right, left
    operate = _OPERATORS.get((name, left.kind, right.kind))
    if operate is None:
        raise Refused(name, column, other)
    return operate(left, right)


def negative(column: NumpySeries) -> NumpySeries:
    """The negative of durations."""
    _refuse_unless(column._kind == "m", "-", column)
    return NumpySeries(-column._values, "m", DURATIONS)


def positive(column: NumpySeries) -> NumpySeries:
    """Durations as they are."""
    _refuse_unless(column._kind == "m", "+", column)
    return column


def absolute(column: NumpySeries) -> NumpySeries:
    """The lengths of durations."""
    _refuse_unless(column._kind == "m", "abs", column)
    return NumpySeries(np.abs(column._values), "m", DURATIONS)


def _refuse_unless(sure: bool, name: str, *on: Any) -> None:
    if not sure:
        raise Refused(name, *on)


def _column_side(column: NumpySeries) -> _Side:
    kind = column._kind
    if kind in "Mm":
        return _Side(kind, micros(column), column._dtype)
    if kind in "if":
        return _Side(kind, column._values, None)
    raise Refused("an operator", column)


def _side(column: NumpySeries, other: Any) -> _Side:
    if type(other) is NumpySeries:
        _refuse_unless(len(other) == len(column), "an operator", column, other)
        return _column_side(other)
    if type(other) is int or type(other) is float:
        return _Side("i" if type(other) is int else "f", other, None)
    kind, at, aware, unit = moment(other)
    return _Side(kind, at, None if aware else NAIVE, unit)


def _alike(left: _Side, right: _Side) -> bool:
    return left.kind == "m" or (left.dtype == NAIVE) == (right.dtype == NAIVE)


def _compared(compare: Callable[[Any, Any], Any], left: _Side, right: _Side) -> NumpySeries:
    a, b = left.values, right.values
    missing = compare is operator.ne
    if len(a) <= FEW:
        rows = zip(a.tolist(), _listed(b, len(a)), strict=True)
        found = [missing if x == NAT or y == NAT else compare(x, y) for x, y in rows]
        return NumpySeries(np.array(found, _BOOL), "b", _BOOL)
    array = np.where((a == NAT) | (b == NAT), missing, compare(a, b))
    return NumpySeries(array, "b", _BOOL)


def _listed(values: Any, n: int) -> list[Any]:
    return values.tolist() if type(values) is np.ndarray else [values] * n


def _combined(of: Callable[[Any, Any], Any], left: _Side, right: _Side) -> npt.NDArray[np.int64]:
    """Integers of integers; NaT wherever either side is."""
    a, b = left.values, right.values
    n = len(a) if type(a) is np.ndarray else len(b)
    if n > FEW:
        missing = (a == NAT) | (b == NAT)
        about = of(np.asarray(a, np.float64), np.asarray(b, np.float64))
        _refuse_unless(not ((np.abs(about) >= _RANGE) & ~missing).any(), "overflow")
        return np.where(missing, NAT, of(a, b))
    rows = zip(_listed(a, n), _listed(b, n), strict=True)
    found = [NAT if x == NAT or y == NAT else of(x, y) for x, y in rows]
    for value in found:
        _refuse_unless(-_RANGE < value < _RANGE or value == NAT, "overflow")
    return np.array(found, np.int64)


def _add_durations(left: _Side, right: _Side) -> NumpySeries:
    return _durations(_combined(operator.add, left, right))


def _subtract_alike(left: _Side, right: _Side) -> NumpySeries:
    _refuse_unless(_alike(left, right), "sub")
    return _durations(_combined(operator.sub, left, right))


def _move(left: _Side, right: _Side) -> NumpySeries:
    return _times(_combined(operator.add, left, right), left if left.kind == "M" else right)


def _move_back(left: _Side, right: _Side) -> NumpySeries:
    return _times(_combined(operator.sub, left, right), left)


def _times(values: npt.NDArray[np.int64], of: _Side) -> NumpySeries:
    # The zone of a scalar would be that of the result.
    _refuse_unless(of.dtype is not None, "add")
    return times(values, of.dtype)


def _durations(values: npt.NDArray[np.int64]) -> NumpySeries:
    return NumpySeries(values.view(DURATIONS), "m", DURATIONS)


def _multiply(left: _Side, right: _Side) -> NumpySeries:
    lasting, factor = (left, right) if left.kind == "m" else (right, left)
    _refuse_unless(lasting.unit == "us", "mul")
    by = _exact(factor.values)
    if type(by) is int or (type(by) is np.ndarray and by.dtype.kind == "i"):
        return _durations(_product(lasting.values, by))
    product = np.asarray(lasting.values) * np.asarray(by)
    missing = (np.asarray(lasting.values) == NAT) | np.isnan(product)
    _refuse_unless(not ((np.abs(product) >= _RANGE) & ~missing).any(), "overflow")
    whole = np.where(missing, 0.0, product).astype(np.int64)
    return _durations(np.where(missing, NAT, whole))


def _product(lasting: Any, by: Any) -> npt.NDArray[np.int64]:
    # A number that equals NaT is none, so it can't be treated as the durations are.
    number = by if type(by) is int else by.astype(np.int64)
    _refuse_unless(not np.any(np.abs(np.asarray(number, np.float64)) >= _RANGE), "overflow")
    return _combined(operator.mul, _Side("m", lasting, None), _Side("i", number, None))


def _exact(number: Any) -> Any:
    """As pandas has it: a float that is whole is an integer."""
    if type(number) is float and number != 0 and number.is_integer():
        return int(number)
    return number


def _divide(left: _Side, right: _Side) -> NumpySeries:
    return _divided(np.true_divide, left, right)


def _floor_divide(left: _Side, right: _Side) -> NumpySeries:
    return _divided(np.floor_divide, left, right)


def _divided(of: Callable[[Any, Any], Any], left: _Side, right: _Side) -> NumpySeries:
    _refuse_unless(type(left.values) is np.ndarray, "div")
    by = _exact(right.values)
    if type(by) is int:
        _refuse_unless(-_RANGE < by < _RANGE, "div")
    with np.errstate(all="ignore"):
        if type(by) is float or (type(by) is np.ndarray and by.dtype.kind == "f"):
            about = np.abs(left.values / np.asarray(by, np.float64))
            close = (about >= _RANGE) & (left.values != NAT) & (np.asarray(by) != 0)
            _refuse_unless(not close.any(), "overflow")
        return NumpySeries(of(left.values.view(DURATIONS), by), "m", DURATIONS)


def _ratio(left: _Side, right: _Side) -> NumpySeries:
    with np.errstate(all="ignore"):
        quotient = np.true_divide(_numpy(left), _numpy(right))
    return NumpySeries(quotient, "f", np.dtype(np.float64))


def _numpy(side: _Side) -> Any:
    array = np.asarray(side.values, np.int64)
    return array.view(DURATIONS)


def _whole_ratio(left: _Side, right: _Side) -> NumpySeries:
    a, b, missing = _divisible(left, right)
    quotient = np.where(missing, 0, a) // np.where(missing, 1, b)
    if missing.any():
        return _floats(np.where(missing, np.nan, quotient))
    return NumpySeries(quotient, "i", quotient.dtype)


def _floats(array: npt.NDArray[np.float64]) -> NumpySeries:
    return NumpySeries(array, "f", array.dtype)


def _remainder(left: _Side, right: _Side) -> NumpySeries:
    a, b, missing = _divisible(left, right)
    return _durations(np.where(missing, NAT, np.where(missing, 0, a) % np.where(missing, 1, b)))


def _divisible(left: _Side, right: _Side) -> tuple[Any, Any, npt.NDArray[np.bool_]]:
    a, b = left.values, right.values
    _refuse_unless(type(a) is np.ndarray, "floordiv")
    missing = (a == NAT) | (b == NAT)
    far = ((np.abs(a) >= _EXACT) | (np.abs(b) >= _EXACT)) & ~missing
    _refuse_unless(not far.any() and not np.any(b == 0), "floordiv")
    return a, b, missing


_OPERATORS: Mapping[tuple[str, str, str], Callable[[_Side, _Side], NumpySeries]] = {
    ("add", "M", "m"): _move,
    ("add", "m", "M"): _move,
    ("add", "m", "m"): _add_durations,
    ("sub", "M", "m"): _move_back,
    ("sub", "M", "M"): _subtract_alike,
    ("sub", "m", "m"): _subtract_alike,
    **{("mul", "m", number): _multiply for number in "if"},
    **{("mul", number, "m"): _multiply for number in "if"},
    **{("truediv", "m", number): _divide for number in "if"},
    **{("floordiv", "m", number): _floor_divide for number in "if"},
    ("truediv", "m", "m"): _ratio,
    ("floordiv", "m", "m"): _whole_ratio,
    ("mod", "m", "m"): _remainder,
}
_REFLECTED = frozenset({"radd", "rsub", "rmul", "rtruediv", "rfloordiv", "rmod"})
