"""Requests to apps in this process by turns: what one of them costs more than another.

A busy machine disturbs both alike, so that one part in a hundred can be seen.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from fastapi import FastAPI
from starlette.types import Message

from benchmarks.flights_service import PREDICT, FlightsService
from benchmarks.load import percentile
from benchmarks.setting import Setting

__all__ = ["InProcess", "MakeApp", "measure"]

REQUESTS = {"full": 4000, "small": 1500, "tiny": 100}
BLOCKS = {"full": 20, "small": 12, "tiny": 2}
IN_A_BLOCK = 200
SETTLED_S = 0.15
"""After so long what runs beside the requests has had its turn; its work counts as the block's."""

MakeApp: TypeAlias = Callable[[], FastAPI]


@dataclass(frozen=True)
class InProcess:
    """What requests to an app cost.

    Attributes:
        p50_s: seconds, the median.
        p99_s: the 99th percentile.
        latency_ratio: the median over that of the requests to the plain app among which they were.
        thread_ratio: likewise of the processor's time of the thread that answers: what bounds the
            rate of a server, and what others who want the processor disturb least.
        cpu_ratio: the processor's time over the plain app's, with what runs beside the requests:
            the median of blocks.
    """

    p50_s: float
    p99_s: float
    latency_ratio: float
    thread_ratio: float
    cpu_ratio: float


def measure(
    setting: Setting, service: FlightsService, plain: MakeApp, others: Mapping[str, MakeApp]
) -> dict[str, InProcess]:
    """Each of the other apps against the plain one.

    Args:
        setting: how many requests.
        service: that is asked.
        plain: makes the app that all are compared with.
        others: by name.
    """
    bodies = service.bodies.read_bytes().splitlines()
    return asyncio.run(_measure(setting, plain, others, bodies))


async def _measure(
    setting: Setting, plain: MakeApp, others: Mapping[str, MakeApp], bodies: Sequence[bytes]
) -> dict[str, InProcess]:
    found = {}
    async with AsyncExitStack() as stack:
        without = await _started(stack, plain)
        for name, make in others.items():
            app = await _started(stack, make)
            plain_took, took = await _by_turns((without, app), bodies, REQUESTS[setting.size])
            blocks = [
                [await _cpu_s(each, bodies) for each in (without, app)]
                for _ in range(BLOCKS[setting.size])
            ]
            ordered = sorted(took.wall)
            found[name] = InProcess(
                percentile(ordered, 50),
                percentile(ordered, 99),
                statistics.median(took.wall) / statistics.median(plain_took.wall),
                statistics.median(took.thread) / statistics.median(plain_took.thread),
                statistics.median(other / plain for plain, other in blocks),
            )
    return found


async def _started(stack: AsyncExitStack, make: MakeApp) -> FastAPI:
    app = make()
    await stack.enter_async_context(app.router.lifespan_context(app))
    return app


@dataclass(frozen=True)
class _Took:
    """Seconds of each request: that have passed, and of this thread on the processor."""

    wall: list[float] = field(default_factory=list)
    thread: list[float] = field(default_factory=list)


async def _by_turns(apps: Sequence[FastAPI], bodies: Sequence[bytes], requests: int) -> list[_Took]:
    """What the requests to each app took."""
    found = [_Took() for _ in apps]
    for number in range(requests):
        turns = list(enumerate(apps))
        for place, app in turns if number % 2 else reversed(turns):
            start, busy = time.perf_counter(), time.thread_time()
            await _ask(app, bodies[number % len(bodies)])
            found[place].thread.append(time.thread_time() - busy)
            found[place].wall.append(time.perf_counter() - start)
    return found


async def _cpu_s(app: FastAPI, bodies: Sequence[bytes]) -> float:
    """The processor's time of a block of requests, in all threads of this process."""
    start = time.process_time()
    for number in range(IN_A_BLOCK):
        await _ask(app, bodies[number % len(bodies)])
    await asyncio.sleep(SETTLED_S)
    return time.process_time() - start


async def _ask(app: FastAPI, body: bytes) -> None:
    """One request.

    Raises:
        RuntimeError: it isn't answered with a prediction.
    """
    status: list[Any] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        status.append(message.get("status"))

    length = str(len(body)).encode()
    headers = [(b"host", b"bench"), (b"content-type", b"application/json"), (b"accept", b"*/*")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": PREDICT,
        "query_string": b"",
        "headers": [*headers, (b"content-length", length)],
        "app": app,
    }
    await app(scope, receive, send)
    if status[0] != 200:
        raise RuntimeError(f"A request was answered with status {status[0]}.")
