"""Endpoints that answer oddly, and senders whose thread isn't there any more."""

from __future__ import annotations

import logging
import multiprocessing
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from drivers.openlineage import sending
from drivers.openlineage.sending import Sender
from drivers.openlineage.settings import Endpoint, File
from tests.drivers.openlineage.collector import Collector
from tests.drivers.openlineage.test_sending import event

ENDLESS = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n"


@contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """The URL of a server that gives each connection to a function."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(30)

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(30)
                    answer(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        listening.shutdown(socket.SHUT_RDWR)


def test_a_redirect_to_a_page_is_no_success(caplog: pytest.LogCaptureFixture) -> None:
    def answer(connection: socket.socket) -> None:
        asked = connection.recv(65536)
        head = "HTTP/1.1 200 OK"
        if asked.startswith(b"POST"):
            head = f"HTTP/1.1 302 Found\r\nLocation: {page_of}/login?token=secret"
        connection.sendall(f"{head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())

    with answering(answer) as url:
        page_of = url.rstrip("/")
        sender = Sender(Endpoint(url))
        sender.send(event("a"))
        sender.close()
    (record,) = caplog.records
    assert f"it redirects to {page_of}/login; name the URL" in record.getMessage()
    assert "secret" not in caplog.text


def test_an_answer_without_an_end_is_not_read(caplog: pytest.LogCaptureFixture) -> None:
    sent: list[int] = []

    def answer(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(ENDLESS)
        try:
            while len(sent) < 1000:
                sent.append(connection.send(bytes(1 << 20)))
        except OSError:  # whoever asked has hung up
            return

    with answering(answer) as url:
        sender = Sender(Endpoint(url))
        sender.send(event("a"))
        sender.close()
    assert not caplog.records
    assert len(sent) < 100


def test_a_key_that_is_no_header_is_one_warning(
    collector: Collector, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "schlüssel €")
    sender = Sender(Endpoint(collector.url))
    for job in ("a", "b"):
        sender.send(event(job))
    sender.close()
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "UnicodeEncodeError" in record.getMessage()
    assert "schlüssel" not in caplog.text


def test_a_thread_ends_that_nobody_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "IDLE", timedelta(milliseconds=20))
    path = tmp_path / "e.jsonl"
    sender = Sender(File(path))
    for lines in (1, 2):
        sender.send(event("a"))
        until = time.monotonic() + 30
        while any(thread.name == "onedag-openlineage" for thread in threading.enumerate()):
            assert time.monotonic() < until
            time.sleep(0.01)
        assert len(path.read_text().splitlines()) == lines
    sender.close()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # who forks anyway, is served
def test_a_process_that_was_forked_sends_its_own(tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    sender = Sender(File(path))
    sender.send(event("parent"))

    def child() -> None:
        sender.send(event("child"))
        sender.close()

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join(30)
    sender.close()
    assert process.exitcode == 0
    assert sorted('"child"' in line for line in path.read_text().splitlines()) == [False, True]
