"""Where a Chromium is, and how it is started: for tests of what people see."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

__all__ = ["REQUIRED", "launched"]

REQUIRED = "ONEDAG_REQUIRE_BROWSER"
"""The variable that makes a missing browser an error; CI sets it."""

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_OPTIONS = (
    "--no-sandbox",  # containers run as root
    "--disable-gpu",
    "--disable-background-networking",
    # Whatever a page asks for, nothing leaves the machine; `Watched` fails the test for trying.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
_HOW = (
    "No Chromium is on the PATH. Install one with `apt install chromium`, or "
    "`python -m playwright install chromium`."
)


def launched(playwright: Playwright) -> Browser:
    """A headless Chromium: the system's, else the one that Playwright has installed.

    Without any, the test is skipped, or fails where `REQUIRED` is set.
    """
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None and not Path(playwright.chromium.executable_path).exists():
        _give_up()
    return playwright.chromium.launch(executable_path=found, args=_OPTIONS)


def _give_up() -> None:
    if os.environ.get(REQUIRED):
        pytest.fail(_HOW, pytrace=False)
    pytest.skip(f"{_HOW} Set {REQUIRED}=1 to have this fail.")
