"""What value methods do with columns of times and durations; with the rest, all of time."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from onedag.numpy_series.fields import NAT
from onedag.numpy_series.moments import moment
from onedag.numpy_series.refusal import Refused
from onedag.numpy_series.series import NumpySeries
from onedag.numpy_series.time_arithmetic import absolute, binary, negative, positive
from onedag.numpy_series.time_methods import DURATIONS, TimeMethods, micros, zone

__all__ = [
    "TimeMethods",
    "absolute",
    "astype",
    "binary",
    "clip",
    "fillna",
    "isin",
    "mask",
    "negative",
    "positive",
    "where",
]

_BOOL, _INT = np.dtype(np.bool_), np.dtype(np.int64)


def fillna(column: NumpySeries, value: Any) -> NumpySeries:
    """``Series.fillna`` with a time or a duration, or a column of the same dtype."""
    values = micros(column)
    return _like(column, np.where(values == NAT, _fill("fillna", column, value), values))


def where(column: NumpySeries, cond: Any, other: Any = np.nan) -> NumpySeries:
    """``Series.where``: NaT, a scalar or a column of the same dtype where the condition fails."""
    keep = _condition("where", column, cond)
    return _like(column, np.where(keep, micros(column), _other("where", column, other)))


def mask(column: NumpySeries, cond: Any, other: Any = np.nan) -> NumpySeries:
    """``Series.mask``: NaT, a scalar or a column of the same dtype where the condition holds."""
    hide = _condition("mask", column, cond)
    return _like(column, np.where(hide, _other("mask", column, other), micros(column)))


def clip(column: NumpySeries, lower: Any = None, upper: Any = None) -> NumpySeries:
    """``Series.clip`` between scalars; NaT stays.

    Raises:
        Refused: bounds that aren't scalars, or cross.
    """
    values = micros(column)
    low = None if lower is None else _scalar("clip", column, lower)
    high = None if upper is None else _scalar("clip", column, upper)
    if low is not None and high is not None and low > high:
        raise Refused("clip", column)
    clipped = values if low is None else np.maximum(values, low)
    clipped = clipped if high is None else np.minimum(clipped, high)
    return _like(column, np.where(values == NAT, NAT, clipped))


def isin(column: NumpySeries, values: Any) -> NumpySeries:
    """``Series.isin`` of a list, tuple or set of times or durations."""
    if type(values) not in (list, tuple, set, frozenset) or not values:
        raise Refused("isin", column, values)
    if len(set(map(type, values))) > 1:
        raise Refused("isin", column, values)
    wanted = {_scalar("isin", column, value) for value in values}
    found = [value in wanted for value in micros(column).tolist()]
    return NumpySeries(np.array(found, _BOOL), "b", _BOOL)


def astype(column: NumpySeries, dtype: Any) -> NumpySeries:
    """``Series.astype`` to what it is, or to int64: microseconds."""
    if type(dtype) is str and dtype == str(column._dtype):
        return column
    if dtype is column._dtype:
        return column
    if dtype is int or dtype is np.int64 or (type(dtype) is str and dtype == "int64"):
        return NumpySeries(micros(column), "i", _INT)
    raise Refused("astype", column, dtype)


def _like(column: NumpySeries, values: npt.NDArray[np.int64]) -> NumpySeries:
    if column._kind == "m":
        return NumpySeries(values.view(DURATIONS), "m", DURATIONS)
    return NumpySeries(values.view("M8[us]"), "M", column._dtype)


def _condition(name: str, column: NumpySeries, cond: Any) -> npt.NDArray[np.bool_]:
    array = cond._values if type(cond) is NumpySeries and cond._kind == "b" else cond
    if type(array) is not np.ndarray or array.dtype != _BOOL or array.shape != (len(column),):
        raise Refused(name, column, cond)
    return array


def _other(name: str, column: NumpySeries, other: Any) -> Any:
    if type(other) is float and other != other:
        return NAT
    return _fill(name, column, other)


def _fill(name: str, column: NumpySeries, value: Any) -> Any:
    if type(value) is not NumpySeries:
        return _scalar(name, column, value)
    if value._dtype != column._dtype or len(value) != len(column):
        raise Refused(name, column, value)
    return micros(value)


def _scalar(name: str, column: NumpySeries, value: Any) -> int:
    kind, at, aware, _ = moment(value)
    if kind != column._kind or (kind == "M" and aware != (zone(column) is not None)):
        raise Refused(name, column, value)
    return at
