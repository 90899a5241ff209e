from __future__ import annotations

from urllib.parse import urljoin

import pytest

from onedag.pages import Links, asset

PAGES = ["index", "features", "features/distance", "sources/flights"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("root", ["http://here", "http://here/below/a/path"])
def test_served_links_lead_to_the_same_places_from_every_page(page: str, root: str) -> None:
    links = Links.served(page, api=True)
    here = f"{root}/catalog/{'' if page == 'index' else page}"
    assert urljoin(here, links.index()) == f"{root}/catalog/"
    assert urljoin(here, links.feature("is_late")) == f"{root}/catalog/features/is_late"
    assert urljoin(here, links.section_page("views")) == f"{root}/catalog/views"
    assert urljoin(here, links.search_index()) == f"{root}/catalog/search.js"
    assert urljoin(here, f"{links.api}v1") == f"{root}/v1"
    style = f"{root}/catalog/static/onedag.css?v={asset('onedag.css').digest}"
    assert urljoin(here, links.asset("onedag.css")) == style


@pytest.mark.parametrize("page", PAGES)
def test_static_links_lead_to_files(page: str) -> None:
    links = Links.static(page)
    here = f"file:///site/{links.file}"
    assert urljoin(here, links.index()) == "file:///site/index.html"
    assert urljoin(here, links.view("carrier_landings")) == (
        "file:///site/views/carrier_landings.html"
    )
    assert urljoin(here, links.asset("theme.js")) == "file:///site/static/theme.js"
    assert links.api is None


def test_names_that_are_no_ascii_are_quoted() -> None:
    assert Links.served("index").feature("größe") == "features/gr%C3%B6%C3%9Fe"
    assert Links.served("index").source("s", "a b#") == "sources/s#column-a%20b%23"
