"""What is said of later rows, against naive computations on whole columns, and by hand."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given
from scipy.stats import ks_2samp

from onedag.errors import ConfigurationError, DataError
from onedag.statistics import DriftReport, FeatureDrift, Numbers, Thresholds, Verdict, compare
from onedag.statistics.ks import ks_upper
from tests.onedag.statistics.columns import (
    FLOATS,
    SETTINGS,
    TEXTS,
    collected,
    later,
    table_of,
)

Floats = npt.NDArray[np.float64]


def drift(first: pa.Table, second: pa.Table, thresholds: Thresholds | None = None) -> DriftReport:
    then = collected(first)
    return compare(then, later(second, then), thresholds)


def of_floats(
    first: list[float | None] | Floats, second: list[float | None] | Floats
) -> FeatureDrift:
    return drift(table_of(first, pa.float64()), table_of(second, pa.float64())).features[0]


def naive_psi(then: list[int], now: list[int]) -> float:
    """The textbook sum, with no share below a ten-thousandth or half a row."""
    floor = max(0.0001, 0.5 / min(sum(then), sum(now)))
    total = 0.0
    for a, b in zip(then, now, strict=True):
        p, q = max(a / sum(then), floor), max(b / sum(now), floor)
        total += (q - p) * math.log(q / p)
    return total


def decile_counts(then: Floats, values: Floats) -> list[int]:
    """Rows below the least, up to each decile, up to the greatest, above it."""
    ends = np.quantile(then, np.arange(0, 11) / 10, method="inverted_cdf")
    inner = [int(((values > a) & (values <= b)).sum()) for a, b in pairwise(ends)]
    inner[0] += int((values == ends[0]).sum())
    return [int((values < ends[0]).sum()), *inner, int((values > ends[-1]).sum()), 0]


def known(values: list[float | None]) -> list[float]:
    return [value for value in values if value is not None and not math.isnan(value)]


@SETTINGS
@given(st.lists(FLOATS, min_size=1, max_size=60), st.lists(FLOATS, min_size=1, max_size=60))
def test_the_distance_is_that_of_scipy(
    first: list[float | None], second: list[float | None]
) -> None:
    found = of_floats(first, second).ks
    a, b = known(first), known(second)
    if not (a and b):
        assert found is None
        return
    values = sorted({*a, *b})
    naive = max(abs(np.mean(np.array(a) <= v) - np.mean(np.array(b) <= v)) for v in values)
    if len(a) * len(b) >= len(a) + len(b):  # scipy divides by zero for fewer
        assert naive == pytest.approx(ks_2samp(a, b, method="asymp").statistic, abs=1e-12)
    then = collected(table_of(first, pa.float64()))
    now = later(table_of(second, pa.float64()), then).features["x"].values
    before = then.features["x"].values
    assert isinstance(before, Numbers)
    assert isinstance(now, Numbers)
    # All values of the one side are points, so only where the other's lie in between is unknown.
    assert found is not None
    assert found == pytest.approx(naive, abs=1e-12)
    assert found - 1e-12 <= naive <= ks_upper(before, now) + 1e-12


@pytest.mark.parametrize("shift", [0.0, 0.05, 0.5, 3.0])
def test_many_rows_are_as_far_as_scipy_says_but_for_a_stated_bound(shift: float) -> None:
    rng = np.random.default_rng(int(shift * 100))
    first, second = rng.lognormal(size=90_000), rng.lognormal(shift, size=40_000)
    then = collected(table_of(first, pa.float64()))
    now = later(table_of(second, pa.float64()), then)
    found = compare(then, now).features[0]
    exact = ks_2samp(first, second, method="asymp")
    a, b = then.features["x"].values, now.features["x"].values
    assert isinstance(a, Numbers)
    assert isinstance(b, Numbers)
    assert found.ks is not None
    assert found.ks <= exact.statistic + 1e-12
    assert exact.statistic <= ks_upper(a, b)
    assert exact.statistic - found.ks < 0.01
    assert found.p_value == pytest.approx(exact.pvalue, abs=0.15)
    assert found.p_value >= exact.pvalue


@pytest.mark.parametrize("shift", [0.0, 0.3, 1.0, 4.0])
def test_psi_is_that_of_deciles(shift: float) -> None:
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=60_000), rng.normal(shift, size=30_000)
    found = of_floats(first, second)
    naive = naive_psi(decile_counts(first, first), decile_counts(first, second))
    # The deciles are points, of which there are 128: a bin's share may be off by 1/128 at its end.
    assert found.psi == pytest.approx(naive, rel=0.06, abs=0.001)
    own = [of.then for of in found.bins], [of.now for of in found.bins]
    assert found.psi == pytest.approx(naive_psi(*own), abs=1e-9)


@SETTINGS
@given(st.lists(TEXTS, min_size=1, max_size=60), st.lists(TEXTS, min_size=1, max_size=60))
def test_psi_of_categories(first: list[str | None], second: list[str | None]) -> None:
    found = drift(table_of(first, pa.string()), table_of(second, pa.string())).features[0]
    a, b = Counter(first), Counter(second)
    named = [name for name in a if name is not None]
    others = sum(count for name, count in b.items() if name is not None and name not in a)
    then = [*(a[name] for name in named), 0, a[None]]
    now = [*(b[name] for name in named), others, b[None]]
    assert found.psi == pytest.approx(naive_psi(then, now), abs=1e-9)
    assert found.ks is None


@SETTINGS
@given(st.lists(FLOATS, min_size=1, max_size=60), st.lists(FLOATS, min_size=1, max_size=60))
def test_laws_of_psi(first: list[float | None], second: list[float | None]) -> None:
    same = of_floats(first, first)
    assert same.psi == 0.0
    assert same.ks in (0.0, None)
    assert same.verdict is Verdict.STABLE
    found = of_floats(first, second)
    assert found.psi >= 0.0
    assert sum(of.then for of in found.bins) == len(first)
    assert sum(of.now for of in found.bins) == len(second)
    assert found.most in found.bins


def test_bools_are_ordered() -> None:
    found = drift(
        pa.table({"x": [True, False, False, None]}), pa.table({"x": [True, True, False, True]})
    ).features[0]
    assert found.ks == pytest.approx(3 / 4 - 1 / 3)
    assert [(of.label, of.then, of.now) for of in found.bins] == [
        ("false", 2, 1),
        ("true", 1, 3),
        ("other", 0, 0),
        ("null", 1, 0),
    ]


def bools(share: float, rows: int) -> pa.Table:
    return pa.table({"x": np.arange(rows) < share * rows})


def test_verdicts() -> None:
    then = bools(0.5, 100_000)
    verdicts = [
        drift(then, bools(share, 100_000)).features[0].verdict for share in (0.5, 0.67, 0.75)
    ]
    assert verdicts == [Verdict.STABLE, Verdict.MODERATE, Verdict.DRIFTED]
    # Three quarters of twelve rows may come from a half; of a hundred thousand they can't.
    assert drift(then, bools(0.75, 12)).features[0].verdict is Verdict.FEW_ROWS
    strict = Thresholds(psi=10.0, ks=0.16)
    assert drift(then, bools(0.67, 100_000), strict).features[0].verdict is Verdict.DRIFTED
    loose = Thresholds(psi=10.0, ks=0.5)
    assert drift(then, bools(0.75, 100_000), loose).drifted == ()


def test_chance_alone_rarely_passes_for_drift() -> None:
    rng = np.random.default_rng(9)
    then = collected(pa.table({f"x{i}": rng.normal(size=20_000) for i in range(40)}))
    for rows in (20, 60, 300):
        now = later(pa.table({f"x{i}": rng.normal(size=rows) for i in range(40)}), then)
        assert compare(then, now).drifted == ()


CASES: list[tuple[list[Any], list[Any], pa.DataType, str]] = [
    ([1.0] * 500, [2.0] * 500, pa.float64(), "= 1"),
    ([None] * 500, [2.0] * 500, pa.float64(), "not null"),
    ([1.0] * 500, [None] * 500, pa.float64(), "= 1"),
    ([2.0, math.inf] * 250, [2.0, -math.inf] * 250, pa.float64(), "< 2"),
    ([math.inf] * 500, [None] * 500, pa.float64(), "not null"),
    (["a"] * 500, ["b"] * 500, pa.string(), "a"),
    ([2**53] * 500, [2**53 + 1] * 500, pa.int64(), "= 9.007e+15"),
    ([0] * 500, [10**15] * 500, pa.timestamp("us", "UTC"), "= 1970-01-01 00:00:00"),
    ([0] * 500, [2**62] * 500, pa.duration("us"), "= 0 s"),
    ([2**62] * 500, [0] * 500, pa.timestamp("us", "UTC"), "< 4611686018427387904 µs"),
    ([None] * 500, [None] * 499 + [0], pa.null(), "not null"),
]


@pytest.mark.parametrize(("first", "second", "arrow", "most"), CASES)
def test_the_bin_that_changed_most(
    first: list[Any], second: list[Any], arrow: pa.DataType, most: str
) -> None:
    second_type = pa.int64() if arrow == pa.null() else arrow
    found = drift(table_of(first, arrow), table_of(second, second_type)).features[0]
    assert found.most.label == most
    assert (found.verdict is Verdict.DRIFTED) == (arrow != pa.null())


def test_bins_are_labelled_by_the_deciles() -> None:
    values = np.repeat([0.0, 0.25, 0.5, *range(1, 20)], [400, *[30] * 21])
    bins = of_floats(values, values + 100).bins
    assert [of.label for of in bins][:3] == ["< 0", "= 0", "(0, 0.25]"]
    assert [of.label for of in bins][-2:] == ["> 19", "null"]
    assert bins[-2].now == len(values)


def test_features_with_the_greatest_psi_come_first() -> None:
    first = pa.table({"a": [1.0] * 200, "b": [1.0] * 200, "c": [1.0] * 200})
    second = pa.table({"a": [1.0] * 200, "b": [2.0] * 200, "c": [1.0, 2.0] * 100})
    report = drift(first, second)
    assert [of.feature for of in report.features] == ["b", "c", "a"]
    assert report.drifted == ("b", "c")
    assert report.to_dict()["drifted"] == ["b", "c"]


def test_no_rows_are_an_error() -> None:
    rows, none = pa.table({"x": [1.0]}), table_of([], pa.float64())
    with pytest.raises(DataError, match="no later rows"):
        drift(rows, none)
    with pytest.raises(DataError, match="training frame has no rows"):
        drift(none, rows)


def test_a_threshold_is_no_negative_number() -> None:
    with pytest.raises(ConfigurationError, match="psi=-1"):
        Thresholds(psi=-1)
