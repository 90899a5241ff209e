"""What logging a sample of the answers costs requests: without a log, with 1 % and with all.

Over HTTP, each server in a process of its own, as a client sees it. And in one process, where
requests with and without a log alternate one by one: a busy machine disturbs both alike, so that
one part in a hundred can be seen.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.flights_service import (
    OTHERS_CORE,
    PREDICT,
    SERVERS_CORE,
    FlightsService,
    flights_service,
)
from benchmarks.machine import on_core
from benchmarks.measure import Contestant, Measured, race
from benchmarks.over_http import APP
from benchmarks.report import Check, Figures, Report, Target
from benchmarks.served_in_process import InProcess, measure
from benchmarks.server import Server, started, uvicorn
from benchmarks.setting import Setting, ask
from drivers.served.folder import log_files
from drivers.served.reading import read_served
from onedag.testing.redis import free_port

__all__ = ["run"]

WITHOUT = "no log"
SAMPLES = {WITHOUT: None, "1 % logged": 0.01, "all logged": 1.0}
ALL = "all logged"
CONNECTIONS = (1, 16)
SECONDS = {"full": (0.3, 1.5), "small": (0.2, 0.6), "tiny": (0.1, 0.2)}
"""Of warming up and of measuring."""


@dataclass
class _Raced:
    """What the load found, round by round, by contestant and number of connections."""

    found: dict[tuple[str, int], list[dict[str, Any]]] = field(default_factory=dict)

    def ratio(self, name: str, connections: int, what: str) -> float:
        """The median over the rounds of a number over that of the server without a log."""
        pairs = zip(self.found[name, connections], self.found[WITHOUT, connections], strict=True)
        return statistics.median(one[what] / other[what] for one, other in pairs)

    def median(self, name: str, connections: int, what: str) -> float:
        """The median over the rounds."""
        return statistics.median(one[what] for one in self.found[name, connections])


def run(setting: Setting) -> Report:
    """Run the benchmark, with servers of its own that take turns."""
    with flights_service(setting) as service:
        logs = {name: service.folder / f"log-{place}" for place, name in enumerate(SAMPLES)}
        with _servers(service, logs) as servers:
            raced = _raced(setting, service, servers)
            servers[ALL].interrupt()  # it writes what isn't in a file yet
        logged = sum(rows.table.num_rows for rows in read_served(logs[ALL], columns=[]))
        files = log_files(logs[ALL])
        size = sum(file.path.stat().st_size for file in files)
        samples = {name: sample for name, sample in SAMPLES.items() if sample is not None}
        alternating = measure(setting, service, samples)
    answered = sum(f["requests"] for n in CONNECTIONS for f in raced.found[ALL, n])
    everything = [found for each in raced.found.values() for found in each]
    requests = sum(found["requests"] for found in everything)
    failed = sum(found["failed"] for found in everything)
    cost = alternating["1 % logged"]
    return Report(
        name="log",
        title="predictions while answers are logged, one flight a request",
        size={"requests": requests},
        figures=_figures(raced, alternating),
        targets=(
            Target("times the latency without a log, 1 % logged", cost.latency_ratio, 1.03),
            Target("times the processor's time, 1 % logged", cost.cpu_ratio, 1.03),
        ),
        checks=(
            Check("requests that weren't answered with a prediction", failed, requests),
            Check("answers that the log of all lacks", max(0, answered - logged), answered),
        ),
        notes=(
            f"The log of all has {logged:,} rows of {size / max(logged, 1):.0f} bytes in "
            f"{len(files)} files.",
        ),
    )


@contextmanager
def _servers(service: FlightsService, logs: Mapping[str, Path]) -> Iterator[dict[str, Server]]:
    first = {"rows": [service.rows[0]]}
    with ExitStack() as stack:
        servers = {}
        for name, sample in SAMPLES.items():
            environment = dict(service.environment)
            if sample is not None:
                environment |= {"ONEDAG_LOG": str(logs[name]), "ONEDAG_LOG_SAMPLE": str(sample)}
            where = (free_port(), service.folder, environment, SERVERS_CORE)
            servers[name] = stack.enter_context(started(uvicorn(*APP), *where))
        for server in servers.values():
            server.wait_for(PREDICT, first)
        yield servers


def _raced(setting: Setting, service: FlightsService, servers: Mapping[str, Server]) -> _Raced:
    raced = _Raced({(name, number): [] for number in CONNECTIONS for name in servers})

    def load(key: tuple[str, int]) -> Measured:
        name, connections = key
        with on_core(OTHERS_CORE):
            found = ask(
                Path(sys.executable),
                "-m",
                "benchmarks.load",
                servers[name].port,
                PREDICT,
                service.bodies,
                connections,
                *SECONDS[setting.size],
            )
        found["rate"] = found["requests"] / found["seconds"]
        raced.found[key].append(found)
        return Measured(found["p50"])

    contestants = [Contestant(str(key), partial(load, key)) for key in raced.found]
    race(contestants, setting.rounds)
    return raced


def _figures(raced: _Raced, alternating: Mapping[str, InProcess]) -> Figures:
    columns = (
        "",
        "asked",
        "predictions/s",
        "p50 ms",
        "p99 ms",
        "p50, times no log's",
        "CPU, times",
    )
    over_http = [
        (
            name,
            f"over HTTP, {number} connections",
            raced.median(name, number, "rate"),
            raced.median(name, number, "p50") * 1e3,
            raced.median(name, number, "p99") * 1e3,
            raced.ratio(name, number, "p50"),
            None,
        )
        for name, number in raced.found
    ]
    in_process = [
        (
            name,
            "in one process, alternating",
            None,
            found.p50_s * 1e3,
            found.p99_s * 1e3,
            found.latency_ratio,
            found.cpu_ratio,
        )
        for name, found in alternating.items()
    ]
    return Figures(columns, (*over_http, *in_process))
