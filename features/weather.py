"""The weather where the flight starts: the newest known hour, if it began 3 hours ago at most."""

from __future__ import annotations

import pandas as pd

from features.flights import origin_airport, weather
from onedag import latest


@latest(weather, by=origin_airport, max_age="3h")
def origin_temperature(temp: pd.Series) -> pd.Series:
    """Temperature at the origin, in degrees Celsius."""
    return (temp - 32.0) / 1.8


@latest(weather, by=origin_airport, max_age="3h")
def origin_wind_speed(wind_speed: pd.Series) -> pd.Series:
    """Wind speed at the origin, in miles per hour; missing where a faulty sensor says over 150."""
    return wind_speed.where(wind_speed <= 150.0)


@latest(weather, by=origin_airport, max_age="3h")
def origin_visibility(visib: pd.Series) -> pd.Series:
    """Visibility at the origin, in miles, 10 for anything further."""
    return visib


@latest(weather, by=origin_airport, max_age="3h")
def origin_precipitation(precip: pd.Series) -> pd.Series:
    """Rain or melted snow at the origin within the hour, in inches."""
    return precip
