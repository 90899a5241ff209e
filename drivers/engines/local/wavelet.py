"""Order statistics of many ranges of one sequence at once.

A wavelet matrix (Claude and Navarro, 2012) sorts a sequence bit by bit, from the highest, and keeps
count of the zeros before each place: the rows of a range with a zero, and those with a one, are
again a range of the next level. So each question takes one step for each bit, and all questions
take it together. A level is made, asked and dropped: no more than one is in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from drivers.engines.local.exact import Integers

__all__ = ["Pairs", "count_below", "smallest"]

Pairs: TypeAlias = tuple[Integers, Integers]
"""Further values of a range, beside its own rows: the question, and the value."""

_Counts: TypeAlias = npt.NDArray[np.int32]


def smallest(
    values: Integers, start: Integers, end: Integers, nth: Integers, further: Pairs
) -> Integers:
    """The value that is ``nth`` in order, counted from 0, in each range.

    Args:
        values: not negative, shape ``(n_rows,)``.
        start: of the ranges, shape ``(n_questions,)``.
        end: exclusive.
        nth: below the number of values of the question; else the answer is arbitrary.
        further: values that a range has beside its rows, in any order.
    """
    found = np.zeros(len(start), np.int64)
    question, extra = further
    for bit, before in _levels(values):
        low, high = before[start], before[end]
        extra_zero = (extra >> bit) & 1 == 0
        zeros = high - low + np.bincount(question[extra_zero], minlength=len(start))
        one = nth >= zeros
        nth = np.where(one, nth - zeros, nth)
        found |= one.astype(np.int64) << bit
        start = np.where(one, before[-1] + start - low, low)
        end = np.where(one, before[-1] + end - high, high)
        kept = extra_zero != one[question]
        question, extra = question[kept], extra[kept]
    return found


def count_below(values: Integers, start: Integers, end: Integers, bound: Integers) -> Integers:
    """How many values of each range are below its bound.

    Args:
        values: not negative, shape ``(n_rows,)``.
        start: of the ranges, shape ``(n_questions,)``.
        end: exclusive.
        bound: at most one above the largest value.
    """
    found = np.zeros(len(start), np.int64)
    # The bound may be one above all values, so one bit more than they have.
    for bit, before in _levels(values, int(bound.max(initial=0))):
        low, high = before[start], before[end]
        one = (bound >> bit) & 1 == 1
        found += np.where(one, high - low, 0)
        start = np.where(one, before[-1] + start - low, low)
        end = np.where(one, before[-1] + end - high, high)
    return found


def _levels(values: Integers, largest: int = 0) -> Iterator[tuple[int, _Counts]]:
    """The bits of the values from the highest; how many zeros are before each place."""
    largest = max(largest, int(values.max(initial=0)))
    for bit in range(largest.bit_length() - 1, -1, -1):
        zero = (values >> bit) & 1 == 0
        before = np.zeros(len(values) + 1, np.int32)
        np.cumsum(zero, out=before[1:])
        yield bit, before
        values = np.concatenate([values[zero], values[~zero]])
