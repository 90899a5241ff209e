"""What operators and value methods do with columns of text; with `TextMethods`, all of text."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from onedag.numpy_series.refusal import Refused
from onedag.numpy_series.series import NumpySeries
from onedag.numpy_series.text_methods import TextMethods, bools, texts

__all__ = ["TextMethods", "astype", "binary", "fillna", "isin", "map", "mask", "where"]

_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    name: getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge")
}
_STR = pd.StringDtype(na_value=np.nan)
_INT, _FLOAT, _BOOL = np.dtype(np.int64), np.dtype(np.float64), np.dtype(np.bool_)


def binary(name: str, column: NumpySeries, other: Any) -> NumpySeries:
    """An operator between text and text, by its name; missing text compares as unequal.

    Raises:
        Refused: one side isn't text; an operator that text hasn't in pandas; other lengths.
    """
    pairs = zip(*_sides(name, column, other), strict=True)
    compare = _COMPARISONS.get(name)
    if compare is not None:
        missing = name == "ne"
        return bools([missing if a is None or b is None else compare(a, b) for a, b in pairs])
    if name == "add":
        return texts([None if a is None or b is None else a + b for a, b in pairs])
    if name == "radd":
        return texts([None if a is None or b is None else b + a for a, b in pairs])
    raise Refused(name, column, other)


def _sides(
    name: str, column: NumpySeries, other: Any
) -> tuple[list[str | None], list[str] | list[str | None]]:
    if column._kind != "s":
        raise Refused(name, column, other)
    values: list[str | None] = column._values.tolist()
    if type(other) is str:
        return values, [other] * len(values)
    return values, _as_long(name, column, other)


def _as_long(name: str, column: NumpySeries, other: Any) -> list[str | None]:
    if type(other) is not NumpySeries or other._kind != "s" or len(other) != len(column):
        raise Refused(name, column, other)
    values: list[str | None] = other._values.tolist()
    return values


def fillna(column: NumpySeries, value: Any) -> NumpySeries:
    """``Series.fillna`` with a text, or a column of text."""
    values, other = _sides("fillna", column, value)
    return texts([b if a is None else a for a, b in zip(values, other, strict=True)])


def where(column: NumpySeries, cond: Any, other: Any = np.nan) -> NumpySeries:
    """``Series.where``: missing, a text or another column's text where the condition fails."""
    return _chosen("where", column, _condition("where", column, cond), other)


def mask(column: NumpySeries, cond: Any, other: Any = np.nan) -> NumpySeries:
    """``Series.mask``: missing, a text or another column's text where the condition holds."""
    return _chosen("mask", column, ~_condition("mask", column, cond), other)


def _condition(name: str, column: NumpySeries, cond: Any) -> npt.NDArray[np.bool_]:
    array = cond._values if type(cond) is NumpySeries and cond._kind == "b" else cond
    if type(array) is not np.ndarray or array.dtype != _BOOL or array.shape != (len(column),):
        raise Refused(name, column, cond)
    return array


def _chosen(name: str, column: NumpySeries, keep: npt.NDArray[np.bool_], other: Any) -> NumpySeries:
    if other is None or (type(other) is float and other != other):
        return texts([a if k else None for k, a in zip(keep.tolist(), column._values, strict=True)])
    rows = zip(keep.tolist(), *_sides(name, column, other), strict=True)
    return texts([a if kept else b for kept, a, b in rows])


def isin(column: NumpySeries, values: Any) -> NumpySeries:
    """``Series.isin`` of a list, tuple or set of texts; None and NaN stand for missing text."""
    if type(values) not in (list, tuple, set, frozenset):
        raise Refused("isin", column, values)
    wanted = {None if type(v) is float and v != v else v for v in values}
    if not all(v is None or type(v) is str for v in wanted):
        raise Refused("isin", column, values)
    return bools([v in wanted for v in column._values.tolist()])


def map(column: NumpySeries, mapping: Any) -> NumpySeries:  # noqa: A001
    """``Series.map`` of a dict from text to text, ints, floats or bools.

    As in pandas the dtype is that of the dict's values, so ints become floats if a text isn't
    among the keys.

    Raises:
        Refused: not a plain dict; other keys or values; bools, if a text isn't among the keys.
    """
    if type(mapping) is not dict or not mapping or not all(type(k) is str for k in mapping):
        raise Refused("map", column, mapping)
    kinds = {type(value) for value in mapping.values()}
    values = column._values.tolist()
    if not values:
        return texts([])
    whole = all(v in mapping for v in values)
    found = [mapping.get(v) for v in values]
    if kinds == {str}:
        return texts(found)
    if kinds == {int} and all(-(2**63) <= v < 2**63 for v in mapping.values()):
        return _mapped(np.array(found, _INT if whole else _FLOAT))
    if kinds == {float} or (kinds == {int, float} and _small(mapping)):
        return _mapped(np.array(found, _FLOAT))
    if kinds == {bool} and whole:
        return _mapped(np.array(found, _BOOL))
    raise Refused("map", column, mapping)


def _small(mapping: dict[str, float]) -> bool:
    return all(-(2**53) <= v <= 2**53 for v in mapping.values() if type(v) is int)


def _mapped(array: npt.NDArray[Any]) -> NumpySeries:
    return NumpySeries(array, array.dtype.kind, array.dtype)


def astype(column: NumpySeries, dtype: Any) -> NumpySeries:
    """``Series.astype`` to text, which it is, or to float64."""
    if dtype is str or (type(dtype) is str and dtype == "str") or dtype is column._dtype:
        return column
    if dtype is not float and dtype is not np.float64 and dtype != "float64":
        raise Refused("astype", column, dtype)
    values = column._values.tolist()
    try:
        return _mapped(np.array([np.nan if v is None else float(v) for v in values], _FLOAT))
    except ValueError as error:
        raise Refused("astype", column, dtype) from error
