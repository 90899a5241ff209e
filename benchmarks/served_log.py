"""What logging a sample of the answers costs requests: without a log, with 1 % and with all.

Over HTTP, each server in a process of its own, as a client sees it. And in one process, where
requests with and without a log alternate one by one: a busy machine disturbs both alike, so that
one part in a hundred can be seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from benchmarks.compared import CONNECTIONS, compared, figures, servers
from benchmarks.flights_service import flights_service
from benchmarks.in_process import measure
from benchmarks.report import Check, Report, Target
from benchmarks.setting import Setting
from drivers.served.folder import log_files
from drivers.served.reading import read_served
from drivers.served.settings import LogSettings
from online_api.app import create_app

__all__ = ["run"]

WITHOUT = "no log"
SAMPLES = {"1 % logged": 0.01, "all logged": 1.0}
ALL = "all logged"


def run(setting: Setting) -> Report:
    """Run the benchmark, with servers of its own that take turns."""
    with flights_service(setting) as service:
        logs = {name: service.folder / f"log-{place}" for place, name in enumerate(SAMPLES)}
        with servers(service, {WITHOUT: {}, **_environments(logs)}) as running:
            over_http = compared(setting, service, running)
            running[ALL].interrupt()  # it writes what isn't in a file yet
        logged = sum(rows.table.num_rows for rows in read_served(logs[ALL], columns=[]))
        files = log_files(logs[ALL])
        size = sum(file.path.stat().st_size for file in files)
        plain = partial(create_app, service.project)
        others = {
            name: partial(plain, log=LogSettings(service.folder / f"here-{sample}", sample=sample))
            for name, sample in SAMPLES.items()
        }
        alternating = measure(setting, service, plain, others)
    answered = sum(f["requests"] for n in CONNECTIONS for f in over_http.found[ALL, n])
    requests = over_http.total("requests")
    cost = alternating["1 % logged"]
    return Report(
        name="log",
        title="predictions while answers are logged, one flight a request",
        size={"requests": requests},
        figures=figures(over_http, alternating),
        targets=(Target("times the latency without a log, 1 % logged", cost.latency_ratio, 1.03),),
        checks=(
            Check(
                "requests that weren't answered with a prediction",
                over_http.total("failed"),
                requests,
            ),
            Check("answers that the log of all lacks", max(0, answered - logged), answered),
        ),
        notes=(
            f"The log of all has {logged:,} rows of {size / max(logged, 1):.0f} bytes in "
            f"{len(files)} files.",
        ),
    )


def _environments(logs: Mapping[str, Path]) -> dict[str, dict[str, str]]:
    return {
        name: {"ONEDAG_LOG": str(logs[name]), "ONEDAG_LOG_SAMPLE": str(sample)}
        for name, sample in SAMPLES.items()
    }
