"""Columns for the tests of statistics, in portions and whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
import pyarrow as pa
from hypothesis import settings

from onedag.statistics import FrameStatistics, Portion, collect, count

SETTINGS = settings(max_examples=150, deadline=None, derandomize=True, database=None)

_FEW = st.sampled_from([0.0, -0.0, 1.0, 1.5, -3.0, 2.0**60, float("inf"), float("-inf")])
_ANY = st.floats(-1e6, 1e6, width=32)
FLOATS = st.one_of(_FEW, _ANY, st.none(), st.just(float("nan")))
INTEGERS = st.one_of(
    st.integers(-3, 3), st.integers(2**53, 2**53 + 5), st.integers(-(2**63), 2**63 - 1), st.none()
)
TEXTS = st.one_of(st.sampled_from(["a", "b", "c", ""]), st.text(max_size=3), st.none())


def portions(table: pa.Table, cuts: Sequence[int] = ()) -> Iterator[Portion]:
    """The table's rows, cut at these positions; statuses aren't known."""
    places = sorted({0, *(min(cut, table.num_rows) for cut in cuts), table.num_rows})
    if len(places) == 1:
        yield table, {}
    for start, end in pairwise(places):
        yield table.slice(start, end - start), {}


def collected(table: pa.Table, cuts: Sequence[int] = ()) -> FrameStatistics:
    """The statistics of a table."""
    return collect(lambda: portions(table, cuts), table.num_rows, table.schema)


def later(table: pa.Table, then: FrameStatistics, cuts: Sequence[int] = ()) -> FrameStatistics:
    """A later table, counted at the cuts of these statistics."""
    return count(portions(table, cuts), then)


def table_of(values: Sequence[Any], arrow: pa.DataType) -> pa.Table:
    """A table of one feature, ``x``."""
    return pa.table({"x": pa.array(values, arrow, from_pandas=False)})
