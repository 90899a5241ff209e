"""What neither the stored values nor the request say alone.

A missing value on either side makes the result missing.
"""

from __future__ import annotations

import pandas as pd


def carrier_delay_trend(
    carrier_mean_arrival_delay_1d: pd.Series, carrier_mean_arrival_delay_30d: pd.Series
) -> pd.Series:
    """The carrier's mean arrival delay of the last day above that of 30 days, in minutes."""
    return carrier_mean_arrival_delay_1d - carrier_mean_arrival_delay_30d


def carrier_delay_trend_by_distance(
    carrier_delay_trend: pd.Series, distance_zscore: pd.Series
) -> pd.Series:
    """The carrier's trend times the distance's z-score: a long way gives time to catch up."""
    return carrier_delay_trend * distance_zscore


def origin_delay_by_hour(
    origin_mean_departure_delay_3h: pd.Series, departure_hour: pd.Series
) -> pd.Series:
    """The airport's delay of the last 3 hours, in minutes, times the part of the day gone by."""
    return origin_mean_departure_delay_3h * (departure_hour / 24.0)


def origin_delay_by_hour_and_wind(
    origin_delay_by_hour: pd.Series, origin_wind_speed: pd.Series
) -> pd.Series:
    """The airport's delay by the hour times its wind, in minutes times miles per hour."""
    return origin_delay_by_hour * origin_wind_speed


def plane_delay_over_carrier(
    plane_last_arrival_delay: pd.Series, carrier_mean_arrival_delay_1d: pd.Series
) -> pd.Series:
    """How much later than its carrier's last day the plane last landed, in minutes."""
    return plane_last_arrival_delay - carrier_mean_arrival_delay_1d


def plane_delay_over_carrier_per_1000_miles(
    plane_delay_over_carrier: pd.Series, distance: pd.Series
) -> pd.Series:
    """The plane's delay over its carrier's, in minutes per 1,000 miles: a long way absorbs it."""
    return plane_delay_over_carrier / (distance / 1000.0)
