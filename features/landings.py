"""How flights of late arrived: by carrier, by route, in the whole network, and by plane."""

from __future__ import annotations

import pandas as pd
from hamilton.function_modifiers import tag

from features.flights import carrier, landings, plane, route
from onedag import aggregate, latest


def landed_late(arr_delay: pd.Series) -> pd.Series:
    """Whether a flight arrived 15 or more minutes late."""
    return arr_delay >= 15


@tag(owner="airlines")
@aggregate(landings, by=carrier, over=["3h", "1d", "7d", "30d"])
def carrier_late_rate(landed_late: pd.Series) -> float:
    """Share of the carrier's landings in the window that were 15 or more minutes late."""
    return landed_late.mean()


@tag(owner="airlines")
@aggregate(landings, by=carrier, over=["3h", "1d", "7d", "30d"])
def carrier_mean_arrival_delay(arr_delay: pd.Series) -> float:
    """Mean arrival delay of the carrier's landings in the window, in minutes."""
    return arr_delay.mean()


@aggregate(landings, by=route, over=["3h", "1d", "7d", "30d"])
def route_late_rate(landed_late: pd.Series) -> float:
    """Share of the route's landings in the window that were 15 or more minutes late."""
    return landed_late.mean()


@aggregate(landings, by=route, over=["3h", "1d", "7d", "30d"])
def route_mean_arrival_delay(arr_delay: pd.Series) -> float:
    """Mean arrival delay of the route's landings in the window, in minutes."""
    return arr_delay.mean()


@aggregate(landings, by=None, over=["3h", "1d", "7d", "30d"])
def network_late_rate(landed_late: pd.Series) -> float:
    """Share of all landings in the window that were 15 or more minutes late."""
    return landed_late.mean()


@aggregate(landings, by=None, over=["3h", "1d", "7d", "30d"])
def network_mean_arrival_delay(arr_delay: pd.Series) -> float:
    """Mean arrival delay of all landings in the window, in minutes."""
    return arr_delay.mean()


@latest(landings, by=plane, max_age="2d")
def plane_last_arrival_delay(arr_delay: pd.Series) -> pd.Series:
    """Arrival delay of the plane's last known landing, in minutes, if it is 2 days old at most."""
    return arr_delay
