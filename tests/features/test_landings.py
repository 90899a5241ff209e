from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd
import pytest

from features import landings

RATES = [landings.carrier_late_rate, landings.route_late_rate, landings.network_late_rate]
MEANS = [
    landings.carrier_mean_arrival_delay,
    landings.route_mean_arrival_delay,
    landings.network_mean_arrival_delay,
]


def test_15_minutes_are_late() -> None:
    late = landings.landed_late(pd.Series([-5.0, 14.0, 15.0, 120.0]))
    assert late.tolist() == [False, False, True, True]
    assert late.dtype == bool


@pytest.mark.parametrize("rate", RATES)
def test_late_rate_is_the_share_of_late_landings(rate: Callable[[pd.Series], float]) -> None:
    assert rate(pd.Series([True, False, False, False])) == 0.25
    assert math.isnan(rate(pd.Series([], dtype="bool")))


@pytest.mark.parametrize("mean", MEANS)
def test_mean_arrival_delay_counts_early_landings(mean: Callable[[pd.Series], float]) -> None:
    assert mean(pd.Series([30.0, -10.0, 4.0])) == 8.0
    assert math.isnan(mean(pd.Series([], dtype="float64")))


def test_last_arrival_delay_is_the_delay_itself() -> None:
    delays = pd.Series([12.0, -3.0])
    assert landings.plane_last_arrival_delay(delays).tolist() == [12.0, -3.0]
