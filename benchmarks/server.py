"""A server in a process of its own, on a core of its own where the system can do that."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from benchmarks.machine import on_core
from benchmarks.setting import ROOT

__all__ = ["Server", "post", "started", "uvicorn"]

START_SECONDS = 60
STOP_SECONDS = 20
PAUSE_SECONDS = 0.005


class Server:
    """A process that answers on a port of the loopback interface.

    Attributes:
        port: of it.
        process: itself.
    """

    def __init__(self, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
        self.port = port
        self.process = process
        self._log = log

    def wait_for(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The first answer to a request, which is sent until there is one.

        Raises:
            RuntimeError: the server ended or isn't ready in time; with the end of its log.
        """
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                return post(self.port, path, body)
            except OSError:  # nobody listens, or not ready: an HTTPError is one too
                time.sleep(PAUSE_SECONDS)
        raise RuntimeError(f"The server isn't ready:\n{self._log.read_text()[-2000:]}")

    def interrupt(self) -> None:
        """End it as Ctrl-C does, and wait, so that a profiler writes what it found."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(STOP_SECONDS)


def post(port: int, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON that a request is answered with; an `OSError` if there is none."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        json.dumps(body).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=START_SECONDS) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def uvicorn(app: str, *options: str, profile: Path | None = None) -> list[str]:
    """The command of a uvicorn server with one worker; under cProfile if told a file for it."""
    profiler = [] if profile is None else ["-m", "cProfile", "-o", str(profile)]
    return [sys.executable, *profiler, "-m", "uvicorn", app, "--no-access-log", *options]


@contextmanager
def started(
    command: Sequence[str],
    port: int,
    folder: Path,
    environment: Mapping[str, str],
    core: int | None = None,
) -> Iterator[Server]:
    """Start a server, and stop it at the end of the block.

    Args:
        command: to which ``--port`` is added.
        port: of it.
        folder: where it runs, and where its log is written.
        environment: added to this process's.
        core: the number of the one that it stays on, where the system can do that.
    """
    log = folder / f"server-{port}.log"
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    with log.open("w") as output:
        with nullcontext() if core is None else on_core(core):
            process = subprocess.Popen(
                [*command, "--port", str(port)],
                cwd=folder,
                env=variables,
                stdout=output,
                stderr=output,
            )
        try:
            yield Server(port, process, log)
        finally:
            process.kill()
            process.wait()
