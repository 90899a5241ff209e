"""The operators on pandas' masked dtypes: values, and a mask that is True where null."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from onedag.numpy_series.arithmetic import COMPARISONS, LOGICAL, OPERATORS, combine
from onedag.numpy_series.refusal import Refused

__all__ = ["Mask", "combine_masked"]

Mask = npt.NDArray[np.bool_]
Masked = tuple[npt.NDArray[Any], Mask]


def combine_masked(
    name: str, left: npt.NDArray[Any], mask: Mask, right: Any, other: Mask | None
) -> Masked:
    """Values and mask of an operator whose left operand is masked.

    Args:
        name: of the operator, as `arithmetic` has it.
        left: the values; what is under the mask is arbitrary and decides nothing.
        mask: of the left.
        right: an array of the same length, or a number.
        other: the mask of the right; None for one of NumPy's dtypes and for a number.

    Raises:
        Refused: pandas raises, or what it gives depends on values under the mask.
    """
    if name in COMPARISONS:
        return _tried(name, left, right), _both(mask, right, other)
    if left.dtype.kind == "b" and name.removeprefix("r") in LOGICAL:
        return _kleene(name.removeprefix("r"), left, mask, right, other)
    return _arithmetic(name, left, mask, right, other)


def _tried(name: str, left: npt.NDArray[Any], right: Any) -> npt.NDArray[Any]:
    try:
        values: npt.NDArray[Any] = OPERATORS[name](left, right)
    except (TypeError, ValueError, OverflowError) as error:
        raise Refused(f"{name}: {error}", left, right) from error
    return values


def _both(mask: Mask, right: Any, other: Mask | None) -> Mask:
    if other is not None:
        return mask | other
    if isinstance(right, np.ndarray) and right.dtype.kind == "f":
        return mask | np.isnan(right)
    return mask


def _arithmetic(
    name: str, left: npt.NDArray[Any], mask: Mask, right: Any, other: Mask | None
) -> Masked:
    union = _both(mask, right, other)
    if name in _BY_HIDDEN_VALUES and union.any():
        raise Refused(f"{name} with nulls", left, right)
    if name in ("floordiv", "mod") and left.dtype.kind in "iu":
        values = _tried(name, left, right)  # pandas leaves NumPy's zeros here
    else:
        values = combine(name, left, right)
    if values.dtype.kind == "f":
        union = union | np.isnan(values)
    return values, union


_BY_HIDDEN_VALUES = frozenset(("floordiv", "rfloordiv", "mod", "rmod", "pow", "rpow"))
"""A zero or a negative exponent under the mask would change the dtype, or raise; and
``1 ** NA`` is 1."""


def _kleene(name: str, left: Mask, mask: Mask, right: Any, other: Mask | None) -> Masked:
    """Three-valued logic: unknown only where the known operand doesn't decide."""
    if not isinstance(right, np.ndarray):
        return _kleene_scalar(name, left, mask, right)
    if right.dtype.kind != "b":
        raise Refused("logic", left, right)
    values = OPERATORS[name](left, right)
    if other is None:
        other = np.zeros(len(right), np.bool_)
    unknown = mask | other
    if not np.count_nonzero(unknown):
        return values, unknown
    if name == "and":
        unknown = unknown & ~(_surely(~left, mask) | _surely(~right, other))
    elif name == "or":
        unknown = unknown & ~(_surely(left, mask) | _surely(right, other))
    return values, unknown


def _surely(values: Mask, mask: Mask) -> Mask:
    return values & ~mask


def _kleene_scalar(name: str, left: Mask, mask: Mask, right: Any) -> Masked:
    if not isinstance(right, bool):
        raise Refused("logic", left, right)
    values = OPERATORS[name](left, right)
    decided = (name == "and" and not right) or (name == "or" and bool(right))
    return values, np.zeros_like(mask) if decided else mask
