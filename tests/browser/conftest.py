"""A real Chromium, and servers for it to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.types import ASGIApp

from tests.browser.chromium import launched
from tests.browser.flights import FlightsProject
from tests.browser.odd import OddProject
from tests.browser.served import served
from tests.browser.watched import Watched


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright's event loop counts as running in this thread until it is stopped, and a later
    # module's `asyncio.run` would be refused. So each module has a browser of its own: 0.5 s.
    with sync_playwright() as playwright:
        browser = launched(playwright)
        yield browser
        browser.close()


@pytest.fixture
def unwatched(browser: Browser) -> Iterator[Page]:
    """An empty page of a profile of its own, that may do as it likes."""
    with browser.new_context(reduced_motion="reduce") as context:
        yield context.new_page()


@pytest.fixture
def watched(unwatched: Page) -> Watched:
    """What `page` complains of; `Watched.allow` is for what a test provokes."""
    return Watched(unwatched)


@pytest.fixture
def page(unwatched: Page, watched: Watched) -> Iterator[Page]:
    """An empty page. At its end the test fails for what the page has complained of."""
    yield unwatched
    assert not watched.complaints, "\n".join(watched.complaints)


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[[ASGIApp], str]]:
    """Serves an app until the module's end, and gives its address."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(served(app))


@pytest.fixture
def at_width(page: Page) -> Callable[[int], None]:
    """Make the page so many CSS pixels wide, as high as a phone."""
    return lambda width: page.set_viewport_size({"width": width, "height": 844})


@pytest.fixture(scope="session")
def flights(tmp_path_factory: pytest.TempPathFactory) -> FlightsProject:
    """The reference project, trained and materialized."""
    return FlightsProject(tmp_path_factory.mktemp("browsed") / "flights")


@pytest.fixture(scope="session")
def odd(tmp_path_factory: pytest.TempPathFactory) -> OddProject:
    """A project of values and texts that are easily taken for something else."""
    return OddProject(tmp_path_factory.mktemp("odd"))
