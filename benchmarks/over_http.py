"""Predictions for flights over HTTP, one worker on one core, against a bare FastAPI app."""

from __future__ import annotations

import json
import os
import statistics
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from redis import Redis

from benchmarks.flights import SERVICE
from benchmarks.flights_service import (
    OTHERS_CORE,
    PREDICT,
    SERVERS_CORE,
    FlightsService,
    flights_service,
)
from benchmarks.latency_plot import draw
from benchmarks.load import KEPT
from benchmarks.machine import cores, on_core
from benchmarks.measure import Contestant, Measured, race
from benchmarks.peers.bare_fastapi import KEY
from benchmarks.profiling import written
from benchmarks.report import Check, Figures, Report, Target
from benchmarks.server import Server, started, uvicorn
from benchmarks.setting import Setting, ask
from drivers import OnlineDriver
from drivers.model_contract import model_file, models_folder
from onedag.testing.redis import free_port

__all__ = ["run"]

CONNECTIONS = {
    "full": (1, 2, 4, 8, 16, 32, 64),
    "small": (1, 4, 16, 64),
    "tiny": (1, 16, 64),
}
SECONDS = {"full": (0.5, 2.0), "small": (0.3, 1.0), "tiny": (0.1, 0.2)}
"""Of warming up and of measuring."""

ONEDAG = "onedag"
ALONE = "onedag, without coalescing"
BARE = "bare FastAPI, one Redis GET"

APP = ("online_api.app:app_from_environment", "--factory")
BARE_APP = ("benchmarks.peers.bare_fastapi:app",)
PATHS = {ONEDAG: PREDICT, ALONE: PREDICT, BARE: "/predict"}

TOLERANCE = 1e-6
"""Of a probability: a batch of several rows may be added up in another order than one row."""


@dataclass(frozen=True)
class _Point:
    """What a server did under the load of some connections: medians of the rounds.

    Attributes:
        rate: predictions a second.
        p50_ms: the median latency; None if nothing was answered.
        p99_ms: the 99th percentile, likewise.
    """

    rate: float
    p50_ms: float | None
    p99_ms: float | None


def run(setting: Setting) -> Report:
    """Run the benchmark, with servers of its own. Draws ``latency.png``."""
    numbers = CONNECTIONS[setting.size]
    with flights_service(setting) as service:
        expected = _expected(service)
        with _servers(service) as servers:
            rounds = _raced(setting, service, servers)
        points = {key: _median(found) for key, found in rounds.items()}
        targets = _targets(points)
        notes = list(_notes())
        if setting.profiles is not None and not all(target.reached for target in targets):
            notes.append(_profile(service, setting.profiles))
    setting.plots.mkdir(parents=True, exist_ok=True)
    curves = {
        name: [(p.rate, p.p50_ms, p.p99_ms) for p in (points[name, n] for n in numbers)]
        for name in PATHS
    }
    draw(setting.plots / "latency.png", numbers, curves)
    return Report(
        name="http",
        title="one flight a request, 50 features and the model, one worker on one core",
        size={"requests": sum(r["requests"] for found in rounds.values() for r in found)},
        figures=_figures(points),
        targets=targets,
        checks=tuple(_checks(rounds, expected)),
        notes=tuple(notes),
    )


@contextmanager
def _servers(service: FlightsService) -> Iterator[dict[str, Server]]:
    """All three, started together: who isn't asked needs nothing."""
    first = {"rows": [service.rows[0]]}
    with Redis.from_url(service.project.store) as redis:
        carriers = {row["carrier"] for row in service.rows}
        redis.mset({KEY.format(carrier): "0.25" for carrier in carriers})
    environments = {
        ONEDAG: (APP, service.environment),
        ALONE: (APP, {**service.environment, "ONEDAG_COALESCE": "false"}),
        BARE: (BARE_APP, {"BARE_REDIS": service.project.store}),
    }
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(
                started(uvicorn(*app), free_port(), service.folder, environment, SERVERS_CORE)
            )
            for name, (app, environment) in environments.items()
        }
        for name, server in servers.items():
            server.wait_for(PATHS[name], first)
        yield servers


def _raced(
    setting: Setting, service: FlightsService, servers: Mapping[str, Server]
) -> dict[tuple[str, int], list[dict[str, Any]]]:
    """For each server and number of connections what the load found, round by round."""
    rounds: dict[tuple[str, int], list[dict[str, Any]]] = {
        (name, number): [] for number in CONNECTIONS[setting.size] for name in servers
    }

    def load(key: tuple[str, int]) -> Measured:
        name, number = key
        found = _load(setting, service, servers[name].port, PATHS[name], number)
        rounds[key].append(found)
        return Measured(found["p50"])

    race([Contestant(str(key), partial(load, key)) for key in rounds], setting.rounds)
    return rounds


def _load(
    setting: Setting, service: FlightsService, port: int, path: str, connections: int
) -> dict[str, Any]:
    with on_core(OTHERS_CORE):
        arguments = (port, path, service.bodies, connections, *SECONDS[setting.size])
        return ask(Path(sys.executable), "-m", "benchmarks.load", *arguments)


def _median(rounds: list[dict[str, Any]]) -> _Point:
    answered = [found for found in rounds if found["requests"]]
    if not answered:
        return _Point(0.0, None, None)
    return _Point(
        statistics.median(found["requests"] / found["seconds"] for found in rounds),
        statistics.median(found["p50"] for found in answered) * 1e3,
        statistics.median(found["p99"] for found in answered) * 1e3,
    )


def _targets(points: Mapping[tuple[str, int], _Point]) -> tuple[Target, ...]:
    at_16 = points[ONEDAG, 16]
    of_bare = _ratio(at_16.rate, points[BARE, 16].rate)
    coalesced = _ratio(points[ONEDAG, 64].rate, points[ALONE, 64].rate)
    idle = _ratio(points[ONEDAG, 1].p50_ms, points[ALONE, 1].p50_ms)
    return (
        Target("predictions/s at 16 connections", at_16.rate, 2000, at_most=False),
        Target("p99 in ms at 16 connections", at_16.p99_ms, 10),
        Target("share of the bare app's rate at 16", of_bare, 0.7, at_most=False),
        Target("times the rate without coalescing at 64", coalesced, 1, at_most=False),
        Target("times the latency without coalescing at 1", idle, 1.05),
    )


def _ratio(value: float | None, peer: float | None) -> float | None:
    return value / peer if value is not None and peer else None


def _expected(service: FlightsService) -> dict[int, float]:
    """What the model says to the first requests, in this process and without the API."""
    model = model_file(models_folder(service.project), SERVICE)
    session = onnxruntime.InferenceSession(model)
    with OnlineDriver(service.project) as online:
        vectors = online.features(SERVICE, service.rows[:KEPT]).to_pandas()
    matrix = np.column_stack(
        [column.to_numpy(np.float32, na_value=np.nan) for _, column in vectors.items()]
    )
    found = session.run(None, {session.get_inputs()[0].name: matrix})[-1][:, 1]
    return dict(enumerate(found.tolist()))


def _checks(
    rounds: Mapping[tuple[str, int], list[dict[str, Any]]], expected: Mapping[int, float]
) -> Iterator[Check]:
    everything = [found for kept in rounds.values() for found in kept]
    failures = {found["failure"] for found in everything} - {""}
    what = "requests that weren't answered with a prediction"
    yield Check(
        " ".join([what, *sorted(failures)]),
        sum(found["failed"] for found in everything),
        sum(found["requests"] for found in everything),
    )
    for name in (ONEDAG, ALONE):
        answers = [
            (expected[int(number)], json.loads(answer)["predictions"])
            for (server, _), kept in rounds.items()
            if server == name
            for found in kept
            for number, answer in found["answers"].items()
        ]
        wrong = sum(len(ours) != 1 or abs(ours[0] - p) > TOLERANCE for p, ours in answers)
        yield Check(f"predictions in process and of {name}", wrong, len(answers))


def _figures(points: Mapping[tuple[str, int], _Point]) -> Figures:
    return Figures(
        ("contestant", "connections", "predictions/s", "p50 ms", "p99 ms", "of the bare app's"),
        tuple(
            (
                name,
                float(number),
                point.rate,
                point.p50_ms,
                point.p99_ms,
                _ratio(point.rate, points[BARE, number].rate),
            )
            for (name, number), point in points.items()
        ),
    )


def _notes() -> Iterator[str]:
    yield "All are uvicorn with one worker and without its access log, after a warm-up."
    if cores() < 2 or not hasattr(os, "sched_setaffinity"):
        yield "The servers have no core of their own here: they share it with the load and Redis."


def _profile(service: FlightsService, folder: Path) -> str:
    """The profile of a server of its own at 16 connections."""
    stats = service.folder / "server.prof"
    command = uvicorn(*APP, profile=stats)
    where = (free_port(), service.folder, service.environment, SERVERS_CORE)
    with started(command, *where) as server:
        server.wait_for(PREDICT, {"rows": [service.rows[0]]})
        with on_core(OTHERS_CORE):
            arguments = (server.port, PREDICT, service.bodies, 16, 0.5, 3)
            ask(Path(sys.executable), "-m", "benchmarks.load", *arguments)
        server.interrupt()
    return written(str(stats), folder / "http.txt")
