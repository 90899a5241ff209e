"""The fixtures of this folder see what they are for."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tests.browser.accessible import assert_accessible
from tests.browser.watched import Watched

GOOD = """<!doctype html><html lang="en"><title>Good</title><main><h1>Good</h1>
<style>
:root { color-scheme: light dark; background: Canvas; color: CanvasText }
</style>{}</main></html>"""
COMPLAINTS = {
    "warning": ("<script>console.warn('careful')</script>", "console warning: careful"),
    "error": ("<script>console.error('broken')</script>", "console error: broken"),
    "raised": ("<script>throw new Error('thrown')</script>", "page error: thrown"),
    "not-found": ("<img alt='' src='gone.png'>", "404"),
    "others": ("<img alt='' src='https://cdn.test/a.png'>", "request to others: https://cdn.test"),
    "refused": ("<script>fetch('http://127.0.0.1:1')</script>", "failed: http://127.0.0.1:1"),
}


async def page_of(request: Request) -> HTMLResponse:
    return HTMLResponse(GOOD.replace("{}", request.query_params.get("with", "")))


@pytest.fixture(scope="module")
def site(serve):
    return serve(Starlette(routes=[Route("/", page_of)]))


def looked_at(page, site, html):
    page.goto(f"{site}/?with={html}")


def test_a_good_page_has_no_complaint(page, site):
    looked_at(page, site, "<p>Nothing to see.</p>")
    assert_accessible(page)


@pytest.mark.parametrize("kind", COMPLAINTS)
def test_a_complaint_is_seen(unwatched, site, kind):
    html, complaint = COMPLAINTS[kind]
    watched = Watched(unwatched)
    looked_at(unwatched, site, html)
    for _ in range(100):
        if any(complaint in said for said in watched.complaints):
            return
        unwatched.wait_for_timeout(20)
    raise AssertionError(watched.complaints)


def test_what_a_test_provokes_can_be_allowed(page, watched, site):
    watched.allow("careful")
    looked_at(page, site, COMPLAINTS["warning"][0])


def test_what_cant_be_read_is_found_in_light_and_in_dark(page, site):
    looked_at(page, site, "<p style='color: light-dark(silver, dimgray)'>Hardly seen.</p>")
    with pytest.raises(
        AssertionError, match=r"(?s)dark: .*color-contrast.*light: .*color-contrast"
    ):
        assert_accessible(page)


def test_the_width_is_a_phones(page, site, at_width):
    at_width(390)
    looked_at(page, site, "")
    assert page.evaluate("innerWidth") == 390
