"""Rows and moments on one line, whether or not microseconds fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.engines.local import line as line_module
from drivers.engines.local.line import Line

_ROW = st.tuples(st.integers(0, 3), st.integers(-5, 5), st.integers(-5, 5))


@pytest.mark.parametrize("most", [2**62, 0], ids=["microseconds", "ranks"])
@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(rows=st.lists(_ROW, max_size=20), by_known=st.booleans())
def test_rows_in_order_and_moments_among_them(
    most: int, rows: list[tuple[int, int, int]], by_known: bool
) -> None:
    codes, times, known = (np.array([row[n] for row in rows], np.int64) for n in range(3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_module, "_MOST_PLACES", most)
        line = Line(codes, 4, times)
    order = line.sort()
    line.settle_ties(order, known if by_known else None)
    keys = [(code, time, seen if by_known else 0) for code, time, seen in rows]
    assert order.tolist() == sorted(range(len(rows)), key=lambda row: (keys[row], row))
    asked = [(code, time) for code in range(-1, 4) for time in range(-8, 9)]
    found = line.up_to(np.array([c for c, _ in asked]), np.array([t for _, t in asked]))
    assert found.tolist() == [sum((c, t) <= moment for c, t, _ in rows) for moment in asked]
    starts = line.up_to(np.arange(4), None)
    assert starts.tolist() == [sum(c < code for c, _, _ in rows) for code in range(4)]


def test_centuries_of_many_keys() -> None:
    """Microseconds of 600 years and 2**20 keys don't fit in 64 bits."""
    codes = np.array([2**20 - 1, 0, 2**20 - 1])
    times = np.array([2**53, -(2**53), -(2**53)])
    line = Line(codes, 2**20, times)
    assert line.sort().tolist() == [1, 2, 0]
    assert line.up_to(np.full(3, 2**20 - 1), np.array([-(2**53) - 1, 0, 2**53])).tolist() == [
        1,
        2,
        3,
    ]
