"""The catalog of the flights: from a search to a source, and to a prediction."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from online_api import create_app
from online_api.catalog_settings import CatalogSettings
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
MUCH = ["service", "stored feature", "source"]
"""Where there is more to see than in a small project."""


@pytest.fixture(scope="module")
def site(flights, serve):
    app = create_app(
        flights.project, clock=flights.clock, catalog=CatalogSettings(open_sources=True)
    )
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
def test_each_kind_of_page_fits_a_phone(opened, at_width, kind):
    page = opened(KINDS[kind])
    for width in (390, 320):
        at_width(width)
        assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("kind", MUCH)
def test_a_page_of_much_is_for_everybody(opened, kind):
    assert_accessible(opened(KINDS[kind]))
