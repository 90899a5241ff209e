"""What people write is text on every page, whatever it looks like."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from onedag.pages import CatalogPages, Links
from tests.onedag.pages.reading import read

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)>'\"&"


@pytest.fixture
def evil(catalog):
    """The catalog with such text wherever there can be any."""
    snapshot = catalog.snapshot
    tags = {"owner": EVIL, "note": EVIL}
    functions = {
        name: replace(one, doc=f"{EVIL}\n\n    {EVIL}", owner=EVIL, tags=tags, code=EVIL)
        for name, one in snapshot.functions.items()
    }
    sources = {name: replace(one, data=EVIL) for name, one in snapshot.sources.items()}
    services = {
        name: replace(
            one,
            doc=EVIL,
            fields=tuple(replace(f, description=EVIL, default=EVIL) for f in one.fields),
        )
        for name, one in snapshot.services.items()
    }
    nodes = {
        name: replace(node, detail=EVIL, owner=EVIL) for name, node in catalog.lineage.nodes.items()
    }
    return replace(
        catalog,
        project=EVIL,
        snapshot=replace(snapshot, functions=functions, sources=sources, services=services),
        lineage=replace(catalog.lineage, nodes=nodes),
        store_error=EVIL,
        notes=(f"`{EVIL}`",),
        unplanned={"broken": EVIL},
    )


@pytest.mark.parametrize("api", [True, False])
def test_no_page_takes_text_for_html(evil, api):
    pages = CatalogPages(evil)
    for name in pages:
        page = read(pages.html(Links.served(name, api=api)))
        assert not page.inline, name
        assert "img" not in page.tags, name
        assert "onerror" not in page.attributes, name


def test_nor_does_the_page_of_results(evil):
    page = read(CatalogPages(evil).html(Links.served(), EVIL))
    assert not page.inline
    assert "img" not in page.tags
    assert EVIL in page.said


def test_nor_the_script_of_the_search(evil):
    script = CatalogPages(evil).search_script
    rows = json.loads(script.partition(" = ")[2].removesuffix(";\n"))
    assert any(row[5] == EVIL for row in rows)
