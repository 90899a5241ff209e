"""`Sender`: gives events away, from a thread of its own, without ever holding up who made them."""

from __future__ import annotations

import atexit
import logging
import os
import queue
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TypeAlias

from openlineage.client.event_v2 import RunEvent
from openlineage.client.serde import Serde
from openlineage.client.transport.http import (
    ApiKeyTokenProvider,
    HttpCompression,
    HttpConfig,
    HttpTransport,
)
from requests import Session

from drivers.openlineage.settings import Destination, Endpoint, File, bare_url
from onedag.errors import ConfigurationError

__all__ = ["Sender"]

API_KEY = "OPENLINEAGE_API_KEY"
COMPRESSION = "OPENLINEAGE__TRANSPORT__COMPRESSION"
TIMEOUT = timedelta(seconds=3)
"""To connect to a server, and of silence of it."""
PATIENCE = timedelta(seconds=5)
"""How long the end of a job waits for events that are still under way."""
IDLE = timedelta(seconds=2)
"""After so long without an event the thread ends; the next event starts another one."""
MOST_WAITING = 200

_LOGGER = logging.getLogger(__name__)

_RETRY = {  # once and at once, for a server that is just being restarted
    "total": 1,
    "connect": 0,
    "read": 0,
    "status": 1,
    "status_forcelist": [500, 502, 503, 504],
    "allowed_methods": ["POST"],
    "raise_on_status": False,
    "respect_retry_after_header": False,  # a server could keep the thread for an hour
}

_Sink: TypeAlias = Callable[[RunEvent], None]


class _Lost(OSError):
    """An event wasn't taken. What it says quotes nothing."""


class Sender:
    """Sends run events in their order. What can't be sent is dropped, with one warning.

    Args:
        destination: a file or an endpoint. An endpoint's API key is ``OPENLINEAGE_API_KEY`` of the
            environment, and ``OPENLINEAGE__TRANSPORT__COMPRESSION=gzip`` compresses what it gets:
            the names that the OpenLineage clients have for them.

    Raises:
        ConfigurationError: a compression that the client doesn't know.
    """

    def __init__(self, destination: Destination) -> None:
        self._destination = destination
        self._sink = _sink(destination)
        self._lock = threading.Lock()
        self._waiting: queue.Queue[RunEvent | None] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None
        self._given_up = threading.Event()
        self._warned = False

    def send(self, event: RunEvent) -> None:
        """Send an event soon. It returns at once, and may be called from any thread."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():  # a fork has no threads
                self._start()
            try:
                self._waiting.put_nowait(event)
            except queue.Full:
                self._warn(f"{MOST_WAITING} events wait already")

    def close(self) -> None:
        """Wait for `PATIENCE` until all is sent, and drop what isn't by then."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is None:
                return
            atexit.unregister(self.close)
            try:
                self._waiting.put_nowait(None)
            except queue.Full:  # nothing has been taken for long
                self._given_up.set()
        thread.join(PATIENCE.total_seconds())
        if thread.is_alive():
            self._given_up.set()
            self._warn(f"not everything was taken within {PATIENCE.total_seconds():g} seconds")

    def _start(self) -> None:
        self._given_up = threading.Event()
        self._waiting = queue.Queue(MOST_WAITING)
        self._thread = threading.Thread(
            target=self._run,
            args=(self._waiting, self._given_up),
            name="onedag-openlineage",
            daemon=True,  # an endpoint that hangs never keeps a process from ending
        )
        self._thread.start()
        atexit.register(self.close)  # for a driver that nobody closes

    def _run(self, waiting: queue.Queue[RunEvent | None], given_up: threading.Event) -> None:
        while not given_up.is_set():
            try:
                event = waiting.get(timeout=IDLE.total_seconds())
            except queue.Empty:
                if self._ends(waiting):
                    return
                continue
            if event is None:
                return
            self._give(event)

    def _ends(self, waiting: queue.Queue[RunEvent | None]) -> bool:
        """End the thread of a sender that nobody needs: a loop may make a driver each time."""
        with self._lock:
            if self._thread is not threading.current_thread() or not waiting.empty():
                return False
            self._thread = None
            atexit.unregister(self.close)
            return True

    def _give(self, event: RunEvent) -> None:
        try:
            self._sink(event)
        except (OSError, ValueError) as error:  # the client's errors of HTTP, hosts and headers
            self._warn(_reason(error))

    def _warn(self, reason: str) -> None:
        if not self._warned:
            self._warned = True
            _LOGGER.warning(
                "OpenLineage events can't be given to %s: %s. The job isn't affected; its events "
                "are lost, and this is said once.",
                self._destination,
                reason,
            )


def _sink(destination: Destination) -> _Sink:
    if isinstance(destination, File):
        return lambda event: _append(destination, event)
    transport = HttpTransport(_http(destination))

    def post(event: RunEvent) -> None:
        response = transport.emit(event)
        if response.request.method != "POST":  # it followed a redirect, and asked for a page
            place = bare_url(response.history[0].headers["location"])
            raise _Lost(f"it redirects to {place}; name the URL that takes events")

    return post


def _append(file: File, event: RunEvent) -> None:
    """One whole line in one write, so that those of several processes don't mix."""
    line = f"{Serde.to_json(event)}\n".encode()
    file.path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        if os.write(descriptor, line) < len(line):
            raise _Lost("an event was written in part; is the disk full?")
    finally:
        os.close(descriptor)


def _http(endpoint: Endpoint) -> HttpConfig:
    config = HttpConfig(
        url=endpoint.url, endpoint="", timeout=TIMEOUT.total_seconds(), retry=dict(_RETRY)
    )
    config.session = Session()
    config.session.stream = True  # what is answered isn't read, however long it is
    if key := os.environ.get(API_KEY):
        config.auth = ApiKeyTokenProvider({"api_key": key})
    if name := os.environ.get(COMPRESSION):
        try:
            config.compression = HttpCompression(name)
        except ValueError as error:
            raise ConfigurationError(f"{COMPRESSION} is {name!r}; it can be gzip.") from error
    return config


def _reason(error: OSError | ValueError) -> str:
    """What went wrong, without the URL that foreign messages quote with all its secrets."""
    if isinstance(error, _Lost):
        return str(error)
    response = getattr(error, "response", None)
    if response is not None:
        return f"it answered with status {response.status_code}"
    return getattr(error, "strerror", None) or type(error).__name__
