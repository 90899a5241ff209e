"""How a graph shares a page with everything else: the room that it takes, and whose a finger is."""

from __future__ import annotations

import pytest

from online_api import create_app
from tests.browser.graphs import GRAPH, until

OUTSIDE = f"""{GRAPH}.drawing.cy.nodes().filter((node) => {{
    const box = node.renderedBoundingBox();
    const cy = {GRAPH}.drawing.cy;
    return box.x1 < 0 || box.y1 < 0 || box.x2 > cy.width() || box.y2 > cy.height();
}}).map((node) => node.data("label"))"""
PAN = f"{GRAPH}.drawing.cy.pan()"
SMALLEST = 0.6


@pytest.fixture(scope="module")
def site(flights, serve):
    return f"{serve(create_app(flights.project, clock=flights.clock))}/catalog/features"


@pytest.fixture
def opened(page, site):
    def opened(name):
        page.goto(f"{site}/{name}")
        page.wait_for_selector(".lg-live")
        return page

    return opened


@pytest.mark.parametrize(
    "feature",
    ["carrier_late_rate_7d", "carrier_delay_trend", "plane_delay_over_carrier", "distance_zscore"],
)
def test_all_that_is_near_a_feature_is_seen_at_first(opened, feature):
    page = opened(feature)
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate(f"{GRAPH}.drawing.cy.zoom()") >= SMALLEST


def test_the_panel_is_beside_a_graph_that_leaves_it_the_room_and_below_another(opened):
    def places(feature):
        page = opened(feature)
        frame = page.locator(".lg-frame").bounding_box()
        return frame, page.locator(".lg-panel").bounding_box()

    frame, panel = places("carrier_late_rate_7d")
    assert panel["x"] >= frame["x"] + frame["width"]
    frame, panel = places("plane_delay_over_carrier")
    assert panel["y"] >= frame["y"] + frame["height"]


@pytest.fixture
def touched(browser, site):
    """A page on a phone, with its graph in the middle of the screen, and what moves fingers."""
    with browser.new_context(
        viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True
    ) as context:
        page = context.new_page()
        page.goto(f"{site}/carrier_late_rate_7d")
        page.wait_for_selector(".lg-live")
        page.evaluate("document.querySelector('.lg-frame').scrollIntoView({block: 'center'})")
        page.wait_for_timeout(100)
        yield page, context.new_cdp_session(page)


def swipe(touched, dx, dy, fingers=1):
    page, screen = touched
    box = page.locator("[data-graph=canvas]").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def points(part):
        return [{"x": x + dx * part + 80 * i, "y": y + dy * part, "id": i} for i in range(fingers)]

    screen.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points(0)})
    for step in range(1, 11):
        moved = {"type": "touchMove", "touchPoints": points(step / 10)}
        screen.send("Input.dispatchTouchEvent", moved)
        page.wait_for_timeout(16)
    screen.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_finger_that_moves_up_scrolls_the_page(touched):
    page, _ = touched
    before, pan = page.evaluate("window.scrollY"), page.evaluate(PAN)
    swipe(touched, 5, -150)
    until(page, f"window.scrollY > {before + 50}")
    assert page.evaluate(PAN) == pan


def test_a_finger_that_moves_sideways_moves_the_graph(touched):
    page, _ = touched
    before, pan = page.evaluate("window.scrollY"), page.evaluate(PAN)
    swipe(touched, -120, 5)
    until(page, f"{PAN}.x < {pan['x'] - 50}")
    assert page.evaluate("window.scrollY") == before


def test_two_fingers_move_the_graph_up(touched):
    page, _ = touched
    before, pan = page.evaluate("window.scrollY"), page.evaluate(PAN)
    swipe(touched, 0, -80, fingers=2)
    until(page, f"{PAN}.y < {pan['y'] - 30}")
    assert page.evaluate("window.scrollY") == before
    assert page.get_by_text("Two fingers move the graph").is_visible()


def test_a_tap_is_a_click(touched):
    page, _ = touched
    page.locator("[data-graph=canvas]").tap(position={"x": 20, "y": 60})
    until(page, f"{GRAPH}.chosen === null")
