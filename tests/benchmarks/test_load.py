"""The load on a server: what counts as an answer, and what as a failure."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

import pytest

from benchmarks.load import Tally, load, percentile

GOOD = b'HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n{"predictions":[0.5]}'

Handler: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def loaded(handler: Handler, connections: int = 2, seconds: float = 0.1) -> Tally:
    """What a load finds at a server that handles each connection so."""

    handled: list[asyncio.Task[None]] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handled.append(asyncio.current_task())  # type: ignore[arg-type]
        with suppress(OSError):
            await handler(reader, writer)
            writer.close()
            await writer.wait_closed()

    async def run() -> Tally:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            found = await load(port, [b"first\n", b"second\n"], connections, (0.0, seconds))
            await asyncio.wait(handled)
        return found

    return asyncio.run(run())


def answering(*pieces: bytes) -> Handler:
    """Answers each line with pieces that are sent one after the other."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.001)

    return handle


def test_answers_are_counted_and_the_first_ones_kept() -> None:
    tally = loaded(answering(GOOD))
    found = tally.to_dict()
    assert found["failed"] == 0
    assert found["requests"] > 2
    assert 0.001 <= found["p50"] <= found["p99"]
    assert found["answers"] == dict.fromkeys((0, 1), '{"predictions":[0.5]}')


def test_an_answer_may_come_in_pieces() -> None:
    tally = loaded(answering(GOOD[:10], GOOD[10:40], GOOD[40:50], GOOD[50:]))
    assert tally.failed == 0
    assert tally.answers[0] == '{"predictions":[0.5]}'


@pytest.mark.parametrize(
    "answer",
    [
        GOOD.replace(b"200 OK", b"503 No"),
        GOOD.replace(b"predictions", b"preductions"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_another_answer_is_a_failure_and_no_latency(answer: bytes) -> None:
    tally = loaded(answering(answer))
    assert tally.failed == tally.asked > 0
    assert tally.seconds == []
    assert math.isnan(tally.to_dict()["p50"])


def test_a_server_that_hangs_up_has_failed() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()

    tally = loaded(hang_up, connections=3)
    assert tally.failed == 3
    assert "hung up" in tally.failure


def test_a_slow_server_has_the_time_to_answer_each_connection_once() -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            await asyncio.sleep(0.03)
            writer.write(GOOD)

    found = loaded(slow, connections=3, seconds=0.001).to_dict()
    assert (found["requests"], found["failed"]) == (3, 0)
    assert found["seconds"] >= 0.03


def test_what_comes_before_the_start_is_the_warm_up() -> None:
    tally = Tally([b""], start=math.inf, end=math.inf, least=1)
    tally.answered(0, 0.0, b"HTTP/1.1 200 OK", b'{"predictions":[0.5]}')
    assert (tally.seconds, tally.failed) == ([], 0)


@pytest.mark.parametrize(
    ("percent", "value"), [(50, 2.0), (99, 4.0), (100, 4.0), (25, 1.0), (1, 1.0)]
)
def test_percentiles(percent: float, value: float) -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0], percent) == value
