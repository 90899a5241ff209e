"""The plane itself. Requests name it; what the register says of it is looked up."""

from __future__ import annotations

import pandas as pd


def plane_age_years(event_timestamp: pd.Series, built_year: pd.Series) -> pd.Series:
    """Calendar years from the plane's building to the row's time."""
    return (event_timestamp.dt.year - built_year).astype("float64")
