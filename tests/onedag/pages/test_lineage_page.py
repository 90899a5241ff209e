from __future__ import annotations

import re
from datetime import UTC, datetime

from onedag.pages.lineage import lineage_page
from tests.onedag.pages.lineages import HOSTILE, shop

AT = datetime(2013, 10, 1, 6, 30, tzinfo=UTC)


def test_the_document_says_when_and_of_what_it_was_made() -> None:
    html = lineage_page(shop(), "Lineage of buys", AT, {"commit": "78f8401", "project": "shop"})
    assert "<title>Lineage of buys</title>" in html
    assert "2013-10-01 06:30 UTC" in html
    assert "78f8401" in html


def test_the_document_asks_for_nothing() -> None:
    html = lineage_page(shop(), "Lineage", AT)
    assert not re.search(r'<script[^>]*\ssrc=|<link[^>]*rel="stylesheet"|@import|url\(', html)
    assert re.findall(r'<link[^>]*href="([^"]*)"', html) == ["data:,"]


def test_what_is_said_of_it_is_text() -> None:
    html = lineage_page(shop(HOSTILE), HOSTILE, AT, {HOSTILE: HOSTILE})
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_every_node_has_a_row() -> None:
    html = lineage_page(shop(), "Lineage", AT)
    assert len(re.findall(r'<tr id="node-\d+">', html)) == len(shop().nodes)
