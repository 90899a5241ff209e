"""Servers of one service that differ in one thing, loaded by turns: what that thing costs."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.flights_service import OTHERS_CORE, PREDICT, SERVERS_CORE, FlightsService
from benchmarks.in_process import InProcess
from benchmarks.machine import cpu_seconds, on_core
from benchmarks.measure import Contestant, Measured, race
from benchmarks.over_http import APP
from benchmarks.report import Figures
from benchmarks.server import Server, started, uvicorn
from benchmarks.setting import Setting, ask
from onedag.testing.redis import free_port

__all__ = ["CONNECTIONS", "Compared", "compared", "figures", "servers"]

CONNECTIONS = (1, 16)
SECONDS = {"full": (0.3, 1.5), "small": (0.2, 0.6), "tiny": (0.1, 0.2)}
"""Of warming up and of measuring."""


@dataclass
class Compared:
    """What the load found, round by round, by server and number of connections.

    Attributes:
        plain: the name of the server that the others are compared with.
        found: as `benchmarks.load` prints it, with the rate of answers a second, and the seconds of
            the processor that the server took for each; None where the system doesn't tell.
    """

    plain: str
    found: dict[tuple[str, int], list[dict[str, Any]]] = field(default_factory=dict)

    def ratio(self, name: str, connections: int, what: str) -> float | None:
        """The median over the rounds of a number over the plain server's; None if unknown."""
        ours, plain = self.found[name, connections], self.found[self.plain, connections]
        pairs = [(one[what], other[what]) for one, other in zip(ours, plain, strict=True)]
        known = [one / other for one, other in pairs if one is not None and other]
        return statistics.median(known) if known else None

    def median(self, name: str, connections: int, what: str) -> float:
        """The median over the rounds."""
        return statistics.median(one[what] for one in self.found[name, connections])

    def total(self, what: str) -> int:
        """The sum over all servers and rounds."""
        return sum(found[what] for rounds in self.found.values() for found in rounds)


@contextmanager
def servers(
    service: FlightsService, environments: Mapping[str, Mapping[str, str]]
) -> Iterator[dict[str, Server]]:
    """A server for each environment, each in a process of its own, all on the same core.

    Args:
        service: that is served.
        environments: by the server's name: what is added to that of the service.
    """
    first = {"rows": [service.rows[0]]}
    with ExitStack() as stack:
        running = {}
        for name, added in environments.items():
            environment = {**service.environment, **added}
            where = (free_port(), service.folder, environment, SERVERS_CORE)
            running[name] = stack.enter_context(started(uvicorn(*APP), *where))
        for server in running.values():
            server.wait_for(PREDICT, first)
        yield running


def compared(setting: Setting, service: FlightsService, running: Mapping[str, Server]) -> Compared:
    """Load each server in turn, in every round; the first is the plain one."""
    found = Compared(next(iter(running)), {(name, n): [] for n in CONNECTIONS for name in running})

    def load(key: tuple[str, int]) -> Measured:
        name, connections = key
        process = running[name].process.pid
        before = cpu_seconds(process)
        with on_core(OTHERS_CORE):
            answer = ask(
                Path(sys.executable),
                "-m",
                "benchmarks.load",
                running[name].port,
                PREDICT,
                service.bodies,
                connections,
                *SECONDS[setting.size],
            )
        answer["rate"] = answer["requests"] / answer["seconds"]
        answer["cpu"] = _each(before, cpu_seconds(process), answer["asked"])
        found.found[key].append(answer)
        return Measured(answer["p50"])

    contestants = [Contestant(str(key), partial(load, key)) for key in found.found]
    race(contestants, setting.rounds)
    return found


def _each(before: float | None, after: float | None, requests: int) -> float | None:
    return None if before is None or after is None else (after - before) / requests


def figures(over_http: Compared, in_process: Mapping[str, InProcess]) -> Figures:
    """Both as one table."""
    columns = (
        "",
        "asked",
        "predictions/s",
        "p50 ms",
        "p99 ms",
        "rate, times",
        "p50, times",
        "thread, times",
        "CPU, times",
    )
    rows = [
        (
            name,
            f"over HTTP, {number} connections",
            over_http.median(name, number, "rate"),
            over_http.median(name, number, "p50") * 1e3,
            over_http.median(name, number, "p99") * 1e3,
            over_http.ratio(name, number, "rate"),
            over_http.ratio(name, number, "p50"),
            None,
            over_http.ratio(name, number, "cpu"),
        )
        for name, number in over_http.found
    ]
    alternating = [
        (
            name,
            "in one process, alternating",
            None,
            found.p50_s * 1e3,
            found.p99_s * 1e3,
            None,
            found.latency_ratio,
            found.thread_ratio,
            found.cpu_ratio,
        )
        for name, found in in_process.items()
    ]
    return Figures(columns, (*rows, *alternating))
