from __future__ import annotations

import math

import pandas as pd

from features import interactions

NAN = float("nan")


def test_trend_by_distance_is_two_steps_deep() -> None:
    trend = interactions.carrier_delay_trend(pd.Series([12.0, NAN]), pd.Series([5.0, 5.0]))
    assert trend[0] == 7.0
    by_distance = interactions.carrier_delay_trend_by_distance(trend, pd.Series([-2.0, 1.0]))
    assert by_distance[0] == -14.0
    assert math.isnan(by_distance[1])


def test_delay_by_hour_and_wind_is_two_steps_deep() -> None:
    by_hour = interactions.origin_delay_by_hour(pd.Series([20.0, 20.0]), pd.Series([6.0, 18.0]))
    assert by_hour.tolist() == [5.0, 15.0]
    with_wind = interactions.origin_delay_by_hour_and_wind(by_hour, pd.Series([10.0, NAN]))
    assert with_wind[0] == 50.0
    assert math.isnan(with_wind[1])


def test_plane_over_carrier_per_1000_miles_is_two_steps_deep() -> None:
    over = interactions.plane_delay_over_carrier(pd.Series([30.0, NAN]), pd.Series([10.0, 10.0]))
    assert over[0] == 20.0
    distances = pd.Series([500.0, 2000.0])
    per_1000_miles = interactions.plane_delay_over_carrier_per_1000_miles(over, distances)
    assert per_1000_miles[0] == 40.0
    assert math.isnan(per_1000_miles[1])
