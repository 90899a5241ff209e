"""What is collected portion by portion, against whole columns in numpy."""

from __future__ import annotations

import math
from collections import Counter
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given

from onedag.errors import SchemaMismatch
from onedag.statistics import Categories, FrameStatistics, Numbers, collect, count
from onedag.status import Status
from tests.onedag.statistics.columns import (
    FLOATS,
    INTEGERS,
    SETTINGS,
    TEXTS,
    collected,
    later,
    portions,
    table_of,
)

CUTS = st.lists(st.integers(0, 60), max_size=4)


def numbers(statistics: FrameStatistics) -> Numbers:
    found = statistics.features["x"].values
    assert isinstance(found, Numbers)
    return found


def categories(statistics: FrameStatistics) -> Categories:
    found = statistics.features["x"].values
    assert isinstance(found, Categories)
    return found


def naive_counts(values: list[Any], points: tuple[Any, ...]) -> list[int]:
    """Rows below the first point, at it, between it and the second, and so on."""
    found = []
    for place in range(2 * len(points) + 1):
        low = points[(place - 1) // 2] if place else None
        if place % 2:
            found.append(sum(value == low for value in values))
        else:
            high = points[place // 2] if place // 2 < len(points) else None
            above = [value for value in values if low is None or value > low]
            found.append(sum(high is None or value < high for value in above))
    return found


@SETTINGS
@given(st.lists(FLOATS, max_size=60), CUTS)
def test_counts_of_floats_are_those_of_the_whole_column(
    values: list[float | None], cuts: list[int]
) -> None:
    statistics = collected(table_of(values, pa.float64()), cuts)
    found = numbers(statistics)
    present = [value for value in values if value is not None and not math.isnan(value)]
    finite = [value for value in present if math.isfinite(value)]
    assert statistics.features["x"].nulls == len(values) - len(present)
    assert list(found.points) == sorted(set(finite))  # so few are all of them
    assert list(found.counts) == naive_counts(present, found.points)
    assert found.negative_infinities == present.count(-math.inf)
    assert found.positive_infinities == present.count(math.inf)
    assert (found.minimum, found.maximum) == (
        min(finite, default=None),
        max(finite, default=None),
    )
    assert found.distinct == len(set(finite))
    zeros = [v for v in (*found.points, found.minimum, found.maximum) if v == 0]
    assert all(math.copysign(1, zero) == 1 for zero in zeros)
    if finite:
        assert found.mean == pytest.approx(np.mean(finite), rel=1e-9, abs=1e-9)
    if len(finite) > 1:
        assert found.std == pytest.approx(np.std(finite, ddof=1), rel=1e-9, abs=1e-6)


@SETTINGS
@given(st.lists(INTEGERS, max_size=60), CUTS)
def test_integers_beyond_the_floats_stay_apart(values: list[int | None], cuts: list[int]) -> None:
    found = numbers(collected(table_of(values, pa.int64()), cuts))
    present = [value for value in values if value is not None]
    assert list(found.points) == sorted(set(present))
    assert all(type(point) is int for point in found.points)
    assert list(found.counts) == naive_counts(present, found.points)


@SETTINGS
@given(st.lists(FLOATS, min_size=1, max_size=60), CUTS)
def test_a_histogram_has_each_row_once(values: list[float | None], cuts: list[int]) -> None:
    found = numbers(collected(table_of(values, pa.float64()), cuts))
    if found.histogram is None:
        assert not found.points
        return
    drawn = found.histogram
    assert sum(drawn.counts) + drawn.below + drawn.above == found.present
    finite = np.array([v for v in values if v is not None and math.isfinite(v)])
    inside = finite[(finite >= drawn.low) & (finite <= drawn.high)]
    assert sum(drawn.counts) == len(inside)
    if drawn.low < drawn.high:
        assert list(drawn.counts) == np.histogram(inside, drawn.edges)[0].tolist()


@SETTINGS
@given(st.lists(TEXTS, max_size=60), CUTS)
def test_categories_are_counted(values: list[str | None], cuts: list[int]) -> None:
    statistics = collected(table_of(values, pa.string()), cuts)
    found, expected = categories(statistics), Counter(v for v in values if v is not None)
    ranked = sorted(expected, key=lambda name: (-expected[name], name))
    assert list(found.counts.items()) == [(name, expected[name]) for name in ranked[:50]]
    assert found.present + statistics.features["x"].nulls == len(values)
    assert found.distinct == len(expected)


@SETTINGS
@given(st.lists(FLOATS, max_size=60), st.lists(FLOATS, max_size=60), CUTS)
def test_later_rows_are_counted_at_the_same_points(
    first: list[float | None], second: list[float | None], cuts: list[int]
) -> None:
    then = collected(table_of(first, pa.float64()))
    found = numbers(later(table_of(second, pa.float64()), then, cuts))
    present = [value for value in second if value is not None and not math.isnan(value)]
    assert found.points == numbers(then).points
    assert list(found.counts) == naive_counts(present, found.points)


@SETTINGS
@given(st.lists(FLOATS, max_size=60), st.lists(TEXTS, max_size=60))
def test_json_gives_back_the_very_same(first: list[float | None], second: list[str | None]) -> None:
    rows = max(len(first), len(second))
    padded = [[*some, *[None] * (rows - len(some))] for some in (first, second)]
    table = pa.table({"x": pa.array(padded[0], pa.float64()), "y": pa.array(padded[1])})
    statistics = collected(table)
    assert FrameStatistics.from_bytes(statistics.to_bytes()) == statistics


def test_many_rows_are_counted_exactly_at_points_of_a_sample() -> None:
    rng = np.random.default_rng(5)
    values = np.concatenate([rng.normal(size=150_000), np.zeros(50_000)])
    rng.shuffle(values)
    table = pa.table({"x": values})
    whole = collected(table)
    found = numbers(whole)
    assert len(found.points) > 90
    assert 0.0 in found.points
    below = np.searchsorted(np.sort(values), found.points, "left").tolist()
    upto = np.searchsorted(np.sort(values), found.points, "right").tolist()
    cumulative = np.cumsum(found.counts)
    assert cumulative[0::2][:-1].tolist() == below
    assert cumulative[1::2].tolist() == upto
    # Only a share of 1/128 lies between two points, give or take the sample's noise.
    assert max(found.counts[0::2]) < 1.35 * len(values) / 128
    for share in (0.1, 0.5, 0.9):
        quantile = found.quantile(share)
        assert quantile is not None
        assert share <= np.mean(values <= quantile) < share + 0.01 + 0.26 * (share == 0.5)


def test_the_portions_do_not_matter() -> None:
    rng = np.random.default_rng(6)
    table = pa.table({"x": rng.normal(size=100_000), "y": rng.integers(0, 900, 100_000)})
    whole, parts = collected(table), collected(table, [1, 30_000, 30_001, 99_999])
    for name in ("x", "y"):
        one, other = whole.features[name].values, parts.features[name].values
        assert isinstance(one, Numbers)
        assert isinstance(other, Numbers)
        assert (one.points, one.counts, one.histogram) == (
            other.points,
            other.counts,
            other.histogram,
        )
        assert one.mean == pytest.approx(other.mean, abs=1e-12)
        assert one.std == pytest.approx(other.std)


def test_a_period_in_the_rows_is_not_that_of_the_sample() -> None:
    hours = np.arange(24 * 8_192) % 24  # three rows in each stretch of which one is sampled
    found = numbers(collected(pa.table({"x": hours})))
    assert found.points == tuple(range(24))
    assert found.counts[1::2] == (8_192,) * 24


def test_categories_are_bounded() -> None:
    names = [f"id-{i}" for i in range(70_000)]
    found = categories(collected(table_of(names, pa.string())))
    assert (len(found.counts), found.other) == (0, 70_000)  # each is too rare to be one
    many = categories(collected(table_of([f"c{i % 60:02}" for i in range(6_000)], pa.string())))
    assert (len(many.counts), many.other, many.distinct) == (50, 1_000, 60)
    long = categories(collected(table_of(["x" * 201, "x" * 200], pa.string())))
    assert (list(long.counts), long.other) == (["x" * 200], 1)


def test_a_bool_has_both_categories() -> None:
    found = categories(collected(table_of([True, True, None], pa.bool_())))
    assert (found.counts, found.other) == ({"false": 0, "true": 2}, 0)


@pytest.mark.parametrize(
    ("values", "arrow", "points"),
    [
        ([1, 2], pa.timestamp("us", "UTC"), (1, 2)),
        ([-5, 7], pa.duration("us"), (-5, 7)),
        ([Decimal("1.50")], pa.decimal128(5, 2), (1.5,)),
        ([2**64 - 1, 2**64 - 2], pa.uint64(), (2**64 - 2, 2**64 - 1)),
        ([0.5], pa.float32(), (0.5,)),
        ([3, None], pa.int8(), (3,)),
    ],
)
def test_types_that_are_counted_as_numbers(
    values: list[Any], arrow: pa.DataType, points: tuple[Any, ...]
) -> None:
    assert numbers(collected(table_of(values, arrow))).points == points


@pytest.mark.parametrize("arrow", [pa.null(), pa.time64("us")])
def test_of_other_types_nulls_are_counted(arrow: pa.DataType) -> None:
    found = collected(table_of([None, None], arrow)).features["x"]
    assert (found.values, found.nulls) == (None, 2)


def test_numbers_beyond_float64_have_no_mean() -> None:
    found = numbers(collected(table_of([-1.7e308, *[1.7e308] * 3], pa.float64())))
    assert (found.mean, found.std) == (None, None)
    assert found.histogram is not None
    assert sum(found.histogram.counts) == 4
    assert math.isfinite(found.histogram.edges.max())


def test_no_rows_at_all() -> None:
    statistics = collected(table_of([], pa.float64()))
    assert statistics.rows == 0
    assert statistics.features["x"].null_share == 0.0
    assert numbers(statistics).quantile(0.5) is None


def test_statuses_are_counted_where_they_are_known() -> None:
    table = table_of([1.0, None, None], pa.float64())
    codes = np.array([s.code for s in (Status.PRESENT, Status.STALE, Status.STALE)], np.int8)
    found = collect(lambda: [(table, {"x": codes})], 3, table.schema).features["x"]
    assert found.statuses == {"PRESENT": 1, "NULL": 0, "STALE": 2, "MISSING": 0}
    assert collected(table).features["x"].statuses == {}


def test_rows_of_other_columns_are_refused_by_name() -> None:
    then = collected(pa.table({"x": [1.0], "y": ["a"], "z": [1]}))
    rows = pa.table({"x": ["1.0"], "z": [1]})
    with pytest.raises(SchemaMismatch, match=r"x is string, not double; y isn't there\. Give"):
        count(portions(rows), then)


def test_a_column_of_nulls_alone_has_any_type() -> None:
    then = collected(pa.table({"x": [1.0], "y": ["a"], "z": pa.nulls(1)}))
    found = later(pa.table({"x": pa.nulls(3), "y": pa.nulls(3), "z": [1, 2, 3]}), then)
    assert [of.nulls for of in found.features.values()] == [3, 3, 0]
