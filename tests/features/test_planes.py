from __future__ import annotations

import math

import pandas as pd

from features import planes


def test_age_is_the_difference_of_calendar_years() -> None:
    times = pd.Series(
        pd.to_datetime(["2013-01-01T09:15Z", "2013-12-31T20:00Z", "2013-06-01T00:00Z"])
    )
    age = planes.plane_age_years(times, pd.Series([2004, 2013, None], dtype="Int64"))
    assert age.dtype == "float64"
    assert age[:2].tolist() == [9.0, 0.0]
    assert math.isnan(age[2])
