"""The distance from history, of numbers that float64 can hold and whose squares it can't."""

from __future__ import annotations

import math

import numpy as np

from drivers.served.distance import Spread
from drivers.served.report import ServiceReplay
from tests.drivers.served.world import NOON, World


def test_the_deviation_of_parts_is_that_of_the_whole() -> None:
    numbers = np.array([1.0, 5.0, math.nan, -3.0, math.inf, 8.5])
    spread = Spread()
    for part in (numbers[:2], numbers[2:3], numbers[3:]):
        spread.add(part)
    assert math.isclose(spread.deviation, np.std([1.0, 5.0, -3.0, 8.5]))


def test_a_deviation_beyond_float64_is_none() -> None:
    spread = Spread()
    spread.add(np.array([1e300, -1e300]))
    assert math.isnan(spread.deviation)


def test_huge_numbers_are_replayed(world: World) -> None:
    world.serve([{"customer_id": 1, "basket": 1e300}, {"customer_id": 1, "basket": -1.7e308}])
    body = "return basket - basket_mean"
    found: ServiceReplay = world.replay(world.edited((body, "return -basket")))
    distances = {each.name: each.distance for each in found.features}
    assert math.isnan(distances["basket_over_mean"])
    assert distances["spent_7d"] == 0.0
    assert found.skew.starts == (NOON,)
