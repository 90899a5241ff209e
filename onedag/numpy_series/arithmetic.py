"""The operators of pandas on NumPy arrays: NumPy's, but for division by zero and for bools.

`column` operators are in `operators`; this is what they, plain or masked, come down to.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from onedag.numpy_series.refusal import Refused

__all__ = ["ARITHMETIC", "COMPARISONS", "LOGICAL", "OPERATORS", "REFLECTED", "combine"]

Operate = Callable[[Any, Any], Any]


def _swapped(operate: Operate) -> Operate:
    return lambda left, right: operate(right, left)


ARITHMETIC: Mapping[str, Operate] = {
    # Not the ufuncs: `x ** 0.5` is a square root, and np.power(x, 0.5) is not.
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "pow": operator.pow,
}
COMPARISONS: Mapping[str, Operate] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
LOGICAL: Mapping[str, Operate] = {
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
}
OPERATORS: Mapping[str, Operate] = {
    **ARITHMETIC,
    **COMPARISONS,
    **LOGICAL,
    **{f"r{name}": _swapped(operate) for name, operate in {**ARITHMETIC, **LOGICAL}.items()},
}
"""By pandas' names of methods."""
REFLECTED: Mapping[str, str] = {
    **{name: f"r{name}" for name in (*ARITHMETIC, *LOGICAL)},
    **{f"r{name}": name for name in (*ARITHMETIC, *LOGICAL)},
    "eq": "eq",
    "ne": "ne",
    "lt": "gt",
    "le": "ge",
    "gt": "lt",
    "ge": "le",
}
"""The operator that gives the same with its operands swapped."""

_NOT_FOR_BOOLS = frozenset(
    ("truediv", "floordiv", "pow", "rtruediv", "rfloordiv", "rpow", "sub", "rsub")
)


def combine(name: str, left: npt.NDArray[Any], right: Any) -> npt.NDArray[Any]:
    """What pandas gives for an operator on an array and an array or number.

    Raises:
        Refused: pandas raises, or has rules of its own that aren't here.
    """
    bools = left.dtype.kind == "b" and _kind(right) == "b"
    if bools and name in _NOT_FOR_BOOLS:
        raise Refused(f"{name} of bools")
    if name in _LOGICAL_NAMES:
        _check_logical(left, right, bools)
    try:
        result: npt.NDArray[Any] = OPERATORS[name](left, right)
    except (TypeError, ValueError, OverflowError) as error:
        raise Refused(f"{name}: {error}", left, right) from error
    fill = _FILLS.get(name)
    return result if fill is None else fill(left, right, result)


_LOGICAL_NAMES = frozenset((*LOGICAL, *(f"r{name}" for name in LOGICAL)))


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "b"
    kind: str = "i" if isinstance(value, int) else np.asarray(value).dtype.kind
    return kind


def _check_logical(left: npt.NDArray[Any], right: Any, bools: bool) -> None:
    """Bools with bools, and bits with bits; in any other mix pandas has rules of its own."""
    if not (bools or (left.dtype.kind in "iu" and _kind(right) in "iu")):
        raise Refused("logic", left, right)


def _fill_quotient(dividend: Any, divisor: Any, result: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Division by zero is infinite or NaN for integers too; the whole result becomes float64."""
    zero = np.equal(divisor, 0)
    if not zero.any():
        return result
    filled = zero & ~np.isnan(dividend)
    if not filled.any():
        return result
    infinite = np.divide(dividend, np.copysign(0.0, divisor), dtype=np.float64)
    return np.where(filled, infinite, result.astype(np.float64))


def _fill_remainder(dividend: Any, divisor: Any, result: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The remainder of an integer division by zero is NaN."""
    if result.dtype.kind == "f" or _kind(divisor) not in "iu":
        return result
    zero = np.equal(divisor, 0)
    return np.where(zero, np.nan, result.astype(np.float64)) if zero.any() else result


_FILLS: Mapping[str, Callable[[Any, Any, npt.NDArray[Any]], npt.NDArray[Any]]] = {
    "floordiv": _fill_quotient,
    "rfloordiv": lambda left, right, result: _fill_quotient(right, left, result),
    "mod": _fill_remainder,
    "rmod": lambda left, right, result: _fill_remainder(right, left, result),
}
