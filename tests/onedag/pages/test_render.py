from __future__ import annotations

import doctest
from datetime import UTC, datetime, timedelta

import jinja2
import pytest

from onedag.errors import UnknownName
from onedag.pages import Links, asset, asset_names, environment, links, render, written


@pytest.mark.parametrize("module", [links, written])
def test_examples_of_docstrings(module: object) -> None:
    failed, tried = doctest.testmod(module)  # type: ignore[arg-type]
    assert tried
    assert not failed


def test_what_is_shown_is_escaped() -> None:
    html = render("base.html", links=Links.served(), project="<script>alert(1)</script>")
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_a_name_that_is_not_given_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError, match="project"):
        render("base.html", links=Links.served())


def test_filters_are_there() -> None:
    template = environment().from_string("{{ when|moment }} {{ 1234|number }} {{ doc|paragraphs }}")
    said = template.render(when=datetime(2013, 1, 1, tzinfo=UTC), doc="a & `b`")
    assert said == (
        '<time datetime="2013-01-01T00:00:00+00:00">2013-01-01 00:00 UTC</time> 1,234 '
        "<p>a &amp; <code>b</code></p>"
    )


def test_html_in_a_docstring_is_text() -> None:
    said = written.paragraphs("`<b onclick='x'>`\n\n    <script>alert(1)</script>")
    assert said == (
        "<p><code>&lt;b onclick=&#39;x&#39;&gt;</code></p>\n"
        "<pre>    &lt;script&gt;alert(1)&lt;/script&gt;</pre>"
    )


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(0), "0 s"),
        (timedelta(milliseconds=12), "0.012 s"),
        (timedelta(hours=1), "1 h"),
        (timedelta(days=2, minutes=5), "2 d"),
        (timedelta(minutes=-3), "\N{MINUS SIGN}3 min"),
    ],
)
def test_duration(length: timedelta, said: str) -> None:
    assert written.duration(length) == said


def test_every_asset_has_a_digest_of_its_content() -> None:
    assert "onedag.css" in asset_names()
    assert len({asset(name).digest for name in asset_names()}) == len(asset_names())


def test_an_unknown_asset_gets_suggestions() -> None:
    with pytest.raises(UnknownName, match=r"onedag\.css"):
        asset("onedag.cs")


def test_no_asset_outside_of_its_folder() -> None:
    with pytest.raises(UnknownName):
        asset("../render.py")
