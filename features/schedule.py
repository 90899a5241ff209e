"""What the timetable says: the hour and weekday in New York, and how far the flight goes."""

from __future__ import annotations

import numpy as np
import pandas as pd


def departure_hour(scheduled_departure: pd.Series) -> pd.Series:
    """Scheduled hour of departure on New York's clocks, with its fraction: 0.0 to under 24.0."""
    local = scheduled_departure.dt.tz_convert("America/New_York")
    return local.dt.hour + local.dt.minute / 60.0


def departure_hour_sin(departure_hour: pd.Series) -> pd.Series:
    """Sine of the hour's angle on a 24-hour dial, so that 23:59 is next to 00:00."""
    return np.sin(departure_hour * (2.0 * np.pi / 24.0))


def departure_hour_cos(departure_hour: pd.Series) -> pd.Series:
    """Cosine of the hour's angle on a 24-hour dial."""
    return np.cos(departure_hour * (2.0 * np.pi / 24.0))


def departure_weekday(scheduled_departure: pd.Series) -> pd.Series:
    """Weekday of departure in New York: 0 for Monday to 6 for Sunday."""
    return scheduled_departure.dt.tz_convert("America/New_York").dt.day_of_week


def departure_weekday_sin(departure_weekday: pd.Series) -> pd.Series:
    """Sine of the weekday's angle on a 7-day dial, so that Sunday is next to Monday."""
    return np.sin(departure_weekday * (2.0 * np.pi / 7.0))


def departure_weekday_cos(departure_weekday: pd.Series) -> pd.Series:
    """Cosine of the weekday's angle on a 7-day dial."""
    return np.cos(departure_weekday * (2.0 * np.pi / 7.0))


def is_long_haul(distance: pd.Series) -> pd.Series:
    """Whether the flight goes 1,500 miles or further."""
    return distance >= 1500.0


def distance_mean(distance: pd.Series) -> float:
    """Mean distance of the training rows, in miles."""
    return distance.mean()


def distance_standard_deviation(distance: pd.Series) -> float:
    """Sample standard deviation of the training rows' distances, in miles."""
    return distance.std()


def distance_zscore(
    distance: pd.Series, distance_mean: float, distance_standard_deviation: float
) -> pd.Series:
    """Distance in standard deviations above the training rows' mean."""
    return (distance - distance_mean) / distance_standard_deviation
