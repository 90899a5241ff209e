"""What logging a sample of the answers costs requests: servers without, with 1 % and with all.

Latencies say what a client sees; the processor's time, which a busy machine disturbs less, says
what it costs, the log's own thread included.
"""

from __future__ import annotations

import math
import os
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
from benchmarks.server import Server, started, uvicorn
from benchmarks.setting import Setting, ask
from drivers.served.folder import log_files
from drivers.served.reading import read_served
from onedag.testing.redis import free_port

__all__ = ["run"]

WITHOUT = "no log"
SAMPLES = {WITHOUT: None, "1 % logged": "0.01", "all logged": "1"}
ALL = "all logged"
CONNECTIONS = (1, 16)
SECONDS = {"full": (0.0, 1.5), "small": (0.0, 1.0), "tiny": (0.0, 0.2)}
"""Of warming up, which would count as processor's time, and of measuring."""
ROUNDS = {"full": 5, "small": 3, "tiny": 1}
"""Times as many rounds as were asked for: what is looked for is small."""


@dataclass
class _Raced:
    """What the load found, round by round, by contestant and number of connections."""

    found: dict[tuple[str, int], list[dict[str, Any]]] = field(default_factory=dict)

    def ratio(self, name: str, connections: int, what: str) -> float | None:
        """The median over the rounds of a number over that of the server without a log."""
        if what not in self.found[name, connections][0]:
            return None
        pairs = zip(self.found[name, connections], self.found[WITHOUT, connections], strict=True)
        return statistics.median(one[what] / other[what] for one, other in pairs)

    def median(self, name: str, connections: int, what: str) -> float:
        """The median over the rounds; NaN for what the system doesn't tell."""
        return statistics.median(one.get(what, math.nan) for one in self.found[name, connections])


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
    answered = sum(f["requests"] for n in CONNECTIONS for f in raced.found[ALL, n])
    everything = [found for each in raced.found.values() for found in each]
    return Report(
        name="log",
        title="predictions over HTTP while answers are logged, one worker on one core",
        size={"requests": sum(found["requests"] for found in everything)},
        figures=_figures(raced),
        targets=tuple(
            Target(f"times the {what} without a log, 1 % logged, {number} connections",
                   raced.ratio("1 % logged", number, key), 1.03)
            for what, key in (("latency", "p50"), ("processor's time", "cpu"))
            for number in CONNECTIONS
        ),
        checks=(
            Check("requests that weren't answered with a prediction",
                  sum(found["failed"] for found in everything),
                  sum(found["requests"] for found in everything)),
            Check("answers that the log of all lacks", max(0, answered - logged), answered),
        ),
        notes=(f"The log of all: {logged:,} rows, {size / max(logged, 1):.0f} bytes each, in "
               f"{len(files)} files.",),
    )  # fmt: skip


@contextmanager
def _servers(service: FlightsService, logs: Mapping[str, Path]) -> Iterator[dict[str, Server]]:
    first = {"rows": [service.rows[0]]}
    with ExitStack() as stack:
        servers = {}
        for name, sample in SAMPLES.items():
            environment = dict(service.environment)
            if sample is not None:
                environment |= {"ONEDAG_LOG": str(logs[name]), "ONEDAG_LOG_SAMPLE": sample}
            where = (free_port(), service.folder, environment, SERVERS_CORE)
            servers[name] = stack.enter_context(started(uvicorn(*APP), *where))
        for server in servers.values():
            server.wait_for(PREDICT, first)
        yield servers


def _raced(setting: Setting, service: FlightsService, servers: Mapping[str, Server]) -> _Raced:
    raced = _Raced({(name, number): [] for number in CONNECTIONS for name in servers})

    def load(key: tuple[str, int]) -> Measured:
        name, connections = key
        before = _cpu_s(servers[name])
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
        if before is not None:
            found["cpu"] = (_cpu_s(servers[name]) - before) / found["requests"]
        raced.found[key].append(found)
        return Measured(found["p50"])

    contestants = [Contestant(str(key), partial(load, key)) for key in raced.found]
    race(contestants, setting.rounds * ROUNDS[setting.size])
    return raced


def _cpu_s(server: Server) -> float | None:
    """What the processor has spent on a server; None where the system doesn't say."""
    state = Path(f"/proc/{server.process.pid}/stat")
    if not state.exists():
        return None
    user, system = state.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _figures(raced: _Raced) -> Figures:
    columns = ("server", "connections", "predictions/s", "p50 ms", "p99 ms", "CPU µs")
    ratios = ("p50, times no log's", "p99, times", "CPU, times")
    return Figures(
        (*columns, *ratios),
        tuple(
            (
                name,
                float(number),
                raced.median(name, number, "rate"),
                raced.median(name, number, "p50") * 1e3,
                raced.median(name, number, "p99") * 1e3,
                raced.median(name, number, "cpu") * 1e6,
                raced.ratio(name, number, "p50"),
                raced.ratio(name, number, "p99"),
                raced.ratio(name, number, "cpu"),
            )
            for name, number in raced.found
        ),
    )
