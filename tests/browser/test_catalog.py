"""The served catalog of the flights, as a person uses it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from online_api import create_app
from tests.browser.accessible import assert_accessible

KINDS = {
    "overview": "",
    "results": "?q=late+rate",
    "services": "services",
    "features": "features",
    "service": "services/departure_delay",
    "stored feature": "features/carrier_late_rate_7d",
    "computed feature": "features/carrier_delay_trend_by_distance",
    "fitted value": "features/distance_mean",
    "entity": "entities/carrier",
    "source": "sources/landings",
    "view": "views/carrier_landings",
    "lineage": "lineage",
}
SEARCH = "Search features, services, columns, owners"


@pytest.fixture(scope="module")
def site(flights, serve):
    app = create_app(flights.project, clock=flights.clock, open_sources=True)
    return f"{serve(app)}/catalog"


@pytest.fixture
def opened(page, site):
    def opened(place):
        page.goto(f"{site}/{place}")
        return page

    return opened


def test_a_search_as_one_types_leads_to_a_feature(opened):
    page = opened("")
    page.keyboard.press("/")
    page.keyboard.type("carr late 7")
    found = page.get_by_role("option")
    expect(found.first).to_contain_text("carrier_late_rate_7d")
    page.keyboard.press("ArrowDown")
    expect(found.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("carrier_late_rate_7d")
    for said in ("Share of the carrier's landings", "airlines", "carrier_landings", "double"):
        expect(page.locator("main")).to_contain_text(said)
    expect(page.locator("pre")).to_contain_text("def carrier_late_rate")


def test_a_search_can_be_changed_and_left(opened):
    page = opened("")
    box = page.get_by_label(SEARCH)
    box.fill("no such thing")
    expect(page.get_by_text("Nothing fits.")).to_be_visible()
    box.fill("owner:airlines")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("option").first).to_be_hidden()
    box.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("owner:airlines")


def test_the_graph_leads_upstream_from_a_feature_to_its_source(opened):
    page = opened("features/carrier_late_rate_7d")
    panel = page.get_by_label("The chosen node")
    expect(panel).to_contain_text("carrier_late_rate_7d")
    page.locator("[data-graph=canvas]").focus()
    page.keyboard.press("ArrowLeft")
    expect(panel).to_contain_text("landed_late")
    page.keyboard.press("ArrowLeft")
    expect(panel).to_contain_text("arr_delay")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("landings")
    assert page.url.endswith("/catalog/sources/landings#column-arr_delay")


def test_a_prediction_is_made_as_of_what_is_stored(opened):
    page = opened("services/departure_delay")
    form = page.locator(".try")
    form.get_by_role("button", name="2013-03-08 17:00").click()
    form.get_by_role("button", name="Predict").click()
    expect(form.get_by_role("status")).to_contain_text("50 features")
    figure = float(form.locator(".try-figure strong").inner_text())
    assert 0 < figure < 1
    expect(form.locator(".try-features tbody tr")).to_have_count(50)
    late = form.locator('tbody tr:has(th .name:text-is("network_late_rate_1d"))')
    expect(late.locator(".badge")).to_have_text("PRESENT")
    expect(late).to_contain_text("everything_landings, one value for all")
    assert float(late.locator("data").get_attribute("value")) < 1


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_page_is_for_everybody(opened, at_width, kind):
    page = opened(KINDS[kind])
    assert_accessible(page)
    at_width(390)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    at_width(320)
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_colours_are_the_reader_s_choice_and_stay(opened, page):
    page.emulate_media(color_scheme="light")
    opened("")
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    button = page.get_by_role("button", name="Colours")
    button.click()
    button.click()
    expect(button).to_contain_text("dark")
    dark = page.evaluate(background)
    opened("features")
    assert page.evaluate(background) == dark != light


def test_the_first_tab_skips_to_the_content(opened):
    page = opened("features")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
