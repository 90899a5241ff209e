"""Load on a server, from a process of its own: connections that ask again once they are answered.

    python -m benchmarks.load PORT PATH BODIES CONNECTIONS WARM_UP SECONDS

BODIES is a file with a JSON body in each line. Prints JSON: how many requests were answered in the
seconds after the warm-up, and how many were asked in all; the median and the 99th percentile of
their latencies, how many failed, and the first answers to the first bodies. A slow server has more
seconds, until each connection could be answered once. Nothing but the standard library, so that it
is quick.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

__all__ = ["Connection", "Tally", "percentile"]

KEPT = 50
"""The answers to so many of the first bodies are given back."""
PATIENCE_SECONDS = 30
WANTED = b'"predictions"'


class Tally:
    """What came back, and what is asked next.

    Args:
        requests: whole HTTP requests, asked round and round.
        start: answers count from here on.
        end: and to here; both on the clock of `time.perf_counter`.
        least: answers that are waited for even beyond the end.
    """

    def __init__(self, requests: Sequence[bytes], start: float, end: float, least: int) -> None:
        self.requests = requests
        self.start = start
        self.end = end
        self.least = least
        self.asked = 0
        self._last = start
        self.failed = 0
        self.failure = ""
        self.seconds: list[float] = []
        self.answers: dict[int, str] = {}

    def next(self) -> int:
        """The number of the next request."""
        self.asked += 1
        return (self.asked - 1) % len(self.requests)

    def is_over(self, now: float) -> bool:
        """Whether nothing is asked or counted any more."""
        return now >= self.end and len(self.seconds) + self.failed >= self.least

    def fail(self, what: str) -> None:
        """Count a request that wasn't answered as it should be."""
        self.failed += 1
        self.failure = self.failure or what

    def answered(self, number: int, since: float, head: bytes, body: bytes) -> None:
        """Count an answer."""
        now = time.perf_counter()
        if not head.startswith(b"HTTP/1.1 200") or WANTED not in body:
            self.fail(f"{head[:40]!r} {body[:200]!r}")
        elif now >= self.start and not self.is_over(now):
            self.seconds.append(now - since)
            self._last = now
        if number < KEPT and number not in self.answers:
            self.answers[number] = body.decode()

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        taken = sorted(self.seconds)
        return {
            "requests": len(taken),
            "asked": self.asked,
            "seconds": max(self.end, self._last) - self.start,
            "p50": percentile(taken, 50),
            "p99": percentile(taken, 99),
            "failed": self.failed,
            "failure": self.failure,
            "answers": self.answers,
        }


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The value that so many percent of ordered values are at most; NaN of none."""
    if not ordered:
        return float("nan")
    return ordered[max(0, -int(-len(ordered) * percent // 100) - 1)]


class Connection(asyncio.Protocol):
    """One connection that is kept: one request at a time, until the tally's end."""

    def __init__(self, tally: Tally, done: asyncio.Future[None]) -> None:
        self._tally = tally
        self._done = done
        self._received = b""
        self._number = 0
        self._since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask the first request."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._number = self._tally.next()
        self._since = time.perf_counter()
        self._transport.write(self._tally.requests[self._number])

    def data_received(self, data: bytes) -> None:
        """Ask the next request once the answer is there as a whole."""
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0 or len(self._received) < end + 4 + (length := _length(self._received[:end])):
            return
        head, body = self._received[:end], self._received[end + 4 : end + 4 + length]
        self._received = b""
        self._tally.answered(self._number, self._since, head, body)
        if self._tally.is_over(time.perf_counter()):
            self._finish()
        else:
            self._ask()

    def _finish(self) -> None:
        if not self._done.done():
            self._done.set_result(None)
        self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """A server that hangs up has failed a request."""
        if not self._done.done():
            self._tally.fail(f"The server hung up: {error}")
            self._done.set_result(None)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def _request(path: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def load(
    port: int, requests: Sequence[bytes], connections: int, times: Sequence[float]
) -> Tally:
    """Ask through so many connections; ``times`` are the seconds of warm-up and of measuring."""
    warm_up, seconds = times
    loop = asyncio.get_running_loop()
    start = time.perf_counter() + warm_up
    tally = Tally(requests, start, start + seconds, connections)
    ends = [loop.create_future() for _ in range(connections)]
    for end in ends:
        await loop.create_connection(partial(Connection, tally, end), "127.0.0.1", port)
    await asyncio.wait(ends, timeout=warm_up + seconds + PATIENCE_SECONDS)
    for end in ends:
        if not end.done():
            tally.fail("No answer came in time.")
    return tally


def main(arguments: Sequence[str]) -> None:
    """Load a server, and print what was found."""
    port, path, bodies, connections, warm_up, seconds = arguments
    requests = [_request(path, line) for line in Path(bodies).read_bytes().splitlines()]
    times = (float(warm_up), float(seconds))
    print(json.dumps(asyncio.run(load(int(port), requests, int(connections), times)).to_dict()))


if __name__ == "__main__":
    main(sys.argv[1:])
