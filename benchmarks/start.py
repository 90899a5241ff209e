"""From the start of the server to its first prediction, and how long ``onedag --help`` takes."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import time
from functools import partial
from pathlib import Path

from benchmarks.flights_service import PREDICT, FlightsService, flights_service
from benchmarks.measure import Contestant, Measured, race
from benchmarks.report import Report, Target, timings
from benchmarks.server import started
from benchmarks.setting import ROOT, Setting
from onedag.testing.redis import free_port

__all__ = ["run"]

ONEDAG = str(Path(sysconfig.get_path("scripts")) / "onedag")

SERVE = "onedag serve, to the first prediction"
HELP = "onedag --help"
IMPORTS = "its imports alone"
PYTHON = "Python alone"
CODE = {IMPORTS: "import fastapi, numpy, onnxruntime, pandas, pyarrow, redis, uvicorn", PYTHON: ""}


def run(setting: Setting) -> Report:
    """Run the benchmark, on the flights service."""
    with flights_service(setting) as service:
        contestants = [
            Contestant(SERVE, partial(_serve, service)),
            Contestant(HELP, partial(_run, ONEDAG, "--help")),
            *(
                Contestant(name, partial(_run, sys.executable, "-c", code))
                for name, code in CODE.items()
            ),
        ]
        if setting.size != "tiny":
            race(contestants, 1)  # so that what is read from the disk lies in its cache
        found = race(contestants, setting.rounds)
    return Report(
        name="start",
        title="starting the flights service and the command",
        size={"features": 50},
        figures=timings(found, {SERVE: IMPORTS, HELP: PYTHON}),
        targets=(
            Target("seconds to the first prediction", found.timings[SERVE].median, 3),
            Target("seconds of onedag --help", found.timings[HELP].median, 0.5),
        ),
    )


def _serve(service: FlightsService) -> Measured:
    command = [ONEDAG, "serve"]
    start = time.perf_counter()
    with started(command, free_port(), service.folder, service.environment) as server:
        server.wait_for(PREDICT, {"rows": [service.rows[0]]})
        return Measured(time.perf_counter() - start)


def _run(*command: str) -> None:
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, env=variables, stdout=subprocess.DEVNULL, check=True)
