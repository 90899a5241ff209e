"""Files that are opened from a disk: the catalog, a lineage, an audit report."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from batch_etl.auditing import write_audit
from batch_etl.catalog import write_catalog
from drivers.catalog import CatalogReader
from onedag.pages.lineage import lineage_page
from tests.browser.accessible import assert_accessible
from tests.browser.flights import NOON, SERVICE


@pytest.fixture(scope="module")
def reader(flights):
    return CatalogReader(flights.project, clock=flights.clock, open_sources=True)


@pytest.fixture(scope="module")
def files(flights, reader, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    write_catalog(lambda: reader, flights.project.root, folder / "site")
    return folder


@pytest.fixture
def opened(page, files):
    def opened(name, query=""):
        page.goto((files / name).as_uri() + query)
        return page

    return opened


def test_the_catalog_is_searched_and_read_without_a_server(opened):
    page = opened("site/index.html")
    page.get_by_role("combobox", name="Search").fill("carrier_late_rate_7d")
    page.get_by_role("option").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("carrier_late_rate_7d")
    page.locator("[data-graph=canvas]").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("landings")
    page.get_by_role("link", name="Services").click()
    page.get_by_role("link", name=SERVICE).first.click()
    expect(page.locator("main")).to_contain_text("there is nothing to ask")


def test_what_a_query_finds_is_listed_without_a_server(opened):
    page = opened("site/index.html", "?q=owner:airlines")
    expect(page.get_by_role("heading", level=1)).to_contain_text("owner:airlines")
    expect(page.get_by_role("link", name="carrier_late_rate_7d")).to_be_visible()


def test_an_audit_report_is_one_file_for_everybody(page, at_width, odd, tmp_path):
    file = tmp_path / "audit.html"
    write_audit(odd.project, "odd", file, None, None, lambda line: None)
    page.goto(file.as_uri())
    expect(page.get_by_role("heading", level=1)).to_contain_text("odd")
    for said in ("next_id", "PII", "accounts", "balance"):
        expect(page.locator("main")).to_contain_text(said)
    assert "taken" not in page.title()
    assert_accessible(page)
    at_width(390)
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_lineage_is_one_file_that_needs_nothing_else(page, reader, tmp_path):
    catalog = reader.read()
    file = tmp_path / "lineage.html"
    html = lineage_page(catalog.lineage, f"Lineage of {SERVICE}", NOON)
    file.write_text(html, encoding="utf-8")
    page.goto(file.as_uri())
    expect(page.get_by_role("heading", level=1)).to_contain_text(SERVICE)
    page.get_by_label("Find a node of the graph").fill("network_late_rate_1d")
    page.keyboard.press("Enter")
    expect(page.get_by_label("The chosen node")).to_contain_text("network_late_rate_1d")
    assert_accessible(page, ".lg-bar, .lg-panel, .lg-legend")
