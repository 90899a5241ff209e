"""What a style sheet must hold: the colours of origins, and contrast in both themes."""

from __future__ import annotations

import re

import pytest

from onedag.lineage.looks import LOOKS
from onedag.pages import asset

AA = 4.5  # WCAG 2.2, 1.4.3


def _themes() -> tuple[dict[str, str], list[dict[str, str]]]:
    css = asset("colours.css").text
    blocks = re.findall(r":root[^{]*\{([^}]*)\}", css)
    light, *dark = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks]
    return light, dark


LIGHT, DARK = _themes()


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted([_luminance(one), _luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def test_both_dark_themes_are_the_same() -> None:
    assert len(DARK) == 2
    assert DARK[0] == DARK[1]
    assert DARK[0].keys() == LIGHT.keys()


@pytest.mark.parametrize("kind", LOOKS)
def test_origins_have_the_colours_of_the_lineage(kind: str) -> None:
    assert LIGHT[f"origin-{kind}"] == LOOKS[kind].fill  # type: ignore[index]
    assert DARK[0][f"origin-{kind}"] == LOOKS[kind].dark  # type: ignore[index]


@pytest.mark.parametrize("theme", [LIGHT, DARK[0]], ids=["light", "dark"])
def test_text_can_be_read(theme: dict[str, str]) -> None:
    pairs = [
        (text, ground)
        for text in ("text", "muted", "accent")
        for ground in ("page", "surface", "sunken")
    ]
    pairs += [(tone, f"{tone}-soft") for tone in ("good", "warn", "bad", "pii", "accent")]
    pairs += [("text", f"{tone}-soft") for tone in ("warn", "bad", "accent")]
    pairs += [("on-accent", "accent")]
    pairs += [("origin-text", f"origin-{kind}") for kind in LOOKS]
    weak = {pair: _contrast(theme[pair[0]], theme[pair[1]]) for pair in pairs}
    assert {pair: value for pair, value in weak.items() if value < AA} == {}
