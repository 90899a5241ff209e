"""The lineage in one file, opened from a disk, printed, and without scripts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from onedag.pages.lineage import lineage_page
from tests.browser.accessible import assert_accessible
from tests.browser.graphs import GRAPH, click
from tests.onedag.pages.lineages import HOSTILE, shop

AT = datetime(2013, 10, 1, tzinfo=UTC)


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


@pytest.mark.parametrize("chosen", ["system", "dark"])
def test_paper_has_all_of_the_graph_and_is_light(page, tmp_path, chosen):
    file = tmp_path / "lineage.html"
    file.write_text(lineage_page(shop(), "Lineage", AT), encoding="utf-8")
    page.emulate_media(color_scheme="dark")
    page.goto(file.as_uri())
    if chosen == "dark":
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.evaluate(f"void {GRAPH}.drawing.cy.pan({{x: 5000, y: 5000}})")  # out of sight
    page.emulate_media(color_scheme="dark", media="print")
    page.evaluate("void window.dispatchEvent(new Event('beforeprint'))")
    image = page.locator(".lg-paper img")
    image.evaluate("(image) => image.decode()")
    frame, line = image.bounding_box(), page.locator(".lg-paper .lg-boundary").bounding_box()
    assert frame["x"] < line["x"] < frame["x"] + frame["width"]
    assert not page.locator(".lg-canvas").is_visible()
    said = "getComputedStyle(document.body).color"
    assert page.evaluate(said) == "rgb(0, 0, 0)"
    page.evaluate("void window.dispatchEvent(new Event('afterprint'))")
    assert page.locator(".lg-paper").count() == 0
