"""All pages of a catalog: they are whole, lead somewhere, and say what is known."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest

from onedag.catalog import Catalog
from onedag.errors import UnknownName
from onedag.pages import CatalogPages, Links, asset_names
from tests.onedag.pages.reading import ReadPage, read

SITE = "https://here.example/catalog/"


def all_pages(catalog: Catalog) -> dict[str, ReadPage]:
    pages = CatalogPages(catalog)
    return {name: read(pages.html(Links.static(name))) for name in pages}


@pytest.fixture
def pages(catalog: Catalog) -> dict[str, ReadPage]:
    return all_pages(catalog)


def test_there_is_a_page_of_everything(catalog, pages):
    snapshot = catalog.snapshot
    assert {f"services/{name}" for name in snapshot.services} <= pages.keys()
    assert {f"features/{name}" for name in snapshot.functions} <= pages.keys()
    assert {f"views/{name}" for name in snapshot.views} <= pages.keys()
    assert {"index", "features", "lineage", "sources/orders", "entities/user"} <= pages.keys()
    assert "features/age" in pages  # a column that is looked up as it is


def test_every_link_leads_to_a_page_and_a_place_on_it(pages):
    for name, page in pages.items():
        for link in page.links:
            target, anchor = urldefrag(urljoin(f"{SITE}{name}.html", link))
            place = unquote(urlsplit(target).path.removeprefix("/catalog/")).removesuffix(".html")
            assert place in pages, f"{name} links to {link}"
            assert not anchor or unquote(anchor) in pages[place].ids, f"{name} links to {link}"


def test_every_file_that_a_page_loads_is_shipped(pages):
    shipped = {f"{SITE}static/{name}" for name in asset_names()}
    for name, page in pages.items():
        assert {urljoin(f"{SITE}{name}", link) for link in page.loaded} <= shipped


def test_pages_keep_to_their_policy(pages):
    for page in pages.values():
        assert not page.inline
        assert "style" not in page.attributes
        assert "style" not in page.tags
        assert not [name for name in page.attributes if name.startswith("on")]


def test_headings_are_in_order_and_ids_are_unique(pages):
    for name, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), name
        shown = page.headings[:1] if name == "index" else page.headings  # results are hidden there
        assert shown[0] == 1, name
        steps = pairwise(shown)
        assert all(after <= before + 1 for before, after in steps), name


def test_what_cannot_be_known_leaves_no_page_out(bare):
    down = replace(bare, store_error="Redis at redis.example can't be reached.")
    for name, page in all_pages(down).items():
        assert "Redis at redis.example can't be reached." in page.said, name
    assert "unknown freshness" in all_pages(down)["views/user_orders_every_1d"].said


def test_a_bare_catalog_says_what_to_run(bare):
    pages = all_pages(bare)
    assert "run onedag materialize" in pages["views/user_orders_every_1d"].said
    assert "run onedag train buys" in pages["services/buys"].said
    assert "not measured: run onedag drift buys --keep" in pages["features/risk"].said


def test_the_page_of_a_feature(pages):
    said = pages["features/big_share_7d"].said
    for part in (
        "Share of big orders.",
        "orders.amount → is_big → big_share_7d",
        "through risk",
        "stored in user_orders_every_1d",
        "12 h ago",
        "return is_big.mean()",
        "Owner risk",
    ):
        assert part in said, part


def test_the_page_of_a_measured_feature(pages):
    said = pages["features/risk"].said
    assert "drifted PSI 0.3, KS 0.25" in said
    assert "2 differ of 9 served rows: late-data 2" in said
    assert "rows 4" in said


def test_the_page_of_a_fitted_value(pages):
    assert "Fitted to 7.5" in pages["features/mean_price"].said


def test_the_page_of_a_service(pages):
    said = pages["services/buys"].said
    assert "A price that is asked for." in said
    assert "Start onedag serve and open /catalog/services/buys there." in said
    assert "Features 5" in said


def test_a_service_that_cannot_be_planned_says_why(pages):
    assert "It can't be planned. It lacks a price." in pages["services/broken"].said
    assert "It can't be planned: It lacks a price." in pages["index"].said


def test_personal_data_is_followed(pages):
    flow = "orders.amount → is_big → big_share_7d → risk"
    assert flow in pages["services/buys"].said
    assert f"PII {flow}" in pages["features/risk"].said
    assert "It comes from nothing that is tagged as personal." in pages["features/band"].said
    assert "orders.amount buys" in pages["index"].said


def test_dead_functions_are_named(pages):
    index = pages["index"].said
    assert "all_orders" in index.partition("Used by no service")[2]
    assert "used by no service" in pages["features/all_orders"].said


def test_columns_have_places_of_their_own(pages):
    orders = pages["sources/orders"]
    assert "column-amount" in orders.ids
    assert "amount PII double is_big" in orders.said


def test_an_unknown_page(catalog):
    pages = CatalogPages(catalog)
    for place in ("features/riks", "nowhere", "features/", "services/buys/more", "lineage/x"):
        with pytest.raises(UnknownName):
            pages.html(Links.served(place))


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("features/riks", "No feature is named 'riks'."),
        ("nowhere", "There is no page at 'nowhere'."),
    ],
)
def test_instead_of_an_unknown_page(catalog, place, said):
    page = read(CatalogPages(catalog).missing(Links.served(place)))
    assert said in page.said
    assert f"Search for “{place.rpartition('/')[2]}”" in page.said
    if place == "features/riks":
        assert "../features/risk" in page.links


def test_served_pages_offer_the_form_only_with_an_api(catalog):
    pages = CatalogPages(catalog)
    with_api = read(pages.html(Links.served("services/buys", api=True)))
    without = read(pages.html(Links.served("services/buys")))
    assert "form" in with_api.tags
    assert with_api.tags.count("form") > without.tags.count("form")
    assert "This server shows pages and answers no requests." in without.said


def test_a_name_of_any_length_is_looked_for(catalog):
    pages, long = CatalogPages(catalog), "x" * 60_000
    assert f"No feature is named '{'x' * 191}'." in pages.missing(
        Links.served(f"features/{long}")
    ).replace("&#39;", "'")
    assert f"0 results for “{'x' * 200}”" in pages.html(Links.served(), long)
