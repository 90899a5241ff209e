"""Values from one of two places: ``where``, ``mask``, ``fillna``, ``clip``.

pandas keeps the dtype when it can hold what is put in, and otherwise widens it; and it does nothing
at all, not even widen, when every value is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from onedag.numpy_series.kinds import BOOL
from onedag.numpy_series.masked import Mask
from onedag.numpy_series.only import MANY, filled
from onedag.numpy_series.operators import binary, operand, wrap
from onedag.numpy_series.refusal import Refused

if TYPE_CHECKING:
    from onedag.numpy_series.series import NumpySeries

__all__ = ["clip", "fillna", "mask", "missing", "where"]

_NA = pd.NA
_BOOLS = (bool, np.bool_)
_NUMBERS = (int, float, np.number)


def missing(column: NumpySeries) -> Mask:
    """Where ``isna()`` is true; shape ``(n_rows,)``. A NaN in a Float64 isn't null."""
    kind, values = column._kind, column._values
    if column._mask is not None:
        return column._mask
    if kind == "f":
        nan: Mask = np.isnan(values)
        return nan
    if kind in "Mm":
        nat: Mask = np.isnat(values)
        return nat
    if kind == "s":
        return np.array([value is None for value in values.tolist()], np.bool_)
    return np.zeros(len(values), np.bool_)


def where(column: NumpySeries, cond: Any, other: Any = _NA) -> NumpySeries:
    """The column's values where the condition is true, else the other's; null is not true."""
    return _choose(column, _condition(column, cond, False), other)


def mask(column: NumpySeries, cond: Any, other: Any = _NA) -> NumpySeries:
    """The other's values where the condition is true or null, else the column's."""
    return _choose(column, _condition(column, cond, True), other)


def fillna(column: NumpySeries, value: Any) -> NumpySeries:
    """The column, with another value for each null and NaN."""
    if column._only is not MANY and (answer := filled(column, value)) is not None:
        return answer
    if type(value) is not str:
        operand(column, value)
    if column._kind in "biu":
        return column
    gone = missing(column)
    if not gone.any() or (isinstance(value, float) and value != value):
        return column
    return _choose(column, ~gone, value)


def clip(
    column: NumpySeries, lower: Any = None, upper: Any = None, *, out: None = None
) -> NumpySeries:
    """The column within bounds, inclusive; NaN and nulls stay."""
    if column._kind not in "iufIUF" or out is not None:
        raise Refused("clip", column)
    if column._kind == "F" and (np.isnan(column._values) & ~missing(column)).any():
        raise Refused("clip of NaN", column)
    if _is_number(lower) and _is_number(upper):
        if lower != lower or upper != upper:
            raise Refused("clip by NaN", column)
        lower, upper = min(lower, upper), max(lower, upper)
    if _held_exactly(column, lower) and _held_exactly(column, upper):
        return _clipped(column, lower, upper)
    result = column
    if lower is not None:
        result = _bounded(column, result, lower, "ge", -np.inf)
    if upper is not None:
        result = _bounded(column, result, upper, "le", np.inf)
    return result


def _is_number(value: Any) -> bool:
    return isinstance(value, _NUMBERS)


def _held_exactly(column: NumpySeries, bound: Any) -> bool:
    if bound is None:
        return column._mask is None
    if type(bound) is int and column._kind == "i":
        return bool(column._dtype.type(bound) == bound)
    return (
        type(bound) in (int, float) and column._kind == "f" and column._dtype.type(bound) == bound
    )


def _clipped(column: NumpySeries, lower: Any, upper: Any) -> NumpySeries:
    """Within bounds of the column's own dtype. Where the bound is 0 a zero keeps its sign."""
    values = column._values
    if lower is not None:
        values = np.maximum(values, lower) if lower else np.where(values < 0, lower, values)
    if upper is not None:
        values = np.minimum(values, upper) if upper else np.where(values > 0, upper, values)
    return type(column)(values, column._kind, column._dtype)


def _bounded(
    column: NumpySeries, result: NumpySeries, bound: Any, name: str, open_end: float
) -> NumpySeries:
    values, nulls = operand(column, bound)
    if not isinstance(values, np.ndarray):
        if values != values or isinstance(values, _BOOLS):
            raise Refused("clip", column, bound)
        return _choose(result, _true(binary(name, result, bound)) | missing(result), bound)
    if type(bound) is not type(column):
        raise Refused("clip", column, bound)
    gone = np.isnan(values) if nulls is None else nulls
    if gone.any():  # no bound there
        if values.dtype.kind != "f":
            raise Refused("clip", column, bound)
        opened = np.where(gone, values.dtype.type(open_end), values)
        bound_or_none = wrap(bound, opened, None if nulls is None else np.zeros_like(gone))
    else:
        bound_or_none = bound
    return _choose(result, _true(binary(name, column, bound_or_none)) | missing(result), bound)


def _true(condition: NumpySeries) -> Mask:
    values: Mask = condition._values
    return values if condition._mask is None else values & ~condition._mask


def _condition(column: NumpySeries, cond: Any, inverted: bool) -> Mask:
    """Where the column's values are kept."""
    if type(cond) is not type(column) and type(cond) is not np.ndarray:
        raise Refused("a condition", cond)
    values, nulls = operand(column, cond)
    if values.dtype != BOOL:
        raise Refused("a condition", cond)
    kept: Mask = ~values if inverted else values
    return kept if nulls is None else kept & ~nulls


def _choose(column: NumpySeries, kept: Mask, other: Any) -> NumpySeries:
    values, nulls = (other, None) if other is _NA else operand(column, other)
    if kept.all():
        return column
    if column._mask is not None:
        return _choose_masked(column, kept, values, nulls)
    if nulls is not None:
        raise Refused("a choice", column, other)
    own, filled = _held(column, np.nan if other is _NA else values)
    return wrap(column, np.where(kept, own, filled))


def _choose_masked(column: NumpySeries, kept: Mask, values: Any, nulls: Mask | None) -> NumpySeries:
    own = column._values
    assert column._mask is not None
    if isinstance(values, np.ndarray):
        if values.dtype != own.dtype:
            raise Refused("a choice", column, values)
        if nulls is None:
            nulls = np.isnan(values) if values.dtype.kind == "f" else np.zeros_like(kept)
        mask = np.where(kept, column._mask, nulls)
        return wrap(column, np.where(kept, own, values), mask)
    if values is _NA or values != values:
        return wrap(column, own, column._mask | ~kept)
    filled = _fitting(own.dtype, values)
    return wrap(column, np.where(kept, own, filled), column._mask & kept)


def _fitting(dtype: np.dtype[Any], number: Any) -> Any:
    """A number in a masked column's dtype; floats may be rounded to it.

    Raises:
        Refused: pandas doesn't take it.
    """
    boolean = isinstance(number, _BOOLS)
    if boolean != (dtype.kind == "b"):
        raise Refused(f"{number!r} in a column of {dtype}")
    if dtype.kind in "iu":
        if number != np.floor(number):
            raise Refused(f"{number!r} in a column of {dtype}")
        number = int(number)
    try:
        return dtype.type(number)
    except OverflowError as error:
        raise Refused(f"{number!r} in a column of {dtype}") from error


def _held(column: NumpySeries, other: Any) -> tuple[npt.NDArray[Any], Any]:
    """The column's values and the other's in the dtype that the choice has."""
    own = column._values
    if isinstance(other, np.ndarray):
        return _held_array(own, other)
    boolean = isinstance(other, _BOOLS)
    if boolean != (own.dtype.kind == "b"):
        raise Refused("a choice", column, other)
    if own.dtype.kind in "iu" and (other != other or np.isinf(other) or other != int(other)):
        if not isinstance(other, float):
            raise Refused("a choice", column, other)  # NumPy's float32 would count as such
        return own.astype(np.float64), float(other)
    # A float that is whole stays an integer in a column of integers.
    filled = own.dtype.type(int(other) if own.dtype.kind in "iu" else other)
    if filled == other or other != other:
        return own, filled
    raise Refused("a choice", column, other)


def _held_array(own: npt.NDArray[Any], other: npt.NDArray[Any]) -> tuple[Any, Any]:
    if own.dtype == other.dtype:
        return own, other
    wider = own.dtype.kind == other.dtype.kind == "i" and other.itemsize > own.itemsize
    if own.dtype.kind in "if" and other.dtype.kind in "if" and not wider:
        filled = other.astype(own.dtype)
        if np.array_equal(filled, other, equal_nan=own.dtype.kind == "f"):
            return own, filled
        if own.dtype == np.int64 and other.dtype == np.float64:
            return own.astype(np.float64), other
    raise Refused("a choice", own, other)
