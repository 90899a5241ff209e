"""What is said of a feature's training values."""

from __future__ import annotations

import pyarrow as pa

from onedag.pages.statistics import facts_of
from onedag.statistics import FeatureStatistics, collect
from onedag.status import Status


def said(of: FeatureStatistics) -> dict[str, str]:
    return {fact.name: fact.value for fact in facts_of(of)}


def of_column(column: pa.Array) -> FeatureStatistics:
    table = pa.table({"feature": column})
    return collect(lambda: [(table, {})], table.num_rows, table.schema).features["feature"]


def test_numbers_say_how_they_lie() -> None:
    assert said(of_column(pa.array([1.0, 2.0, 3.0, 4.0, None]))) == {
        "rows": "5",
        "without a value": "1 (20 %)",
        "different values": "4",
        "mean": "2.5",
        "standard deviation": "1.291",
        "minimum": "1",
        "5 % quantile": "1",
        "25 % quantile": "1",
        "median": "2",
        "75 % quantile": "3",
        "95 % quantile": "4",
        "maximum": "4",
    }


def test_statuses_are_counted_and_said_in_words() -> None:
    counts = {Status.PRESENT.value: 90, Status.NULL.value: 0, Status.STALE.value: 10}
    of = FeatureStatistics("double", 100, 10, counts, None)
    assert said(of) == {
        "rows": "100",
        "without a value": "10 (10 %)",
        "status PRESENT": "90 (90 %)",
        "status STALE": "10 (10 %)",
    }
    stale = next(fact for fact in facts_of(of) if fact.name == "status STALE")
    assert "greatest allowed age" in stale.hint


def test_texts_have_no_mean() -> None:
    assert said(of_column(pa.array(["a", "b", "a"]))) == {
        "rows": "3",
        "without a value": "0 (0 %)",
        "different values": "2",
    }


def test_times_are_dates_without_a_spread() -> None:
    facts = said(of_column(pa.array([0, 86_400_000_000], pa.timestamp("us", "UTC"))))
    assert facts["maximum"] == "1970-01-02 00:00:00"
    assert "standard deviation" not in facts


def test_infinities_are_counted_apart() -> None:
    facts = said(of_column(pa.array([1.0, float("inf"), float("-inf")])))
    assert (facts["infinite"], facts["maximum"]) == ("2", "1")


def test_no_rows() -> None:
    assert said(of_column(pa.array([], pa.float64()))) == {
        "rows": "0",
        "without a value": "0 (0 %)",
        "different values": "0",
    }
