"""The interactive graph, on a page of a strict policy and in a file that is opened from a disk."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from onedag.pages import Links, asset, environment
from onedag.pages.graph import graph_part
from onedag.pages.lineage import lineage_page
from tests.browser.accessible import assert_accessible
from tests.onedag.pages.lineages import HOSTILE, many, shop

AT = datetime(2013, 10, 1, tzinfo=UTC)
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:"
PAGE = """{% extends "base.html" %}
{% from "graph.html" import graph_head, graph_scripts, lineage_graph %}
{% block title %}Lineage{% endblock %}
{% block head %}{{ graph_head(links) }}{% endblock %}
{% block content %}<h1>Lineage</h1><h2>Graph</h2>{{ lineage_graph(graph) }}
<div id="below" class="tall"></div>{% endblock %}
{% block scripts %}{{ graph_scripts(links) }}{% endblock %}"""
GRAPHS = {
    "shop": (shop(), ()),
    "focus": (shop(), ("above_mean",)),
    "hostile": (shop(HOSTILE), ()),
    "chain": (many(1, 50), ("computed_0_25",)),
    "many": (many(), ()),
}
GRAPH = "document.querySelector('[data-lineage-graph]').onedagGraph"
COUNT = f"{GRAPH}.items.size"


async def page_of(request):
    lineage, focus = GRAPHS[request.path_params["name"]]
    links = Links.served("lineage")
    graph = graph_part(lineage, focus, links)
    html = environment().from_string(PAGE).render(graph=graph, links=links, project="shop")
    return HTMLResponse(html, headers={"Content-Security-Policy": POLICY})


async def asset_of(request):
    found = asset(request.path_params["name"])
    return Response(found.content, media_type=found.media_type)


async def place_of(request):
    return HTMLResponse(f"<title>{request.path_params['name']}</title>")


async def nothing(request):
    return Response("", media_type="text/javascript")


@pytest.fixture(scope="module")
def site(serve):
    routes = [
        Route("/graphs/{name}", page_of),
        Route("/graphs/static/{name:path}", asset_of),
        Route("/graphs/search.js", nothing),
        Route("/graphs/{name:path}", place_of),
    ]
    return serve(Starlette(routes=[routes[2], *routes]))


@pytest.fixture
def shown(page, site):
    def show(name):
        page.goto(f"{site}/graphs/{name}")
        page.wait_for_selector(".lg-live")

    return show


def until(page, condition):
    """Wait for it. Playwright's own waiting evaluates text, which the policy forbids."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never: {condition}")


def chosen(page):
    return page.evaluate(
        f"(() => {{ const g = {GRAPH};"
        " const i = g.items.get(g.chosen); return i ? (i.node || i.group) : null; })()"
    )


def label(page):
    found = chosen(page)
    return found and found["label"]


def click(page, name):
    """Click where the canvas shows a node."""
    at = page.evaluate(
        f"""(name) => {{ const cy = {GRAPH}.drawing.cy;
        const node = cy.nodes().filter((n) => n.data("label").split("\\n")[0] === name)[0];
        return node.renderedPosition(); }}""",
        name,
    )
    page.locator("[data-graph=canvas]").click(position=at)
    until(page, f"{GRAPH}.chosen !== null")


def places(page):
    """Where the middle of each node is drawn, and where the boundary's line is."""
    xs = page.evaluate(f"""[...{GRAPH}.items.values()].map((item) => [
        (item.node || item.group).before === true,
        {GRAPH}.drawing.cy.getElementById(item.id).renderedPosition().x])""")
    frame = page.locator("[data-graph=canvas]").bounding_box()
    return xs, page.locator(".lg-boundary").bounding_box()["x"] - frame["x"]


@pytest.mark.parametrize("name", ["shop", "hostile", "many"])
def test_the_boundary_lies_between_the_sides(page, shown, name):
    shown(name)
    page.get_by_role("button", name="Fit").click()
    page.wait_for_timeout(100)
    xs, line = places(page)
    assert max(x for before, x in xs if before) < line < min(x for before, x in xs if not before)
    assert page.get_by_text("before the request · batch, store").is_visible()


def test_the_line_follows_the_graph(page, shown):
    shown("shop")
    _, before = places(page)
    page.evaluate(f"void {GRAPH}.drawing.cy.panBy({{x: 50, y: 0}})")
    page.wait_for_timeout(100)
    _, after = places(page)
    assert after == pytest.approx(before + 50, abs=1.5)


def test_a_click_tells_of_a_node_and_marks_its_path(page, shown):
    shown("shop")
    click(page, "is_big")
    panel = page.get_by_role("complementary", name="The chosen node")
    assert panel.get_by_role("heading", name="is_big").is_visible()
    assert panel.get_by_text("At least 100.").is_visible()
    assert (
        panel.get_by_role("link", name="Open its page").get_attribute("href") == "features/is_big"
    )
    faded = page.evaluate(f"{GRAPH}.drawing.cy.nodes('.faded').map((n) => n.data('label'))")
    assert "price" in faded
    assert "big_share_1d\nuser · 1d" not in faded
    assert "Comes from 1, goes into 1" in page.locator("[data-graph=said]").inner_text()


def test_a_focus_is_chosen_and_expanded(page, shown):
    shown("chain")
    assert label(page) == "computed_0_25"
    few = page.evaluate(COUNT)
    assert few < 10
    page.get_by_role("button", name="All up").click()
    more = page.evaluate(COUNT)
    assert more > few + 20
    assert "column_0" in page.evaluate(f"[...{GRAPH}.items.values()].map((i) => i.node?.label)")
    page.get_by_role("button", name="All down").click()
    assert page.evaluate(COUNT) > more
    page.get_by_role("button", name="Reset").click()
    assert page.evaluate(COUNT) == few


def test_one_step_up_at_a_time(page, shown):
    shown("chain")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="computed_0_23").or_(
        page.get_by_role("button", name="computed_0_24")
    ).first.click()
    assert label(page) == "computed_0_24"
    page.get_by_role("button", name="All up").wait_for()
    assert page.get_by_role("button", name="Expand up").count() == 0  # its one input is seen
    page.locator("[data-graph=canvas]").press("ArrowLeft")
    assert label(page) == "computed_0_23"
    page.get_by_role("button", name="Expand up (+1)").click()
    page.locator("[data-graph=canvas]").press("ArrowLeft")
    assert label(page) == "computed_0_22"


def test_the_keyboard_moves_between_neighbours_and_follows_links(page, shown, site):
    shown("focus")
    canvas = page.locator("[data-graph=canvas]")
    canvas.focus()
    canvas.press("ArrowRight")
    assert label(page) == "buys"
    canvas.press("ArrowRight")
    assert label(page) == "model of buys"
    canvas.press("ArrowLeft")
    canvas.press("Escape")
    assert chosen(page) is None
    canvas.press("ArrowRight")
    assert chosen(page) is not None
    page.get_by_label("Find a node of the graph").fill("mean_price")
    page.keyboard.press("Enter")
    assert label(page) == "mean_price"
    canvas.press("Enter")
    page.wait_for_url(f"{site}/graphs/features/mean_price")


def test_many_nodes_are_gathered_and_a_group_is_opened(page, shown):
    shown("many")
    assert page.get_by_label("Gathered by").input_value() == "module"
    count = page.evaluate(COUNT)
    assert count < 60
    click(page, "module_3")
    assert "30 functions" in page.locator("[data-graph=panel]").inner_text()
    page.get_by_role("button", name="Open the group").click()
    assert page.evaluate(COUNT) == count + 29
    page.get_by_role("button", name="Close its group").click()
    assert page.evaluate(COUNT) == count


def test_what_would_freeze_the_page_is_refused_with_a_reason(page, shown):
    shown("many")
    page.get_by_label("Gathered by").select_option("")
    assert "321 nodes, and at most 300" in page.locator("[data-graph=said]").inner_text()
    assert page.get_by_label("Gathered by").input_value() == "module"


def test_the_search_shows_a_node_that_was_gathered(page, shown):
    shown("many")
    page.get_by_label("Find a node of the graph").fill("computed_7_1")
    page.keyboard.press("Enter")
    assert label(page) == "computed_7_1"
    page.get_by_label("Find a node of the graph").fill("nothing like it")
    page.keyboard.press("Enter")
    assert "No node's name has" in page.locator("[data-graph=said]").inner_text()


def test_the_wheel_scrolls_the_page_unless_it_is_asked_to_zoom(page, shown):
    shown("shop")
    page.evaluate("document.querySelector('#below').style.height = '3000px'")
    page.locator("[data-graph=canvas]").hover()
    level = page.evaluate(f"{GRAPH}.drawing.cy.zoom()")
    page.mouse.wheel(0, 120)
    until(page, "window.scrollY > 0")
    assert page.evaluate(f"{GRAPH}.drawing.cy.zoom()") == level
    page.locator("[data-graph=canvas]").focus()
    page.locator("[data-graph=canvas]").hover()
    page.wait_for_timeout(400)  # a wheel that was scrolling the page doesn't begin to zoom
    page.mouse.wheel(0, 120)
    until(page, f"{GRAPH}.drawing.cy.zoom() !== {level}")


def test_colours_follow_the_theme(page, shown):
    page.emulate_media(color_scheme="light")
    shown("shop")
    colour = f"{GRAPH}.drawing.cy.nodes('.stored')[0].style('background-color')"
    assert page.evaluate(colour) == "rgb(156,195,230)"
    page.emulate_media(color_scheme="dark")
    until(page, f"{colour} === 'rgb(43,95,143)'")
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    until(page, f"{colour} === 'rgb(156,195,230)'")


@pytest.mark.parametrize("width", [1280, 390])
def test_everybody_can_use_it(page, shown, at_width, width):
    at_width(width)
    shown("focus")
    page.get_by_text("The same as a table").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert_accessible(page)


def test_a_file_from_a_disk_needs_nothing_else(page, tmp_path):
    file = tmp_path / "lineage.html"
    file.write_text(lineage_page(shop(HOSTILE), HOSTILE, AT), encoding="utf-8")
    page.goto(file.as_uri())
    click(page, "price")
    page.get_by_role("link", name="Go to its row in the table").click()
    assert page.locator("tr:target th").inner_text() == "price"
    page.get_by_role("searchbox", name="Search the table").fill("stored orders")
    assert page.locator(".lg-table tbody tr:visible th").all_inner_texts() == ["big_share_1d"]
    assert_accessible(page)


def test_without_a_script_there_is_the_table(browser, tmp_path):
    file = tmp_path / "lineage.html"
    file.write_text(lineage_page(shop(), "Lineage", AT), encoding="utf-8")
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(file.as_uri())
        assert page.get_by_role("rowheader", name="above_mean").is_visible()
        assert not page.locator(".lg-stage").is_visible()
