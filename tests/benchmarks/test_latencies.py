"""Timing single requests: how many, how long, and what is made of it."""

from __future__ import annotations

import asyncio
import time

import pytest

from benchmarks.latencies import Latencies
from benchmarks.peers.timed import WARM_UP, timed, timed_async


def test_requests_are_asked_round_and_round_after_a_warm_up() -> None:
    asked: list[int] = []
    taken = timed(asked.append, [1, 2, 3], least=5, seconds=0.0)
    assert len(taken) == 5
    assert asked == [1, 2, 3, 1, 2, 3, 1, 2]


def test_a_fast_contestant_is_asked_for_the_whole_time() -> None:
    start = time.perf_counter()
    taken = timed(lambda request: None, [1], least=1, seconds=0.05)
    assert time.perf_counter() - start >= 0.05
    assert len(taken) > 1


def test_a_request_is_awaited() -> None:
    asked: list[int] = []

    async def ask(request: int) -> None:
        await asyncio.sleep(0.002)
        asked.append(request)

    taken = asyncio.run(timed_async(ask, list(range(10)), least=3, seconds=0.0))
    assert asked == [*range(WARM_UP), 0, 1, 2]
    assert len(taken) == 3
    assert min(taken) >= 0.001


def test_the_median_is_that_of_the_rounds_and_the_percentile_that_of_all_requests() -> None:
    latencies = Latencies()
    for taken in ([1.0, 1.0, 9.0], [2.0, 2.0, 2.0, 2.0, 2.0], [3.0]):
        latencies.add(taken)
    assert latencies.median == 2.0
    assert latencies.p99 == pytest.approx(9.0, abs=0.6)


def test_a_round_is_measured_by_its_median() -> None:
    measured = Latencies().add([1.0, 5.0, 2.0], "answer")
    assert (measured.seconds, measured.answer) == (2.0, "answer")
