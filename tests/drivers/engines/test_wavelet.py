"""Order statistics and counts of many ranges, against sorting each one."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.engines.local.wavelet import count_below, smallest

_SETTINGS = settings(max_examples=300, deadline=None, derandomize=True, database=None)
VALUES = st.lists(st.sampled_from([0, 1, 2, 3, 7, 8, 40]), max_size=20)


@_SETTINGS
@given(values=VALUES, data=st.data())
def test_the_nth_value_of_a_range(values: list[int], data: st.DataObject) -> None:
    start, end = ranges(values, data)
    # Values beside the rows are among those of the sequence, as ranks are.
    beside = st.lists(st.integers(0, max(values, default=0)), max_size=3)
    extra = [data.draw(beside) for _ in start]
    inside = [sorted(values[a:b] + more) for a, b, more in zip(start, end, extra, strict=True)]
    nth = [data.draw(st.integers(0, max(0, len(there) - 1))) for there in inside]
    owners = [question for question, more in enumerate(extra) for _ in more]
    further = [value for more in extra for value in more]
    found = smallest(*map(array, (values, start, end, nth)), (array(owners), array(further)))
    for question, there in enumerate(inside):
        if there:
            assert found[question] == there[nth[question]]


@_SETTINGS
@given(values=VALUES, data=st.data())
def test_how_many_are_below_a_bound(values: list[int], data: st.DataObject) -> None:
    start, end = ranges(values, data)
    bounds = [data.draw(st.integers(0, max(values, default=0) + 1)) for _ in start]
    found = count_below(*map(array, (values, start, end, bounds)))
    expected = [
        sum(value < bound for value in values[a:b])
        for a, b, bound in zip(start, end, bounds, strict=True)
    ]
    assert found.tolist() == expected


def ranges(values: list[int], data: st.DataObject) -> tuple[list[int], list[int]]:
    ends = st.integers(0, len(values))
    pairs = data.draw(st.lists(st.tuples(ends, ends), max_size=6))
    return [min(pair) for pair in pairs], [max(pair) for pair in pairs]


def array(numbers: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(numbers, np.int64)
