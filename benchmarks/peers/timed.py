"""The loop that every contestant of single requests is timed with, in whichever environment."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import cycle
from typing import Any

__all__ = ["timed", "timed_async"]

WARM_UP = 5


def timed(
    ask: Callable[[Any], object], requests: Sequence[Any], least: int, seconds: float
) -> list[float]:
    """The seconds of each request, asked one after the other, round and round.

    Args:
        ask: answers a request.
        requests: what is asked.
        least: at least so many are timed.
        seconds: and at least for so long.
    """
    clock = time.perf_counter
    for request in requests[:WARM_UP]:
        ask(request)
    taken: list[float] = []
    end = clock() + seconds
    for request in cycle(requests):
        start = clock()
        ask(request)
        stop = clock()
        taken.append(stop - start)
        if stop >= end and len(taken) >= least:
            break
    return taken


async def timed_async(
    ask: Callable[[Any], Awaitable[object]], requests: Sequence[Any], least: int, seconds: float
) -> list[float]:
    """As `timed`, in one event loop."""
    clock = time.perf_counter
    for request in requests[:WARM_UP]:
        await ask(request)
    taken: list[float] = []
    end = clock() + seconds
    for request in cycle(requests):
        start = clock()
        await ask(request)
        stop = clock()
        taken.append(stop - start)
        if stop >= end and len(taken) >= least:
            break
    return taken
