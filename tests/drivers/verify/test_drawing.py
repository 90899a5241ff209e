"""Which rows are drawn: each as often as any other, in requests of many sizes and mixed times."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from drivers.verify.drawing import MOST_IN_ONE, PART_ROWS, draw


@pytest.mark.parametrize(
    ("spine_rows", "rows", "expected"),
    [(10, 4, 4), (10, 10, 10), (10, 25, 25), (1, 9, 9), (5000, None, 1000), (7, None, 7)],
)
def test_rows_repeat_evenly(spine_rows: int, rows: int | None, expected: int) -> None:
    drawn = draw(spine_rows, rows, seed=3)
    counts: Counter[int] = Counter()
    for part in drawn.parts():
        for request in drawn.requests(part):
            assert 1 <= len(request) <= MOST_IN_ONE
            counts.update(drawn.positions[part][request].tolist())
    assert counts.total() == drawn.rows == expected
    assert len(counts) == min(spine_rows, expected)
    assert max(counts.values()) - min(counts.values()) <= 1
    assert set(counts) <= set(range(spine_rows))


def test_no_rows() -> None:
    drawn = draw(0, 1000, seed=0)
    assert (drawn.rows, list(drawn.parts())) == (0, [])


def test_parts_and_requests() -> None:
    drawn = draw(100_000, 150_000, seed=0)
    parts = list(drawn.parts())
    assert [part.stop - part.start for part in parts] == [PART_ROWS] * 3 + [100_000 - 3 * PART_ROWS]
    sizes, repeated, spread = [], 0, []
    for part in parts:
        for request in drawn.requests(part):
            sizes.append(len(request))
            repeated += len(request) - len(set(request.tolist()))
            if len(request) > 1000:
                spread.append(np.ptp(drawn.positions[part][request]))
    assert min(sizes) < 10
    assert max(sizes) > 4000
    assert repeated > 100  # one row twice in one request
    assert min(spread) > 90_000


def test_the_seed_says_which() -> None:
    one, same, other = draw(100, 10, 0), draw(100, 10, 0), draw(100, 10, 1)
    assert one.positions.tolist() == same.positions.tolist() != other.positions.tolist()
    [part] = one.parts()
    requests = [[r.tolist() for r in drawn.requests(part)] for drawn in (one, same)]
    assert requests[0] == requests[1]
