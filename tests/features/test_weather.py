from __future__ import annotations

import pandas as pd
import pytest

from features import weather


def test_temperature_is_in_celsius() -> None:
    celsius = weather.origin_temperature(pd.Series([32.0, 212.0, 50.0]))
    assert celsius.tolist() == pytest.approx([0.0, 100.0, 10.0])


def test_impossible_wind_is_missing() -> None:
    wind = weather.origin_wind_speed(pd.Series([0.0, 150.0, 1048.36058]))
    assert wind[:2].tolist() == [0.0, 150.0]
    assert wind.isna().tolist() == [False, False, True]


def test_visibility_and_precipitation_are_as_observed() -> None:
    readings = pd.Series([10.0, 0.25])
    assert weather.origin_visibility(readings).tolist() == [10.0, 0.25]
    assert weather.origin_precipitation(readings).tolist() == [10.0, 0.25]
