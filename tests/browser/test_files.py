"""Files that are opened from a disk and need nothing else: an audit report, a lineage."""

from __future__ import annotations

from playwright.sync_api import expect

from batch_etl.auditing import write_audit
from drivers.catalog import CatalogReader
from onedag.pages.lineage import lineage_page
from tests.browser.accessible import assert_accessible
from tests.browser.flights import NOON, SERVICE


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


def test_a_lineage_is_one_file_that_needs_nothing_else(page, flights, tmp_path):
    catalog = CatalogReader(flights.project, clock=flights.clock, open_sources=True).read()
    file = tmp_path / "lineage.html"
    html = lineage_page(catalog.lineage, f"Lineage of {SERVICE}", NOON)
    file.write_text(html, encoding="utf-8")
    page.goto(file.as_uri())
    expect(page.get_by_role("heading", level=1)).to_contain_text(SERVICE)
    page.get_by_label("Find a node of the graph").fill("network_late_rate_1d")
    page.keyboard.press("Enter")
    expect(page.get_by_label("The chosen node")).to_contain_text("network_late_rate_1d")
    assert_accessible(page, ".lg-bar, .lg-panel, .lg-legend")
