"""How flights of late left each airport: queues on the ground show here first."""

from __future__ import annotations

import pandas as pd
from hamilton.function_modifiers import tag

from features.flights import departures, origin_airport
from onedag import aggregate


def departed_late(dep_delay: pd.Series) -> pd.Series:
    """Whether a flight left 15 or more minutes late."""
    return dep_delay >= 15


@tag(owner="airports")
@aggregate(departures, by=origin_airport, over=["3h", "1d", "7d", "30d"])
def origin_late_departure_rate(departed_late: pd.Series) -> float:
    """Share of the airport's departures in the window that left 15 or more minutes late."""
    return departed_late.mean()


@tag(owner="airports")
@aggregate(departures, by=origin_airport, over=["3h", "1d", "7d", "30d"])
def origin_mean_departure_delay(dep_delay: pd.Series) -> float:
    """Mean departure delay of the airport's departures in the window, in minutes."""
    return dep_delay.mean()
