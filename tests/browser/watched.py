"""What a page mustn't do while a test looks at it."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request

__all__ = ["Watched"]

LOOPBACK = "127.0.0.1"
_LOCAL = {"file", "data", "blob", "about"}


class Watched:
    """Collects a page's complaints: of its console, of what it can't load or asks others for.

    Args:
        page: to be watched.
    """

    def __init__(self, page: Page) -> None:
        self._complaints: list[str] = []
        self._allowed: list[str] = []
        page.on("console", self._of_console)
        page.on("pageerror", lambda error: self._complaints.append(f"page error: {error}"))
        page.on("request", self._of_request)
        page.on("requestfailed", self._of_failure)

    def allow(self, part: str) -> None:
        """Don't complain of what has this in it: for what a test provokes."""
        self._allowed.append(part)

    @property
    def complaints(self) -> list[str]:
        """What was seen and isn't allowed."""
        return [
            text for text in self._complaints if not any(part in text for part in self._allowed)
        ]

    def _of_console(self, message: ConsoleMessage) -> None:
        url = message.location["url"]
        # Where a page has no icon, a browser may ask for one by itself.
        if message.type in ("error", "warning") and urlsplit(url).path != "/favicon.ico":
            self._complaints.append(f"console {message.type}: {message.text} ({url})")

    def _of_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in _LOCAL and parts.hostname != LOOPBACK:
            self._complaints.append(f"request to others: {request.url}")

    def _of_failure(self, request: Request) -> None:
        # A page that is left while something loads has failed at nothing.
        if request.failure != "net::ERR_ABORTED":
            self._complaints.append(f"failed: {request.url}: {request.failure}")
