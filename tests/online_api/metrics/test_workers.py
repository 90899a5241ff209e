"""Two processes behind one port: each shows the numbers of both."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.online_api.scrapes import Scrape
from tests.online_api.servers import CODE, wait_until_ready
from tests.online_api.shop import Shop

ROW = {"customer_id": 1, "basket": 25.0, "event_timestamp": "2024-03-10T12:00:00Z"}
REQUESTS = 30
COMMAND = "from batch_etl.cli import main; main()"
PATIENCE_S = 30


@contextmanager
def serving(shop: Shop, port: int, variables: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """`onedag serve --workers 2`, until the block ends."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ONEDAG_")}
    environment |= {"PYTHONPATH": str(CODE), **variables}
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, "serve", "--port", str(port), "--workers", "2"],
        cwd=shop.root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def of(port: int) -> Scrape:
    """A scrape on a connection of its own, so that any worker answers."""
    return Scrape.of_text(httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text)


def wait_for(port: int, what: Callable[[Scrape], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not what(of(port)):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [
        int(pid)
        for pid in children.split()
        if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


@pytest.mark.parametrize("named", [True, False])
def test_any_worker_shows_the_numbers_of_all(
    shop: Shop, unused_port: int, tmp_path: Path, named: bool
) -> None:
    run = shop.publish()
    folder = tmp_path / "metrics"
    folder.mkdir()
    variables = {"PROMETHEUS_MULTIPROC_DIR": str(folder)} if named else {}
    with serving(shop, unused_port, variables) as process:
        with httpx.Client(base_url=f"http://127.0.0.1:{unused_port}", timeout=30) as http:
            wait_until_ready(process, http)
        for _ in range(REQUESTS):
            url = f"http://127.0.0.1:{unused_port}/v1/services/buys/features"
            assert httpx.post(url, json={"rows": [ROW]}, timeout=30).status_code == 200

        def is_whole(seen: Scrape) -> bool:
            return seen.sum("onedag_requests_total", service="buys") == REQUESTS

        wait_for(unused_port, is_whole)
        time.sleep(1.5)  # by now each worker has written
        for _ in range(10):
            assert is_whole(of(unused_port))
        seen = of(unused_port)
        assert seen.one("onedag_stage_duration_seconds_count", service="buys", stage="queue") == (
            REQUESTS
        )
        assert seen.sum("onedag_stored_values_total", service="buys") == 2 * REQUESTS
        (labels,) = seen.all("onedag_run_info", service="buys")
        assert dict(labels)["run_id"] == run.run_id
        age = seen.one("onedag_view_freshness_seconds")
        assert age == pytest.approx(
            time.time() - seen.one("onedag_view_as_of_timestamp_seconds"), abs=60
        )
        if sys.platform == "linux":
            first = workers_of(process)
            assert len(first) == 2
            os.kill(first[0], signal.SIGKILL)
            wait_for(unused_port, lambda seen: len(workers_of(process)) == 2 and is_whole(seen))
    assert list(folder.iterdir()) == [] or named
