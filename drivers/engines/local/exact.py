"""Sums and variances of numbers that depend on nothing but the numbers.

A float is an integer times a power of two. Cut at fixed places into limbs of 32 bits (limb k counts
units of ``2**(32 * k)``, for any k that occurs), a column becomes a few columns of integers, whose
running totals are exact in 64 bits. So the sum of a window is a difference of totals, and exact
too: whatever the order of the rows, whichever other rows there are, a value that left the window
leaves nothing behind. The one rounding, to the nearest float, is at the end: a sum is what
`math.fsum` gives. Integers are cut in the same way.

pandas rounds at each addition, so it may differ from this sum by about ``n * 2**-53`` times the
sum of magnitudes. A sum of zeros is 0.0, whatever their signs, as in pandas.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from drivers.engines.local.keys import Integers
from onedag.errors import DataError

__all__ = [
    "Floats",
    "Integers",
    "Limbs",
    "limbs",
    "rounded",
    "running",
    "squares",
    "variance",
    "wrapped",
]

Floats: TypeAlias = npt.NDArray[np.float64]
Limbs: TypeAlias = Mapping[int, Integers]
"""Numbers as ``sum(limbs[k] * 2**(32 * k))``; what isn't there is 0. Each of shape ``(n,)``."""

_BITS = 32
_MASK = (1 << _BITS) - 1
_ROWS_AT_ONCE = 1 << 15
_MOST_ROWS = 1 << 28


def limbs(values: Floats | Integers) -> Iterator[dict[int, Integers]]:
    """Finite numbers in limbs that all have the number's sign, each below ``2**32``.

    In portions of consecutive rows, so that what a step works on stays in the cache.
    """
    for start in range(0, len(values), _ROWS_AT_ONCE):
        yield _cut(values[start : start + _ROWS_AT_ONCE])


def squares(values: Floats | Integers) -> Iterator[dict[int, Integers]]:
    """The square of each number in limbs, each below ``5 * 2**32``; in the same portions."""
    return map(_squared, limbs(values))


def running(portions: Iterable[Limbs], length: int) -> dict[int, Integers]:
    """The sums of the first 0, 1, 2, … rows, shape ``(length + 1,)`` for each limb.

    Raises:
        DataError: so many rows that a sum of their limbs may not fit in 64 bits.
    """
    if length > _MOST_ROWS:
        raise DataError(
            f"{length} rows of history came in one piece, and sums over more than {_MOST_ROWS} "
            f"aren't exact. Give the aggregate a finer entity, so that its history has several "
            f"keys."
        )
    totals: dict[int, Integers] = {}
    for number, portion in enumerate(portions):
        start = number * _ROWS_AT_ONCE
        for position in portion.keys() - totals.keys():
            totals[position] = np.zeros(length + 1, np.int64)
        for position, total in totals.items():
            rows = total[start + 1 : start + 1 + _ROWS_AT_ONCE]
            if position in portion:
                np.cumsum(portion[position], out=rows)
            rows += total[start]
    return totals


def rounded(sums: Limbs, length: int) -> Floats:
    """The nearest float of each sum, ties to even; infinity beyond the greatest float.

    Args:
        sums: of limbs; each below ``2**63``, of any sign.
        length: how many sums there are.
    """
    if not sums:
        return np.zeros(length)
    with np.errstate(over="ignore"):
        if len(sums) == 1:
            [(position, limb)] = sums.items()
            return _scaled(limb.astype(np.float64), position * _BITS)
        low, digits, negative = _digits(sums)
        result = _nearest(low, digits, None)
    return np.negative(result, out=result, where=negative)


def wrapped(sums: Limbs, length: int) -> Integers:
    """The sum of integers in 64 bits, modulo ``2**64`` as in pandas."""
    result = np.zeros(length, np.int64)
    for position, limb in sums.items():
        result += limb << (position * _BITS)
    return result


def variance(count: Integers, sums: Limbs, of_squares: Limbs) -> Floats:
    """The sample variance of each window; NaN for fewer than two values.

    It is ``D / (n * (n - 1))`` of the integer ``D = n * sum(x**2) - sum(x)**2``, which is exact.
    D, the divisor and their quotient are each rounded once, so it is right to two units in the
    last place (below 1e-307, to two of the smallest float).

    Args:
        count: n of each window.
        sums: of each window's limbs.
        of_squares: sums of the limbs of the values' squares.
    """
    with np.errstate(all="ignore"):
        divisor = (count * (count - 1)).astype(np.float64)
        few = count < 2
        if not sums:
            return np.where(few, np.nan, 0.0)
        result = _nearest(*_deviation(count, sums, of_squares), divisor)
        result[few] = np.nan
        return result


def _cut(values: Floats | Integers) -> dict[int, Integers]:
    if values.dtype.kind == "i":
        return _cut_integers(values.astype(np.int64, copy=False))
    cut = {}
    rest: Floats = values.astype(np.float64, copy=False)
    while peak := max(float(rest.max()), -float(rest.min())):
        position = (math.frexp(peak)[1] - 1) // _BITS
        limb = np.trunc(_scaled(rest, -position * _BITS))
        rest = rest - _scaled(limb, position * _BITS)
        cut[position] = limb.astype(np.int64)
    return cut


def _cut_integers(values: Integers) -> dict[int, Integers]:
    magnitude = np.abs(values).view(np.uint64)  # that of -2**63 has no place among int64
    sign = np.sign(values)
    cut = {
        0: (magnitude & _MASK).view(np.int64) * sign,
        1: (magnitude >> _BITS).view(np.int64) * sign,
    }
    return {position: limb for position, limb in cut.items() if limb.any()}


def _squared(cut: Limbs) -> dict[int, Integers]:
    """A float of 53 bits is in three neighbouring limbs at most."""
    size = {position: np.abs(limb).view(np.uint64) for position, limb in cut.items()}
    squared: dict[int, Integers] = {}
    for one in size:
        for other in range(one, one + 3):
            if other in size:
                _add_product(squared, size[one], size[other], one + other, 1 + (one != other))
    return squared


def _add_product(
    columns: dict[int, Integers],
    left: npt.NDArray[np.uint64],
    right: npt.NDArray[np.uint64],
    position: int,
    times: int,
) -> None:
    product = left * right
    for offset, half in enumerate((product & _MASK, product >> _BITS)):
        signed = half.view(np.int64)
        if times != 1:
            signed *= times
        if position + offset in columns:
            columns[position + offset] += signed
        else:
            columns[position + offset] = signed


def _scaled(values: Floats, bits: int) -> Floats:
    """``values * 2**bits``, though the power alone may be beyond the floats."""
    if abs(bits) <= 1000:
        return values * 2.0**bits
    half = bits // 2
    return values * 2.0**half * 2.0 ** (bits - half)


def _digits(sums: Limbs) -> tuple[int, list[Integers], npt.NDArray[np.bool_]]:
    """Magnitudes as the lowest position and digits from there on, and which were negative."""
    digits = _carry(sums)
    negative = digits[-1] < 0
    if negative.any():
        sign = 1 - 2 * negative.astype(np.int64)
        digits = _carry({position: limb * sign for position, limb in sums.items()})
    return min(sums), digits, negative


def _carry(sums: Limbs) -> list[Integers]:
    """Every digit in ``0 … 2**32 - 1``, but the last, which has the sign."""
    digits = []
    carry: Integers | int = 0
    nothing = np.zeros_like(next(iter(sums.values())))
    for position in range(min(sums), max(sums) + 1):
        whole = sums.get(position, nothing) + carry
        digits.append(whole & _MASK)
        carry = whole >> _BITS
    return [*digits, np.asarray(carry)]


def _deviation(count: Integers, sums: Limbs, of_squares: Limbs) -> tuple[int, list[Integers]]:
    """``n * sum(x**2) - sum(x)**2``, which is never negative."""
    columns: dict[int, Integers] = {}
    low, digits, _ = _digits(sums)
    magnitudes = [digit.view(np.uint64) for digit in digits]
    for one, left in enumerate(magnitudes):
        for other in range(one, len(magnitudes)):
            position = 2 * low + one + other
            _add_product(columns, left, magnitudes[other], position, -1 - (one != other))
    for position, digit in enumerate(_carry(of_squares), min(of_squares)):
        _add_product(columns, digit.view(np.uint64), count.view(np.uint64), position, 1)
    return min(columns), _carry(columns)


def _nearest(low: int, digits: Sequence[Integers], divisor: Floats | None) -> Floats:
    """The nearest float of each magnitude, divided by its divisor if there is one.

    The highest digit that isn't 0 and the two below it hold at least 65 bits. Two floats of 48
    bits hold them exactly, and all that is lower needs but to be seen to break a tie: a 1 in the
    last bit. Their sum is then rounded as the whole number would be.
    """
    result = np.zeros(len(digits[0]))
    undone = np.ones(len(digits[0]), np.bool_)
    for place in range(len(digits) - 1, -1, -1):
        here = np.flatnonzero(undone & (digits[place] != 0))
        if not len(here):
            continue
        undone[here] = False
        first, second, third = (
            digits[place - below][here] if place >= below else np.zeros_like(here)
            for below in range(3)
        )
        for digit in digits[: max(0, place - 2)]:
            third = third | (digit[here] != 0)
        upper = ((first << 16) | (second >> 16)).astype(np.float64) * 2.0**48
        whole = upper + (((second & 0xFFFF) << _BITS) | third).astype(np.float64)
        if divisor is not None:
            whole /= divisor[here]
        result[here] = _scaled(whole, (low + place - 2) * _BITS)
    return result
