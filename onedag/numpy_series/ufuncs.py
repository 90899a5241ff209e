"""NumPy's functions of columns."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from onedag.numpy_series.arithmetic import COMPARISONS, REFLECTED
from onedag.numpy_series.operators import binary, operand, wrap
from onedag.numpy_series.refusal import Refused

if TYPE_CHECKING:
    from onedag.numpy_series.series import NumpySeries

__all__ = ["apply_function", "apply_ufunc", "as_array"]

_BINARY: Mapping[np.ufunc, str] = {
    np.add: "add",
    np.subtract: "sub",
    np.multiply: "mul",
    np.true_divide: "truediv",
    np.floor_divide: "floordiv",
    np.remainder: "mod",
    np.power: "pow",
    np.equal: "eq",
    np.not_equal: "ne",
    np.less: "lt",
    np.less_equal: "le",
    np.greater: "gt",
    np.greater_equal: "ge",
    np.bitwise_and: "and",
    np.bitwise_or: "or",
    np.bitwise_xor: "xor",
}
"""Those that pandas takes for its operators."""
_UNARY: Mapping[np.ufunc, Callable[[Any], Any]] = {
    np.negative: operator.neg,
    np.positive: operator.pos,
    np.absolute: operator.abs,
    np.invert: operator.inv,
}


def apply_ufunc(
    column: NumpySeries, ufunc: np.ufunc, method: str, inputs: Any, options: Any
) -> NumpySeries:
    """A ufunc of columns, arrays and numbers.

    Args:
        column: the first column among the inputs.
        ufunc: the function.
        method: how it is called, ``"__call__"``.
        inputs: positional arguments.
        options: others.

    Raises:
        Refused: a method of the ufunc, ``out`` or another option, or not value by value.
    """
    if method != "__call__" or options or ufunc.nout != 1 or ufunc.signature is not None:
        raise Refused(f"np.{ufunc.__name__}", *inputs)
    name = _BINARY.get(ufunc)
    if name is not None:
        left, right = inputs
        if type(left) is type(column):
            return binary(name, left, right)
        if name in COMPARISONS and type(left) is np.ndarray and left.ndim == 0:
            left = left[()]  # what NumPy makes of its scalar in `np.float64(2) < column`
        return binary(REFLECTED[name], right, left)
    if ufunc in _UNARY:
        result: NumpySeries = _UNARY[ufunc](inputs[0])
        return result
    return _elementwise(column, ufunc, inputs)


def _elementwise(column: NumpySeries, ufunc: np.ufunc, inputs: tuple[Any, ...]) -> NumpySeries:
    operands = [operand(column, value) for value in inputs]
    try:
        values = ufunc(*(value for value, _ in operands))
    except (TypeError, ValueError, OverflowError) as error:
        raise Refused(f"np.{ufunc.__name__}: {error}", *inputs) from error
    masks = [mask for _, mask in operands if mask is not None]
    if not masks:
        return wrap(column, values)
    if values.dtype == np.float16:
        values = values.astype(np.float32)  # the smallest that is nullable
    nulls = masks[0] if len(masks) == 1 else masks[0] | masks[1]
    return wrap(column, values, nulls | np.isnan(values) if values.dtype.kind == "f" else nulls)


def as_array(column: NumpySeries) -> npt.NDArray[Any]:
    """What ``np.asarray`` makes of the Series: the values, not to be written to; NaN for null.

    Raises:
        Refused: text, times, and bools with nulls.
    """
    nulls, values = column._mask, column._values
    if nulls is not None and nulls.any() and column._kind != "B":
        filled = values.astype(np.float64) if values.dtype.kind != "f" else values.copy()
        filled[nulls] = np.nan
        return filled
    if column._kind in "sMm" or (nulls is not None and nulls.any()):
        raise Refused("np.asarray", column)
    view = values.view()
    view.flags.writeable = False
    return view


_ON_ARRAYS = frozenset(
    (
        *(np.where, np.select, np.nan_to_num, np.interp, np.isclose, np.digitize, np.isin),
        *(np.zeros_like, np.ones_like, np.full_like),
    )
)
"""Those that make arrays of all that they are given, and so answer with arrays."""
_METHODS: Mapping[Any, str] = {np.round: "round", np.around: "round", np.clip: "clip"}
"""Those that call the method of that name, and so answer with a Series."""


def apply_function(column: NumpySeries, function: Any, args: Any, options: Any) -> Any:
    """A function of NumPy that isn't a ufunc, as it answers for a Series.

    Args:
        column: one of those that are given.
        function: the function.
        args: positional arguments.
        options: others.

    Raises:
        Refused: not one of a few.
    """
    if function in _ON_ARRAYS and not options:
        cls = type(column)
        return function(*[_arrays(cls, value) for value in args])
    method = _METHODS.get(function)
    enough = function is not np.clip or len(args) == 3  # it wants both bounds, the method doesn't
    if method is not None and enough and type(args[0]) is type(column):
        return getattr(args[0], method)(*args[1:], **options)
    raise Refused(f"np.{function.__name__}", *args)


def _arrays(cls: type[NumpySeries], value: Any) -> Any:
    if type(value) is cls:
        return value._values if value._kind in "biuf" else as_array(value)
    if type(value) in (list, tuple):
        return type(value)(_arrays(cls, each) for each in value)
    return value
