"""Ticks at round values."""

from __future__ import annotations

import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onedag.pages.ticks import MOST, shown, ticks

FLOATS = st.floats(-1e12, 1e12)


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0.0, 1.0, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (0, 36, ["0", "10", "20", "30"]),
        (-0.003, 0.004, ["-0.002", "0", "0.002", "0.004"]),
        (1_000, 9_500, ["2,000", "4,000", "6,000", "8,000"]),
        (2.0, 2.0, ["2"]),
    ],
)
def test_ticks_are_round(low: float, high: float, labels: list[str]) -> None:
    assert [tick.label for tick in ticks(low, high, "double")] == labels


@given(FLOATS, FLOATS)
def test_ticks_lie_on_the_axis_in_order(one: float, other: float) -> None:
    low, high = sorted((one, other))
    found = ticks(low, high, "double")
    assert len(found) <= MOST + 1
    shares = [tick.share for tick in found]
    assert shares == sorted(shares)
    assert all(-1e-6 <= share <= 1 + 1e-6 for share in shares)


def test_an_axis_that_is_too_long_for_float64_has_one_tick() -> None:
    [tick] = ticks(-sys.float_info.max, sys.float_info.max, "double")
    assert math.isclose(tick.share, 0.5)


def test_durations_are_in_seconds() -> None:
    assert [tick.label for tick in ticks(0, 4_000_000, "duration[us]")] == [
        "0",
        "1",
        "2",
        "3",
        "4",
    ]


def test_times_close_together_have_their_seconds() -> None:
    found = ticks(0, 60_000_000, "timestamp[us, tz=UTC]")
    assert [tick.label for tick in found] == ["1970-01-01 00:00:00", "1970-01-01 00:01:00"]


def test_a_time_that_no_calendar_has_is_a_number() -> None:
    assert ticks(2**62, 2**62, "timestamp[us]")[0].label == f"{2**62} µs"


def test_a_number_without_a_sign_of_zero() -> None:
    assert shown(-0.0) == "0"
