"""What the catalog shows where something is wrong: with a text, the store, the project, a name."""

from __future__ import annotations

import sys

import pytest
from playwright.sync_api import expect

from online_api import create_app
from online_api.app import catalog_from_environment
from tests.browser.accessible import assert_accessible
from tests.browser.served import served
from tests.online_api.going import GoingStore
from tests.online_api.shop import Shop


@pytest.fixture(scope="module")
def odd_site(odd, serve):
    return f"{serve(create_app(odd.project, clock=odd.clock))}/catalog"


@pytest.mark.parametrize("place", ["features/next_id", "features", "services/odd", "?q=script"])
def test_html_that_somebody_has_written_is_text(page, odd_site, place):
    page.goto(f"{odd_site}/{place}")
    if place == "features/next_id":
        expect(page.locator("main")).to_contain_text(
            '<script>document.title = "taken"</script> One'
        )
    page.get_by_role("combobox", name="Search").fill("next")
    expect(page.get_by_role("option").first).to_contain_text("next_id")
    assert "taken" not in page.title()
    assert page.locator("main b, main img").count() == 0


def test_personal_data_is_marked(page, odd_site):
    page.goto(f"{odd_site}/services/odd")
    expect(page.locator("#field-name")).to_contain_text("PII")
    expect(page.locator(".try [data-field=name]")).to_contain_text("PII")


def test_a_store_that_is_down_leaves_pages_that_say_so(page, tmp_path):
    shop, store = Shop(tmp_path, "shop_down"), GoingStore()
    shop.publish(store=store)
    store.down = True
    with served(create_app(shop.project, clock=shop.clock, store=store)) as site:
        for place in ("", "services/buys", "features/spent_7d", "views/customer_orders"):
            page.goto(f"{site}/catalog/{place}")
            expect(page.locator("main")).to_contain_text("The store can't be reached")
            expect(page.locator("main")).to_contain_text("unknown")
        assert_accessible(page)
    del sys.modules[shop.module]


def test_a_project_that_cant_be_loaded_shows_why(page, watched, tmp_path, monkeypatch):
    watched.allow("500 (Internal Server Error)")
    (tmp_path / "pyproject.toml").write_text('[tool.onedag]\nmodules = ["broken_features"]\n')
    (tmp_path / "broken_features.py").write_text(
        "import pandas as pd\n\nraise OSError('<b>no</b>')\n"
    )
    monkeypatch.setenv("ONEDAG_PROJECT", str(tmp_path))
    with served(catalog_from_environment()) as site:
        page.goto(f"{site}/catalog/")
        expect(page.locator("main")).to_contain_text("OSError in broken_features.py:3")
        expect(page.locator("main")).to_contain_text("<b>no</b>")
        assert_accessible(page)


def test_a_name_that_isn_t_there_is_answered_with_those_that_are_like_it(page, watched, odd_site):
    watched.allow("404 (Not Found)")
    page.goto(f"{odd_site}/features/nextid")
    page.locator("main").get_by_role("link", name="next_id").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("next_id")
