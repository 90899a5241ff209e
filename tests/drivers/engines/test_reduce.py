"""Reductions over windows: what pandas gives, and nothing that other rows could change."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.engines import AT, EVENT, KNOWN, History
from drivers.engines.local.reduce import Array, Counts, Extremes, Numbers
from drivers.engines.local.slices import Slices, Timeline
from onedag.dtypes import ColumnType

_SETTINGS = settings(max_examples=300, deadline=None, derandomize=True, database=None)
_FLOATS = st.sampled_from(
    [0.1, -0.1, 2.5, 1e16, 1e300, -1e300, 5e-324, -0.0, math.inf, -math.inf, None]
)
_METHODS: dict[str, Callable[[Numbers, Slices], Array]] = {
    "count": Numbers.count,
    "sum": Numbers.sum,
    "mean": Numbers.mean,
    "var": Numbers.variance,
}


@_SETTINGS
@given(
    mine=st.lists(_FLOATS, max_size=8),
    others=st.lists(_FLOATS, min_size=1, max_size=8),
    late=st.integers(0, 3),
)
def test_other_rows_change_no_bit(
    mine: list[float | None], others: list[float | None], late: int
) -> None:
    """Others are another key's, and this key's after the moment and before the window.

    event   0      1 2 3 …         100
    key 0   other  mine            other
    key 1          others
    """
    alone = [(0, n + 1, n + 1, value) for n, value in enumerate(mine)]
    among = [
        (0, 0, late, others[0]),
        *((1, n + 1, n + 1 + late, value) for n, value in enumerate(others)),
        *alone,
        (0, 100, 100, others[-1]),
    ]
    for name in _METHODS:
        one, many = (_reduced(name, rows, pa.float64(), over=50) for rows in (alone, among))
        assert one.tobytes() == many.tobytes(), name


@_SETTINGS
@given(values=st.lists(_FLOATS, max_size=8))
@pytest.mark.parametrize("name", ["count", "var"])
def test_infinities_are_those_of_pandas(name: str, values: list[float | None]) -> None:
    if not any(value is not None and math.isinf(value) for value in values):
        values = [*values, math.inf]
    rows = [(0, n, n, value) for n, value in enumerate(values)]
    with np.errstate(all="ignore"):
        expected = getattr(pd.Series(values, dtype=np.float64), name)()
    np.testing.assert_equal(_reduced(name, rows, pa.float64())[0], expected)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([math.inf, 1.0], math.inf),
        ([-math.inf, 1.0, -math.inf], -math.inf),
        ([math.inf, -math.inf], math.nan),
        ([math.inf, 1e308, 1e308], math.inf),
        ([math.inf, -1e308, -1e308], math.inf),
        ([None, None], 0.0),
        ([], 0.0),
    ],
)
def test_sums_with_infinities_and_without_values(
    values: Sequence[float | None], expected: float
) -> None:
    rows = [(0, n, n, value) for n, value in enumerate(values)]
    np.testing.assert_equal(_reduced("sum", rows, pa.float64())[0], expected)


@pytest.mark.parametrize("late", [0, 5], ids=["bodies", "tails"])
@pytest.mark.parametrize("name", _METHODS)
def test_integers_and_bools(name: str, late: int) -> None:
    """The first value is known late in one case: then the others are looked at one by one."""
    for values, arrow in (
        ([2**62, 2**62, None, 2**62], pa.int64()),
        ([3, -4, 12, None], pa.int64()),
        ([True, None, False, True], pa.bool_()),
    ):
        rows = [(0, n, n, value) for n, value in enumerate(values)]
        rows.append((0, 0, late, None))
        dtype = "Int64" if arrow == pa.int64() else "boolean"
        expected = getattr(pd.Series(values, dtype=dtype), name)()
        [found] = _reduced(name, rows, arrow)
        assert found == pytest.approx(expected, rel=1e-15)
        if name in ("count", "sum"):
            assert found == expected


def test_counts_of_any_column() -> None:
    rows = [(0, n, n, value) for n, value in enumerate(["a", None, "b"])]
    timeline, slices, column = _windows(rows, pa.string(), None)
    assert Counts.of(column, timeline)(slices).tolist() == [2]


def test_tables_of_extremes_may_be_kept_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(0, n, n, (n * 7919) % 1009) for n in range(300)]
    found = []
    for kept in (0, 1 << 24):
        monkeypatch.setattr("drivers.engines.local.reduce._MOST_KEPT", kept)
        timeline, _, column = _windows(rows, pa.int64(), None)
        extremes = Extremes(column.to_numpy(), -1, True, timeline)
        moments = pa.table({"key": [0, 0], AT: [299, 120]})
        for over in (10, 100, 3):
            slices = timeline.slices(moments, timedelta(microseconds=over))
            found.append(extremes(slices).tolist())
    values = [row[3] for row in rows]
    ends = [[max(values[t + 1 - over : t + 1]) for t in (120, 299)] for over in (10, 100, 3)]
    assert found == ends * 2


def _reduced(
    name: str,
    rows: Sequence[tuple[int, int, int, object]],
    arrow: pa.DataType,
    over: int | None = None,
) -> Array:
    timeline, slices, column = _windows(rows, arrow, over)
    return _METHODS[name](Numbers(column, timeline), slices)


def _windows(
    rows: Sequence[tuple[int, int, int, object]], arrow: pa.DataType, over: int | None
) -> tuple[Timeline, Slices, pa.Array]:
    """The window of key 0 at 50, of rows of a key, an event time, a known time and a value."""
    keys, event, known = (pa.array([row[n] for row in rows], pa.int64()) for n in range(3))
    column = pa.array([row[3] for row in rows], arrow)
    table = pa.table({"key": keys, EVENT: event, KNOWN: known, "value": column})
    timeline = Timeline(History(table, ("key",), {"value": ColumnType(arrow)}))
    length = None if over is None else timedelta(microseconds=over)
    return timeline, timeline.slices(pa.table({"key": [0], AT: [50]}), length), column
