"""Methods of columns of numbers: ``astype``, ``between``, ``isin``, ``map``, ``round``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from onedag.numpy_series.kinds import BOOL, MASKED, NUMPY
from onedag.numpy_series.operators import binary, wrap
from onedag.numpy_series.refusal import Refused

if TYPE_CHECKING:
    from onedag.numpy_series.series import NumpySeries

__all__ = ["astype", "between", "isin", "map_values", "round_values"]

_INTEGERS = range(-(2**63), 2**63)
_EXACT = range(-(2**53), 2**53 + 1)
"""The integers that a float64 holds exactly, all of them."""


def round_values(column: NumpySeries, decimals: int = 0, *, out: None = None) -> NumpySeries:
    """Rounded to a number of decimals, halves to even; integers to tens if it is negative."""
    if type(decimals) is not int or out is not None:
        raise Refused("round", column)
    if column._kind in "bB" or not len(column._values):
        return column
    values = np.round(column._values, decimals)
    if column._mask is None:
        return wrap(column, values)
    nulls = column._mask | np.isnan(values) if column._kind == "F" else column._mask
    return wrap(column, values, nulls)


def between(column: NumpySeries, left: Any, right: Any, inclusive: str = "both") -> NumpySeries:
    """Whether each value is within two bounds; ``inclusive`` as pandas has it."""
    if inclusive not in _BOUNDS:
        raise Refused("between", column)
    above, below = _BOUNDS[inclusive]
    return binary("and", binary(above, column, left), binary(below, column, right))


_BOUNDS: Mapping[str, tuple[str, str]] = {
    "both": ("ge", "le"),
    "left": ("ge", "lt"),
    "right": ("gt", "le"),
    "neither": ("gt", "lt"),
}


def isin(column: NumpySeries, values: Any) -> NumpySeries:
    """Whether each value is one of some; a null is none of them, and NaN is NaN."""
    if type(values) is np.ndarray and values.ndim == 1 and values.dtype == column._values.dtype:
        values = values.tolist()
    if type(values) not in (list, tuple, set, frozenset):
        raise Refused("isin", column, values)
    kind = column._kind.lower()
    if not _comparable(kind, values):
        raise Refused("isin", column, values)
    wanted = frozenset(values)
    own = column._values
    found = np.array([value in wanted for value in own.tolist()], BOOL)
    nan = any(value != value for value in wanted)
    if column._mask is None:
        return wrap(column, found | np.isnan(own) if nan else found)
    if nan or (kind == "f" and (np.isnan(own) & ~column._mask).any()):
        raise Refused("isin of NaN", column)
    return wrap(column, found & ~column._mask, np.zeros_like(column._mask))


def _comparable(kind: str, values: Iterable[Any]) -> bool:
    """Python's equality of the column's values with these is that of pandas."""
    types = set(map(type, values))
    if kind == "b":
        return types <= {bool}
    if kind in "iu":
        return types <= {int} and all(value in _INTEGERS for value in values)
    exact = all(value in _EXACT for value in values if type(value) is int)
    return types <= {int, float} and exact


def map_values(column: NumpySeries, mapping: Any) -> NumpySeries:
    """Each value looked up in a dict; missing where it has none."""
    if type(mapping) is not dict or not mapping:
        raise Refused("map", column, mapping)
    if any(key != key for key in mapping) or not _comparable(column._kind.lower(), mapping):
        raise Refused("map", column, mapping)
    keys = column._values.tolist()
    if column._mask is None:
        return _mapped(column, keys, mapping)
    nulls = column._mask.tolist()
    keys = [None if null else key for key, null in zip(keys, nulls, strict=True)]
    return _nullable(column, _mapped(column, keys, mapping))


def _nullable(column: NumpySeries, found: NumpySeries) -> NumpySeries:
    """What was found for a nullable column: nullable too, and of its dtype if there is nothing."""
    values = found._values
    if found._kind == "s":
        return found
    if column._values.dtype not in (np.int64, np.float64, BOOL):
        raise Refused("map", column)  # pandas narrows what it finds
    nulls = np.isnan(values) if found._kind == "f" else np.zeros(len(values), BOOL)
    return wrap(column, np.zeros_like(column._values) if nulls.all() else values, nulls)


def _mapped(column: NumpySeries, keys: list[Any], mapping: dict[Any, Any]) -> NumpySeries:
    types = set(map(type, mapping.values()))
    lost = not all(key in mapping for key in keys)
    if types == {str}:
        texts = np.empty(len(keys), object)
        texts[:] = [mapping.get(key) for key in keys]
        return type(column)(texts, "s", pd.StringDtype(na_value=np.nan))
    if types == {bool} and not lost:
        return wrap(column, np.array([mapping[key] for key in keys], BOOL))
    if types == {int} and all(value in _INTEGERS for value in mapping.values()):
        found = np.array([mapping.get(key, 0) for key in keys], np.int64)
        if not lost:
            return wrap(column, found)
    if types not in ({int}, {float}, {int, float}):
        raise Refused("map", column, mapping)
    return wrap(column, np.array([mapping.get(key, np.nan) for key in keys], np.float64))


_TARGETS: Mapping[Any, Any] = {
    **{str(dtype): dtype for dtype in NUMPY},
    **{dtype.type: dtype for dtype in NUMPY},
    **{dtype: dtype for dtype in NUMPY},
    **{str(dtype): dtype for dtype in MASKED.values()},
    **{dtype: dtype for dtype in MASKED.values()},
    "float": np.dtype(float),
    "int": np.dtype(int),
    float: np.dtype(float),
    int: np.dtype(int),
    bool: BOOL,
}


def astype(column: NumpySeries, dtype: Any) -> NumpySeries:
    """The column in another dtype of numbers.

    Raises:
        Refused: pandas raises, or what C makes of a value depends on the processor.
    """
    target = _TARGETS.get(dtype)
    if target is None:
        raise Refused(f"astype({dtype!r})", column)
    if target == column._dtype:
        return column
    if isinstance(target, np.dtype):
        return wrap(column, _to_numpy(column, target))
    numpy = target.numpy_dtype
    if column._mask is not None:
        return wrap(column, _cast(column._values, numpy, column._mask), column._mask)
    return _to_masked(column, numpy)


def _to_numpy(column: NumpySeries, target: np.dtype[Any]) -> npt.NDArray[Any]:
    nulls = column._mask
    if nulls is None or not nulls.any():
        values = _cast(column._values, target, None)
        if target.kind == "u" and column._kind == "f" and (column._values < 0).any():
            raise Refused(f"astype({target})", column)
        return values
    if target.kind != "f":
        raise Refused(f"astype({target}) with nulls", column)
    return np.where(nulls, target.type(np.nan), column._values.astype(target))


def _cast(
    values: npt.NDArray[Any], target: np.dtype[Any], nulls: npt.NDArray[np.bool_] | None
) -> npt.NDArray[Any]:
    """As C casts; a float must be within the integers."""
    if values.dtype.kind == "f" and target.kind in "iu":
        ends = np.iinfo(target)
        inside = (values >= float(ends.min)) & (values < float(ends.max + 1))
        if not (inside if nulls is None else inside | nulls).all():
            raise Refused(f"astype({target})", values)
        if nulls is not None:
            values = np.where(nulls, values.dtype.type(0), values)
    return values.astype(target)


def _to_masked(column: NumpySeries, numpy: np.dtype[Any]) -> NumpySeries:
    """Nullable from NumPy's: NaN becomes null, and an integer must be one already."""
    values = column._values
    nulls = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), BOOL)
    if numpy.kind == "f":
        return wrap(column, values.astype(numpy), nulls)
    known = np.where(nulls, values.dtype.type(0), values)
    cast = _cast(known, numpy, None)
    if not (cast == known).all():
        raise Refused(f"astype({numpy})", column)
    return wrap(column, cast, nulls)
