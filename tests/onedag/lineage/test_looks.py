"""Each kind has a look of its own, and one can read what is written on it."""

from __future__ import annotations

import pytest

from onedag.lineage import BOUNDARY, LOOKS, LineageNode, NodeKind, legend

CONTRAST = 4.5
"""What the Web Content Accessibility Guidelines ask for, level AA."""


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb``, as WCAG defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_every_kind_has_a_look_in_the_order_of_the_flow() -> None:
    assert list(LOOKS) == list(NodeKind)


@pytest.mark.parametrize("kind", NodeKind)
def test_text_can_be_read_on_the_fills(kind: NodeKind) -> None:
    assert contrast(LOOKS[kind].fill, "#111111") >= CONTRAST
    assert contrast(LOOKS[kind].dark, "#ffffff") >= CONTRAST


def test_no_two_kinds_look_alike() -> None:
    for attribute in ("fill", "dark", "said", "many"):
        assert len({getattr(look, attribute) for look in LOOKS.values()}) == len(LOOKS)
    boxes = {NodeKind.COLUMN, NodeKind.MAPPED}  # both are batch, and blue
    shapes = {
        (look.graphviz, look.rounded, look.double)
        for kind, look in LOOKS.items()
        if kind not in boxes
    }
    assert len(shapes) == len(LOOKS) - len(boxes)


def test_the_legend_has_what_is_there_in_order() -> None:
    nodes = [LineageNode("b", "b", NodeKind.SERVICE), LineageNode("a", "a", NodeKind.COLUMN)]
    assert list(legend(nodes)) == [NodeKind.COLUMN, NodeKind.SERVICE]
    assert legend([]) == {}
    assert len(BOUNDARY.split(" │ ")) == 2
