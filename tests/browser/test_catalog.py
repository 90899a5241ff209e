"""The catalog's pages in a real browser: found, read, followed, at any width and in any colours."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from starlette.types import ASGIApp

from batch_etl.catalog import write_catalog
from drivers.catalog import CatalogReader
from onedag.pages import CatalogPages
from onedag.pages.search import find
from online_api import create_app
from tests.browser.accessible import assert_accessible
from tests.browser.odd import OddProject

PLACES = [
    "",
    "services/odd",
    "features/next_id",
    "features",
    "sources/accounts",
    "entities/account",
    "views/account_accounts",
    "lineage",
    "?q=id",
    "nowhere",
]


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OddProject]:
    yield OddProject(tmp_path_factory.mktemp("odd"))
    sys.modules.pop("odd_features", None)


@pytest.fixture(scope="module")
def reader(odd: OddProject) -> CatalogReader:
    return CatalogReader(odd.project, clock=odd.clock)


@pytest.fixture(scope="module")
def address(odd: OddProject, serve: Callable[[ASGIApp], str]) -> str:
    return serve(create_app(odd.project, clock=odd.clock)) + "/catalog/"


@pytest.fixture(scope="module")
def site(odd: OddProject, reader: CatalogReader, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages") / "site"
    return write_catalog(lambda: reader, odd.project.root, folder).index


@pytest.mark.parametrize("place", PLACES)
def test_pages_complain_of_nothing_and_fit_a_phone(
    address: str, place: str, page: Page, watched, at_width
) -> None:
    watched.allow("404")  # of the page that isn't there
    at_width(360)
    page.goto(address + place)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.title() != "taken"
    assert_accessible(page)


def test_a_feature_is_found_by_typing(address: str, page: Page) -> None:
    page.goto(address)
    page.keyboard.press("/")
    search = page.get_by_role("combobox", name="Search")
    expect(search).to_be_focused()
    page.keyboard.type("next")
    options = page.get_by_role("option")
    expect(options).to_have_count(1)
    expect(page.locator("#search-said")).to_have_text("1 result")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert search.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    assert_accessible(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("next_id")


def test_escape_closes_what_is_found_and_keeps_what_was_typed(address: str, page: Page) -> None:
    page.goto(address + "features/next_id")
    search = page.get_by_role("combobox", name="Search")
    search.fill("id")
    listed = page.get_by_role("listbox")
    expect(listed).to_be_visible()
    search.press("Escape")
    expect(listed).to_be_hidden()
    assert search.input_value() == "id"
    search.fill("nothing like it")
    expect(page.locator("#search-said")).to_have_text("0 results")
    page.mouse.click(5, 500)
    expect(listed).to_be_hidden()


def test_enter_shows_all_that_is_found(address: str, page: Page) -> None:
    page.goto(address + "features/next_id")
    page.get_by_role("combobox", name="Search").fill("id")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("results for “id”")
    page.get_by_role("main").get_by_role("link", name="next_id").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("next_id")


def test_a_slash_is_a_letter_where_one_writes(address: str, page: Page) -> None:
    page.goto(address + "services/odd")
    field = page.get_by_label("name", exact=True).first
    field.click()
    page.keyboard.type("a/b")
    expect(field).to_be_focused()


def test_the_browser_finds_what_the_server_finds(
    address: str, reader: CatalogReader, page: Page
) -> None:
    entries = CatalogPages(reader.read()).entries
    page.goto(address)
    for query in ("id", "a", "next number", "tag:pii", "kind:request-field", "acc", "o d"):
        expected = [f"{entry.kind} {entry.name}" for entry in find(entries, query)]
        search = page.get_by_role("combobox", name="Search")
        search.fill(query)
        counted = f"{len(expected)} result{'s' if len(expected) != 1 else ''}"
        expect(page.locator("#search-said")).to_have_text(counted)
        shown = page.locator(".search-option").evaluate_all(
            "all => all.map(one => one.querySelector('.badge').textContent + ' '"
            " + one.querySelector('.name').textContent)"
        )
        assert shown == expected[: len(shown)], query
        assert len(shown) == min(len(expected), 12)


def test_the_colours_are_chosen_and_kept(address: str, page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(address)
    toggle = page.get_by_role("button", name="Colours")
    expect(toggle).to_have_accessible_name("Colours: system")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    toggle.click()
    toggle.click()
    expect(toggle).to_have_accessible_name("Colours: dark")
    dark = page.evaluate(ground)
    assert dark != light
    page.goto(address + "features")
    assert page.evaluate(ground) == dark
    page.get_by_role("button", name="Colours").click()
    assert page.evaluate(ground) == light


def test_a_long_table_is_narrowed_down(address: str, page: Page) -> None:
    page.goto(address + "features")
    rows = page.locator("tbody tr")
    every = rows.count()
    page.get_by_label("Narrow down: Features").fill("next")
    assert page.locator("tbody tr:visible").count() == 1
    expect(page.get_by_role("status").filter(has_text="of")).to_have_text(f"1 of {every}")


def test_from_a_feature_to_the_column_that_it_comes_from(address: str, page: Page) -> None:
    page.goto(address + "features/balance")
    page.get_by_role("main").get_by_role("link", name="accounts.balance").first.click()
    expect(page.locator("#column-balance")).to_be_in_viewport()
    assert page.url.endswith("sources/accounts#column-balance")


def test_pages_work_without_javascript(address: str, browser) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(address)
        page.get_by_label("Search").fill("next")
        page.get_by_label("Search").press("Enter")
        page.get_by_role("main").get_by_role("link", name="next_id").click()
        assert page.locator("h1").inner_text() == "next_id"


def test_files_are_searched_and_followed_from_a_disk(site: Path, page: Page) -> None:
    page.goto(site.as_uri())
    search = page.get_by_role("combobox", name="Search")
    search.fill("balance")
    page.get_by_role("option").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("balance")
    page.get_by_role("combobox", name="Search").fill("id")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("results for “id”")
    page.get_by_role("main").get_by_role("link", name="next_id").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("next_id")
    page.get_by_role("link", name="Lineage").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lineage")


def test_what_is_written_is_text(address: str, page: Page) -> None:
    page.goto(address + "features/next_id")
    expect(page.get_by_role("main")).to_contain_text('<script>document.title = "taken"</script>')
    assert json.dumps(page.title()) == json.dumps("next_id, function of a row · odd0")
