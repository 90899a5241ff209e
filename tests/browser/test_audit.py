"""The audit as a file, looked at in a browser that has no network."""

from __future__ import annotations

import sys

import pytest
from playwright.sync_api import expect

from batch_etl.auditing import write_audit
from tests.batch_etl.lending import Lending
from tests.browser.accessible import assert_accessible


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    root = tmp_path_factory.mktemp("lending")
    sys.path.insert(0, str(root))
    lending = Lending(root, "audited_lending")
    lending.train()
    write_audit(lending.load(), "loans", root / "loans.html", None, None, lambda _: None)
    yield (root / "loans.html").as_uri()
    sys.path.remove(str(root))
    del sys.modules[lending.module]


def summary_of(page, name):
    return page.locator(f"#feature-{name} > summary")


def test_it_opens_from_a_disk_and_asks_nobody(page, document):
    page.goto(document)
    expect(page.locator("h1")).to_have_text("loans")
    expect(page.locator(".lg-canvas canvas").first).to_be_attached()
    assert page.title() == f"Audit of loans · {document.split('/')[-2]}"
    assert page.evaluate("performance.getEntriesByType('resource').length") == 0


def test_a_feature_opens_with_its_formula(page, document):
    page.goto(document)
    summary_of(page, "late_share_7d").click()
    feature = page.locator("#feature-late_share_7d")
    expect(feature.locator(".audit-formula > li > ul > li > .name")).to_have_text("is_late")
    expect(feature.locator(".audit-formula .origin-column")).to_be_visible()
    expect(feature.locator("svg.histogram")).to_be_visible()
    code = feature.locator(".audit-code").first
    expect(code.locator("pre")).to_be_hidden()
    code.locator("summary").click()
    expect(code.locator("pre")).to_contain_text("return is_late.mean()")


def test_features_are_found_by_what_they_are_made_of(page, document):
    page.goto(document)
    page.get_by_label("Show only").fill("born")
    expect(page.locator("[data-audit-found]")).to_have_text("1 of 5 features")
    expect(summary_of(page, "age")).to_be_visible()
    expect(summary_of(page, "amount")).to_be_hidden()
    page.get_by_role("button", name="Open all").click()
    expect(page.locator(".audit-feature[open]")).to_have_count(1)
    page.get_by_label("Show only").fill("")
    expect(summary_of(page, "amount")).to_be_visible()


def test_a_link_opens_what_it_leads_to(page, document):
    page.goto(f"{document}#feature-age")
    expect(page.locator("#feature-age .audit-body")).to_be_visible()
    page.get_by_label("Show only").fill("nothing has this")
    page.locator("#fitted a.name").first.click()
    expect(page.locator("#feature-amount_over_mean .audit-body")).to_be_visible()


def test_all_of_it_is_printed_the_code_once(page, document):
    page.goto(document)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("#feature-age .audit-formula")).to_be_visible()
    expect(page.locator("#feature-age .audit-code")).to_be_hidden()
    expect(page.locator("#function-age pre")).to_be_visible()
    expect(page.locator(".lg-listed table")).to_be_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".audit-feature[open], .lg-listed[open]").count() == 0


def test_a_phone_has_nothing_to_scroll_sideways(page, document, at_width):
    at_width(390)
    page.goto(document)
    page.get_by_role("button", name="Open all").click()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_it_is_accessible(page, document):
    page.goto(document)
    page.get_by_role("button", name="Open all").click()
    assert_accessible(page)
