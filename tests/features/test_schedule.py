from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features import schedule


def test_hour_is_new_yorks_in_winter_and_in_summer() -> None:
    departures = pd.Series(pd.to_datetime(["2013-01-01T10:15Z", "2013-07-01T10:15Z"]))
    assert schedule.departure_hour(departures).tolist() == [5.25, 6.25]


def test_hours_go_round_a_dial() -> None:
    hours = pd.Series([0.0, 6.0, 12.0, 18.0])
    assert schedule.departure_hour_sin(hours).tolist() == pytest.approx([0, 1, 0, -1], abs=1e-12)
    assert schedule.departure_hour_cos(hours).tolist() == pytest.approx([1, 0, -1, 0], abs=1e-12)


def test_weekday_is_new_yorks() -> None:
    # Tuesday 03:30 in UTC is Monday 22:30 in New York.
    departures = pd.Series(pd.to_datetime(["2013-01-08T03:30Z", "2013-01-08T12:00Z"]))
    assert schedule.departure_weekday(departures).tolist() == [0, 1]


def test_weekdays_go_round_a_dial() -> None:
    days = pd.Series(range(7))
    sin, cos = schedule.departure_weekday_sin(days), schedule.departure_weekday_cos(days)
    steps = np.hypot(sin - np.roll(sin, 1), cos - np.roll(cos, 1))
    assert (sin[0], cos[0]) == (0.0, 1.0)
    assert steps.tolist() == pytest.approx([2 * np.sin(np.pi / 7)] * 7)


def test_long_haul_starts_at_1500_miles() -> None:
    assert schedule.is_long_haul(pd.Series([1499.0, 1500.0])).tolist() == [False, True]


def test_zscore_is_in_sample_standard_deviations() -> None:
    distances = pd.Series([1.0, 2.0, 3.0])
    mean = schedule.distance_mean(distances)
    deviation = schedule.distance_standard_deviation(distances)
    assert (mean, deviation) == (2.0, 1.0)
    assert schedule.distance_zscore(distances, mean, deviation).tolist() == [-1.0, 0.0, 1.0]
