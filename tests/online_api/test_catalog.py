"""The catalog's pages, as a server of the API shows them."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import FastAPI

from online_api import app_from_environment, create_app
from online_api.catalog_routes import HEADERS
from tests.onedag.pages.reading import read


@pytest.fixture
def client(shop, run_app):
    shop.publish()
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        yield client


@pytest.mark.parametrize(
    "place",
    [
        "",
        "services/buys",
        "features/spent_7d",
        "sources/orders",
        "views/customer_orders",
        "lineage",
    ],
)
def test_pages(client, place):
    answer = client.get(f"/catalog/{place}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    page = read(answer.text)
    assert not page.inline
    assert "style" not in page.attributes


def test_all_that_a_page_loads_is_there_and_kept(client):
    page = read(client.get("/catalog/features/spent_7d").text)
    assert any("onedag.css?v=" in link for link in page.loaded)
    for link in page.loaded:
        answer = client.get(f"/catalog/{link.removeprefix('../')}")
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_asset_that_is_there_already_is_not_sent_again(client):
    whole = client.get("/catalog/static/onedag.css")
    assert whole.headers["cache-control"] == "no-cache"  # its link doesn't say its content
    tag = whole.headers["etag"]
    again = client.get("/catalog/static/onedag.css", headers={"If-None-Match": f'"x", W/{tag}'})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get("/catalog/static/onedag.css", headers={"If-None-Match": '"x"'})
    assert other.status_code == 200


def test_the_search_script(client):
    answer = client.get("/catalog/search.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert '"spent_7d"' in answer.text
    tag = {"If-None-Match": answer.headers["etag"]}
    assert client.get("/catalog/search.js", headers=tag).status_code == 304


def test_search_without_javascript(client):
    said = read(client.get("/catalog/?q=spent").text).said
    assert "1 result for “spent”" in said or "results for “spent”" in said
    assert "spent_7d" in said


@pytest.mark.parametrize("path", ["/", "/catalog", "/catalog?q=spent%207d"])
def test_ways_to_the_first_page_are_relative(client, path):
    answer = client.get(path)
    assert answer.status_code == 307
    query = path.partition("?")[2]
    assert answer.headers["location"] == f"catalog/{'?' if query else ''}{query}"


@pytest.mark.parametrize(
    ("path", "to"),
    [("/catalog/features/", "../features"), ("/catalog/services/buys/", "../buys")],
)
def test_a_slash_at_the_end_leads_back(client, path, to):
    assert client.get(path).headers["location"] == to


def test_an_unknown_name_gets_suggestions(client):
    answer = client.get("/catalog/features/spent_8d")
    assert answer.status_code == 404
    page = read(answer.text)
    assert "No feature is named 'spent_8d'." in page.said
    assert "../features/spent_7d" in page.links


@pytest.mark.parametrize(
    "path", ["/catalog/nowhere", "/catalog/a/b/c", "/catalog/static/no.css", "/catalog/static/../x"]
)
def test_what_is_not_there(client, path):
    assert client.get(path).status_code == 404


def test_head_and_other_methods(client):
    assert client.head("/catalog/").status_code == 200
    assert client.head("/catalog/nowhere").status_code == 404
    assert client.post("/catalog/").status_code == 405


def test_pages_are_not_in_the_api_description(client):
    assert not [path for path in client.get("/openapi.json").json()["paths"] if "catalog" in path]


def test_a_store_that_is_down_is_said(shop, run_app):
    project = shop.at("redis://127.0.0.1:1/0")
    with run_app(create_app(project, clock=shop.clock)) as client:
        for place in ("", "services/buys", "features/spent_7d", "views/customer_orders"):
            answer = client.get(f"/catalog/{place}")
            assert answer.status_code == 200
            assert "Unknown freshness." in read(answer.text).said


def test_nothing_published_is_said(shop, run_app):
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        assert "No run is published" in read(client.get("/catalog/services/buys").text).said


def test_what_is_published_later_is_seen(shop, run_app):
    app = create_app(shop.project, clock=shop.clock)
    with run_app(app) as client:
        shop.publish()
        assert "fits" not in client.get("/catalog/").text
        assert "not published" in read(client.get("/catalog/services").text).said  # tests_items
        assert re.search(r"Trained 20\d\d", read(client.get("/catalog/services/buys").text).said)


def test_without_a_catalog(shop, run_app):
    with run_app(create_app(shop.project, catalog=None)) as client:
        assert client.get("/catalog/").status_code == 404
        assert client.get("/").status_code == 404


def test_the_environment_leaves_the_catalog_out(shop, run_app, monkeypatch):
    monkeypatch.setenv("ONEDAG_PROJECT", str(shop.root))
    monkeypatch.setenv("ONEDAG_CATALOG", "false")
    monkeypatch.syspath_prepend(str(shop.root))
    with run_app(app_from_environment()) as client:
        assert client.get("/catalog/").status_code == 404


def test_a_front_of_the_users_own_stays(shop, run_app):
    app = create_app(shop.project)

    @app.get("/")
    def front() -> str:
        return "mine"

    with run_app(app) as client:
        assert client.get("/").json() == "mine"
        assert client.get("/catalog/").status_code == 200


def test_an_app_that_is_mounted_below_a_path(shop, run_app):
    inner, outer = create_app(shop.project), FastAPI(openapi_url=None)
    outer.mount("/below", inner)
    outer.router.lifespan_context = lambda _: inner.router.lifespan_context(inner)
    with run_app(outer) as client:
        assert client.get("/below/").headers["location"] == "catalog/"
        assert client.get("/below/catalog").headers["location"] == "catalog/"
        page = read(client.get("/below/catalog/features/spent_7d").text)
        assert "../services/buys" in page.links
        assert client.get("/below/catalog/services/buys").status_code == 200
        assert client.get("/").status_code == 404


def test_many_at_once_see_the_same(client):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(client.get, ["/catalog/features"] * 16))
    assert {answer.text for answer in answers} == {answers[0].text}
