"""A server that takes events: as a good one does, or as one that fails, hangs or drips."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Collector", "collecting"]


class Collector:
    """What came, and what is answered.

    Attributes:
        url: of the endpoint.
        events: the bodies, read.
        headers: of each request.
        statuses: to answer with, in turn; the last one goes on.
        hanging: while it isn't set, answers wait for it.
    """

    def __init__(self) -> None:
        self.url = ""
        self.events: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.statuses = [201]
        self.hanging = threading.Event()
        self.hanging.set()


@contextmanager
def collecting() -> Iterator[Collector]:
    """A real server on the loopback."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            collector.headers.append(dict(self.headers))
            collector.paths.append(self.path)
            collector.hanging.wait(30)
            status = collector.statuses[0]
            if len(collector.statuses) > 1:
                collector.statuses.pop(0)
            if status < 400:
                collector.events.append(json.loads(body))
            self.send_response(status)
            self.send_header("Retry-After", "3600")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    collector.url = f"http://127.0.0.1:{server.server_port}/api/v1/lineage"
    try:
        yield collector
    finally:
        collector.hanging.set()
        server.shutdown()
        thread.join()
        server.server_close()
