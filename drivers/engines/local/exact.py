"""Sums of floats that don't depend on the order of adding.

A float is an integer times a power of two. Scaled by one power of two, all values of a column are
integers; split into limbs of 32 bits, their running totals are exact in 64. So the sum of a window
is a difference of two totals, and still exact: it depends on the window's values alone, a value
that left the window leaves nothing behind, and batch and online agree bit for bit. The one rounding
is at the end; pandas rounds at each addition, so it may differ from this sum by about
``n * 2**-53`` times the sum of magnitudes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from drivers.engines.local.keys import Integers

__all__ = ["Floats", "Integers", "Scaled", "scaled"]

Floats: TypeAlias = npt.NDArray[np.float64]

_MANTISSA_BITS = 53
_LIMB_BITS = 32
_MOST_LIMBS = 8  # a wider range than 256 bits is left to the function itself


@dataclass(frozen=True, slots=True)
class Scaled:
    """A column of floats as integers: ``value * 2**shift``, in limbs from low to high.

    Attributes:
        limbs: each of shape ``(n_rows,)``; 0 for null. The highest carries the sign.
        shift: how far values were scaled.
    """

    limbs: tuple[Integers, ...]
    shift: int

    def total(self, sums: Sequence[Integers]) -> Floats:
        """The float of each sum, given the sums of each limb."""
        carried = _carry(sums)
        negative = carried[-1] < 0
        if negative.any():  # a sum of limbs of both signs would cancel, so take the sign out
            carried = _carry([np.where(negative, -limb, limb) for limb in sums])
        result = np.zeros(len(carried[0]))
        for position, limb in reversed(list(enumerate(carried))):
            result += np.ldexp(limb.astype(np.float64), position * _LIMB_BITS - self.shift)
        return np.where(negative, -result, result)


def scaled(values: Floats) -> Scaled | None:
    """The column in limbs; None where a value is infinite, or the range is beyond 256 bits.

    Args:
        values: shape ``(n_rows,)``; NaN stands for null.
    """
    filled = np.where(np.isnan(values), 0.0, values)
    if not np.isfinite(filled).all():
        return None
    present = filled[filled != 0]
    if not present.size:
        return Scaled((np.zeros(len(values), np.int64),), 0)
    fraction, exponent = np.frexp(present)
    mantissa = np.ldexp(fraction, _MANTISSA_BITS).astype(np.int64)
    lowest_bit = np.frexp((mantissa & -mantissa).astype(np.float64))[1] - 1
    shift = max(0, -int((exponent - _MANTISSA_BITS + lowest_bit).min()))
    bits = int(exponent.max()) + shift
    if bits <= 62 - len(values).bit_length():  # even the sum of all fits in 64 bits
        return Scaled((np.ldexp(filled, shift).astype(np.int64),), shift)
    count = -(-bits // _LIMB_BITS)
    if count > _MOST_LIMBS:
        return None
    return Scaled(tuple(_split(filled, shift, count)), shift)


def _split(values: Floats, shift: int, count: int) -> list[Integers]:
    limbs = []
    for position in range(count - 1, -1, -1):
        unit = np.ldexp(1.0, position * _LIMB_BITS - shift)
        limb = np.trunc(values / unit)
        limbs.append(limb.astype(np.int64))
        values = values - limb * unit
    return limbs[::-1]


def _carry(limbs: Sequence[Integers]) -> list[Integers]:
    """The same numbers with every limb but the highest in ``0 … 2**32 - 1``."""
    carried, carry = [], np.zeros_like(limbs[0])
    for limb in limbs[:-1]:
        whole = limb + carry
        carry = whole >> _LIMB_BITS
        carried.append(whole - (carry << _LIMB_BITS))
    return [*carried, limbs[-1] + carry]
