from __future__ import annotations

import math

import pandas as pd

from features import departures


def test_15_minutes_are_late() -> None:
    late = departures.departed_late(pd.Series([-2.0, 14.0, 15.0]))
    assert late.tolist() == [False, False, True]


def test_late_departure_rate_is_the_share_of_late_departures() -> None:
    assert departures.origin_late_departure_rate(pd.Series([True, True, False, False])) == 0.5
    assert math.isnan(departures.origin_late_departure_rate(pd.Series([], dtype="bool")))


def test_mean_departure_delay_counts_early_departures() -> None:
    assert departures.origin_mean_departure_delay(pd.Series([20.0, -5.0])) == 7.5
    assert math.isnan(departures.origin_mean_departure_delay(pd.Series([], dtype="float64")))
