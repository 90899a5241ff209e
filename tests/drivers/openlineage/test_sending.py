"""Events arrive whole and in order, and whoever doesn't take them holds nobody up."""

from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState

from drivers.openlineage import sending
from drivers.openlineage.sending import Sender
from drivers.openlineage.settings import Endpoint, File
from onedag.errors import ConfigurationError
from tests.drivers.openlineage.collector import Collector

UUID = "01a1ffba-c8fc-70c0-a519-4aa2db803bd2"


def event(job: str, namespace: str = "shop") -> RunEvent:
    return RunEvent(
        eventType=RunState.START,
        eventTime="2024-01-01T00:00:00+00:00",
        run=Run(UUID),
        job=Job(namespace, job),
        producer="pkg:pypi/onedag@0",
    )


def send(url: str, *jobs: str) -> None:
    sender = Sender(Endpoint(url))
    for job in jobs:
        sender.send(event(job))
    sender.close()


def jobs(collector: Collector) -> list[str]:
    return [event["job"]["name"] for event in collector.events]


def test_events_arrive_in_order(collector: Collector) -> None:
    names = [f"job {i}" for i in range(20)]
    send(collector.url, *names)
    assert jobs(collector) == names
    assert set(collector.paths) == {"/api/v1/lineage"}
    assert "Authorization" not in collector.headers[0]


def test_the_api_key_is_of_the_environment(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "key")
    send(collector.url, "a")
    assert collector.headers[0]["Authorization"] == "Bearer key"


def test_gzip(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(sending.COMPRESSION, "gzip")
    send(collector.url, "a")
    assert collector.headers[0]["Content-Encoding"] == "gzip"
    assert jobs(collector) == ["a"]
    monkeypatch.setenv(sending.COMPRESSION, "zip")
    with pytest.raises(ConfigurationError, match="it can be gzip"):
        Sender(Endpoint(collector.url))


def test_a_server_that_restarts_is_asked_again_at_once(
    collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    collector.statuses = [503, 201]  # its Retry-After asks for an hour
    send(collector.url, "a")
    assert jobs(collector) == ["a"]
    assert not caplog.records


@pytest.mark.parametrize("status", [400, 401, 500])
def test_refusals_are_one_warning(
    status: int, collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    collector.statuses = [status]
    send(collector.url.replace("http://", "http://me:secret@") + "?key=secret", "a", "b", "c")
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    message = record.getMessage()
    assert f"can't be given to {collector.url}: it answered with status {status}" in message
    assert "secret" not in message


def test_a_later_event_is_tried_again(collector: Collector) -> None:
    collector.statuses = [400, 201]
    send(collector.url, "a", "b")
    assert jobs(collector) == ["b"]


def test_nobody_there_is_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    send(f"http://me:secret@127.0.0.1:{port}/x", "a", "b")
    (record,) = caplog.records
    assert f"http://127.0.0.1:{port}/x: ConnectionError" in record.getMessage()
    assert "secret" not in caplog.text


def test_a_server_that_hangs_holds_up_neither_the_job_nor_its_end(
    collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    collector.hanging.clear()
    start = time.monotonic()
    sender = Sender(Endpoint(collector.url))
    for i in range(sending.MOST_WAITING + 50):
        sender.send(event(f"{i}"))
    assert time.monotonic() - start < 2
    sender.close()
    assert time.monotonic() - start < sending.PATIENCE.total_seconds() + 2
    assert len(caplog.records) == 1


def test_a_sender_can_be_used_after_its_end(collector: Collector) -> None:
    sender = Sender(Endpoint(collector.url))
    for job in ("a", "b"):
        sender.send(event(job))
        sender.close()
    sender.close()
    assert jobs(collector) == ["a", "b"]


def test_what_nobody_closes_is_sent_when_the_process_ends(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path\n"
        "from drivers.openlineage.sending import Sender\n"
        "from drivers.openlineage.settings import File\n"
        "from tests.drivers.openlineage.test_sending import event\n"
        f"sender = Sender(File(Path({str(tmp_path / 'e.jsonl')!r})))\n"
        "[sender.send(event(f'{i}')) for i in range(50)]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])
    assert len((tmp_path / "e.jsonl").read_text().splitlines()) == 50


def test_lines_of_processes_at_once_stay_whole(tmp_path: Path) -> None:
    path = tmp_path / "below" / "e.jsonl"
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from drivers.openlineage.sending import Sender\n"
        "from drivers.openlineage.settings import File\n"
        "from tests.drivers.openlineage.test_sending import event\n"
        f"sender = Sender(File(Path({str(path)!r})))\n"
        "[sender.send(event(f'{sys.argv[1]}-{i}', 'x' * 50_000)) for i in range(100)]\n"
        "sender.close()\n"
    )
    root = Path(__file__).parents[3]
    both = [subprocess.Popen([sys.executable, "-c", code, name], cwd=root) for name in "ab"]
    assert [process.wait() for process in both] == [0, 0]
    found = [json.loads(line)["job"]["name"] for line in path.read_text().splitlines()]
    for name in "ab":
        mine = [job for job in found if job.startswith(name)]
        assert mine == [f"{name}-{i}" for i in range(100)]


def test_a_file_that_cannot_be_written_is_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    sender = Sender(File(tmp_path / "file" / "e.jsonl"))
    sender.send(event("a"))
    sender.send(event("b"))
    sender.close()
    (record,) = caplog.records
    assert "File exists" in record.getMessage() or "Not a directory" in record.getMessage()
