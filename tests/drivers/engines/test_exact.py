"""Exact sums and variances against `math.fsum` and fractions, over floats of any size."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.engines.local import exact
from drivers.engines.local.exact import Integers, Limbs
from onedag.errors import DataError

_SETTINGS = settings(max_examples=1500, deadline=None, derandomize=True, database=None)

_EDGES = (0.0, -0.0, 5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -1e308, 1e16)
_FLOATS = st.one_of(
    st.sampled_from(_EDGES),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-1e6, 1e6),
    # Neighbouring powers of two make ties, which the smallest value far below them breaks.
    st.integers(-1074, 1023).map(lambda exponent: math.ldexp(1.0, exponent)),
    st.integers(-60, 0).map(lambda exponent: -math.ldexp(1.0, exponent)),
)
_INTEGERS = st.one_of(
    st.integers(-(2**63), 2**63 - 1), st.integers(-9, 9), st.sampled_from([-(2**63), 2**32, 2**31])
)


@_SETTINGS
@given(values=st.lists(_FLOATS, max_size=12), cancel=st.booleans())
def test_a_sum_is_rounded_once(values: list[float], cancel: bool) -> None:
    if cancel:
        values = [*values, *(-value for value in values[1:])]
    found = _sum(values)
    assert found == _nearest(sum(map(Fraction, values)))
    assert found != 0 or _bits(found) == _bits(0.0)


@_SETTINGS
@given(values=st.lists(st.floats(-1e300, 1e300), max_size=12))
def test_a_sum_is_that_of_fsum(values: list[float]) -> None:
    assert _sum(values) == math.fsum(values)


@pytest.mark.parametrize("exponent", [-1000, -60, 0, 900])
@pytest.mark.parametrize("small", [0.0, 5e-324, -5e-324])
@pytest.mark.parametrize("odd", [0, 1])
def test_ties_go_to_even_but_for_what_is_far_below(exponent: int, small: float, odd: int) -> None:
    """
    2**53 + odd     1 0 0 … 0 odd
    one half                      1          a tie
    5e-324                          . . . 1  up to 1,900 bits below
    """
    values = [math.ldexp(2.0**53 + 2 * odd, exponent), math.ldexp(1.0, exponent), small]
    assert _sum(values) == math.fsum(values)
    assert _sum([-value for value in values]) == -math.fsum(values)


def test_only_the_sum_may_be_infinite() -> None:
    greatest = 1.7976931348623157e308
    assert _sum([greatest, greatest, -greatest]) == greatest
    assert _sum([greatest, math.ulp(greatest) / 2]) == math.inf
    assert _sum([greatest, math.ulp(greatest) / 2, -5e-324]) == greatest
    assert _sum([-greatest, -greatest]) == -math.inf


def test_thousands_of_values_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [math.ldexp((-1) ** n * (n + 0.1), n % 100 - 50) for n in range(1000)]
    whole = exact.running(exact.limbs(np.array(values)), len(values))
    monkeypatch.setattr(exact, "_ROWS_AT_ONCE", 7)
    pieces = exact.running(exact.limbs(np.array(values)), len(values))
    assert _sum(values) == math.fsum(values)
    for length in range(len(values) + 1):
        sums = {position: totals[[length]] for position, totals in pieces.items()}
        assert exact.rounded(sums, 1)[0] == math.fsum(values[:length])
        assert all(whole[position][length] == sums[position][0] for position in whole)


def test_more_rows_than_a_sum_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "_MOST_ROWS", 3)
    assert _sum([1.0, 2.0, 4.0]) == 7.0
    with pytest.raises(DataError, match="4 rows of history"):
        _sum([1.0] * 4)


@_SETTINGS
@given(values=st.lists(_INTEGERS, max_size=9))
def test_sums_of_integers(values: list[int]) -> None:
    sums = _total(exact.limbs(np.array(values, np.int64)), len(values))
    assert exact.rounded(sums, 1)[0] == float(sum(values))
    assert exact.wrapped(sums, 1)[0] == (sum(values) + 2**63) % 2**64 - 2**63


@_SETTINGS
@given(values=st.lists(_FLOATS, max_size=9), copies=st.integers(1, 3))
def test_variances_of_floats(values: list[float], copies: int) -> None:
    _assert_variance(values * copies, np.float64)


@_SETTINGS
@given(values=st.lists(_INTEGERS, max_size=9), copies=st.integers(1, 3))
def test_variances_of_integers(values: list[int], copies: int) -> None:
    _assert_variance(values * copies, np.int64)


def test_a_variance_that_cancels() -> None:
    """The sum of squares and the squared sum agree in their first 60 digits."""
    values = [1e15 + step for step in (0.0, 0.125, 0.25)]
    assert _variance(values, np.float64) == 0.015625
    assert _variance([1e300] * 3, np.float64) == 0.0


def test_many_windows_at_once() -> None:
    """Signs, sizes and empty windows side by side: each is rounded in its own place."""
    rows = [[1e300, 1.0], [-0.1, 0.3], [], [5e-324], [2.0**100, -(2.0**100)], [3.0, 4.0, -1e-40]]
    pieces = [_total(exact.limbs(np.array(row, np.float64)), len(row)) for row in rows]
    positions = {position for piece in pieces for position in piece}
    nothing = np.zeros(1, np.int64)
    sums = {
        position: np.concatenate([piece.get(position, nothing) for piece in pieces])
        for position in positions
    }
    assert exact.rounded(sums, len(rows)).tolist() == [math.fsum(row) for row in rows]


def _sum(values: Sequence[float]) -> float:
    sums = _total(exact.limbs(np.array(values, np.float64)), len(values))
    return float(exact.rounded(sums, 1)[0])


def _total(portions: Iterable[Limbs], length: int) -> dict[int, Integers]:
    return {n: totals[-1:] for n, totals in exact.running(portions, length).items()}


def _variance(values: Sequence[float], dtype: type) -> float:
    column = np.array(values, dtype)
    sums = _total(exact.limbs(column), len(values))
    of_squares = _total(exact.squares(column), len(values))
    return float(exact.variance(np.array([len(values)]), sums, of_squares)[0])


def _assert_variance(values: Sequence[float], dtype: type) -> None:
    found, count = _variance(values, dtype), len(values)
    if count < 2:
        assert math.isnan(found)
        return
    numbers = [Fraction(value) for value in values]
    deviation = count * sum(n * n for n in numbers) - sum(numbers) ** 2
    expected = _nearest(deviation / (count * (count - 1)))
    assert found == expected or abs(found - expected) <= 2 * math.ulp(expected)


def _nearest(number: Fraction | int) -> float:
    try:
        return number.numerator / number.denominator
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _bits(number: float) -> bytes:
    return struct.pack("<d", number)
