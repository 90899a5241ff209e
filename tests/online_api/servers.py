"""Real servers: uvicorn in processes of its own, as in production."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.online_api.shop import Shop

CODE = Path(__file__).parents[2]
START_TIMEOUT_S = 60.0


@contextmanager
def server(
    shop: Shop, port: int, *options: str, variables: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "uvicorn", "--factory", "online_api:app_from_environment"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ONEDAG_")}
    environment |= {"ONEDAG_PROJECT": str(shop.root), "PYTHONPATH": str(CODE)}
    environment |= variables or {}
    with subprocess.Popen(
        [*command, "--port", str(port), *options],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def wait_until_ready(process: subprocess.Popen[str], http: httpx.Client) -> httpx.Response:
    deadline = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            return http.get("/readyz")
        except httpx.ConnectError:
            time.sleep(0.05)
    output = process.communicate()[0] if process.poll() is not None else ""
    raise AssertionError(f"the server doesn't answer: {output}")
