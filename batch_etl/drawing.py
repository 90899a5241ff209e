"""A lineage for Graphviz with the boundary as one straight line, and a legend.

Graphviz has nothing that is drawn across a graph. So it is asked twice: first to lay out the graph
with an unseen node that all which is known before the request lies left of, and all else right of;
then to draw what it has laid out, with a line added at that node's place, and a legend below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from onedag.lineage import BOUNDARY, Lineage, Look, legend, to_dot
from onedag.lineage.boundary import known_before, learned_edges
from onedag.lineage.dot import quoted

__all__ = ["explained", "fenced", "size_of"]

_FENCE = "onedag_boundary"
_NUMBER = r"(-?[\d.]+(?:e[+-]?\d+)?)"
_BOUNDS = re.compile(rf'bb="{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}"')
_PLACE = re.compile(rf'^\s*{_FENCE}\s*\[[^\]]*?pos="{_NUMBER},{_NUMBER}', re.MULTILINE)
_UNSEEN = 'label="", style=invis, shape=point, width=0.01, height=0.01'

# In points, as Graphviz' positions are; y goes up.
_INCH = 72
_LETTER = 6.2
"""Width of a letter, rather too wide than too narrow."""
_GAP = 14
_ROW = 32
_STROKE = 42
"""Length of an edge in the legend."""
_LEAST_WIDTH = 460
"""Of the legend, where the graph is narrower."""
_WIDER = {"hexagon": 1.35, "cds": 1.2, "component": 1.1}
"""Shapes that need more than their text does."""


def fenced(lineage: Lineage) -> str:
    """The lineage in Graphviz' language, to be laid out: its sides are held apart."""
    before = {name for name, node in lineage.nodes.items() if known_before(node.kind)}
    inner = [(a, b) for a, b in lineage.edges if (a in before) is (b in before)]
    starts, ends = {start for start, _ in inner}, {end for _, end in inner}
    lines = [f"{_FENCE} [{_UNSEEN}];"]
    for name in lineage.nodes:
        if name in before and name not in starts:
            lines.append(f"{quoted(name)} -> {_FENCE} [style=invis];")
        if name not in before and name not in ends:
            lines.append(f"{_FENCE} -> {quoted(name)} [style=invis];")
    return _with(to_dot(lineage, explained=False), lines)


def explained(laid_out: str, lineage: Lineage) -> str:
    """What was laid out, with the boundary, the names of its sides, and a legend.

    Args:
        laid_out: what Graphviz made of `fenced`: in its language, with positions.
        lineage: that it is of.
    """
    place = _PLACE.search(laid_out)
    assert place is not None, "a layout has the nodes that it was given"
    width, height = size_of(laid_out)
    lines = [*_boundary(float(place[1]), height), *_legend(lineage, max(width, _LEAST_WIDTH))]
    return _with(laid_out, lines)


def size_of(laid_out: str) -> tuple[float, float]:
    """Width and height of what was laid out, in points."""
    bounds = _BOUNDS.search(laid_out)
    assert bounds is not None, "a layout has bounds"
    left, bottom, right, top = (float(number) for number in bounds.groups())
    return right - left, top - bottom


def _with(dot: str, lines: list[str]) -> str:
    """A graph with more statements at its end."""
    return "\n".join([dot.rstrip().removesuffix("}"), *lines, "}", ""])


def _boundary(x: float, height: float) -> Iterator[str]:
    bottom, top = -_GAP, height + 2 * _GAP
    yield from _stroke("boundary", (x, bottom), (x, top), "dashed, bold", arrow="none")
    for said, side in zip(BOUNDARY.split(" │ "), (-1, 1), strict=True):
        middle = x + side * (len(said) * _LETTER / 2 + _GAP)
        yield _words(f"side {side}", said, middle, top - _GAP / 2)


def _legend(lineage: Lineage, width: float) -> Iterator[str]:
    """Rows of samples, as wide as the graph."""
    samples: list[tuple[str, Look | str]] = [
        (look.said, look) for look in legend(lineage.nodes.values()).values()
    ]
    samples += [(said, style) for said, style in _edges(lineage).items()]
    x, y = 0.0, -3.0 * _GAP
    for number, (said, sample) in enumerate(samples):
        length = _length(said, sample)
        if x + length > width and x:
            x, y = 0.0, y - _ROW
        yield from _sample(f"legend {number}", said, sample, (x, y), length)
        x += length + _GAP


def _length(said: str, sample: Look | str) -> float:
    words = len(said) * _LETTER
    if isinstance(sample, str):
        return _STROKE + words
    return words * _WIDER.get(sample.graphviz, 1) + 2 * _GAP


def _edges(lineage: Lineage) -> dict[str, str]:
    """What edges say, and the styles that they have."""
    found = {"value": "solid"}
    if lineage.keys:
        found["key of a look-up"] = "dotted"
    if learned_edges(lineage):
        found["learned from training rows"] = "dashed"
    return found


def _sample(
    name: str, said: str, sample: Look | str, at: tuple[float, float], length: float
) -> Iterator[str]:
    x, y = at
    if isinstance(sample, str):
        yield from _stroke(name, (x, y), (x + _STROKE - _GAP, y), sample)
        yield _words(f"{name} said", said, x + _STROKE + (length - _STROKE) / 2, y)
    else:
        yield _node(name, said, sample, (x + length / 2, y), length)


def _node(name: str, said: str, look: Look, at: tuple[float, float], length: float) -> str:
    style = '"rounded,filled"' if look.rounded else "filled"
    return (
        f"{quoted(name)} [label={quoted(said)}, shape={look.graphviz}, style={style}, "
        f'fillcolor="{look.fill}", peripheries={1 + look.double}, '
        f'width={length / _INCH:.3f}, pos="{_point(*at)}"];'
    )


def _words(name: str, said: str, x: float, y: float) -> str:
    return (
        f"{quoted(name)} [label={quoted(said)}, shape=plaintext, style=solid, "
        f'pos="{_point(x, y)}"];'
    )


def _stroke(
    name: str,
    start: tuple[float, float],
    end: tuple[float, float],
    style: str,
    arrow: str = "normal",
) -> Iterator[str]:
    """A straight edge between two unseen nodes."""
    (x, y), (to_x, to_y) = start, end
    thirds = [(x + (to_x - x) * part / 3, y + (to_y - y) * part / 3) for part in range(4)]
    tip = "" if arrow == "none" else f"e,{_point(to_x + 7, to_y)} "
    ends = [quoted(f"{name} {end}") for end in ("start", "end")]
    for unseen, at in zip(ends, (start, end), strict=True):
        yield f'{unseen} [{_UNSEEN}, pos="{_point(*at)}"];'
    path = tip + " ".join(_point(*point) for point in thirds)
    yield (
        f'{" -> ".join(ends)} [style="{style}", arrowhead={arrow}, color="#555555", pos="{path}"];'
    )


def _point(x: float, y: float) -> str:
    return f"{x:.2f},{y:.2f}"
