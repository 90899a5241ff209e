"""How the nodes of a lineage look: the same colours, shapes and words in every picture of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from onedag.lineage.model import LineageNode, NodeKind

__all__ = ["BOUNDARY", "LOOKS", "Look", "legend"]

BOUNDARY = "known before the request │ computed for the request"
"""The words of the line that stored features lie on, from left to right."""


@dataclass(frozen=True, slots=True)
class Look:
    """How nodes of a kind look.

    A colour alone says nothing to one who can't tell it from another: the shape differs too.

    Attributes:
        fill: colour of the node on a light page, ``#rrggbb``; black text can be read on it.
        dark: colour on a dark page; white text can be read on it.
        said: the words of the legend.
        many: what several of them are called, after their number.
        graphviz: the shape in Graphviz' language.
        cytoscape: the shape in Cytoscape.js.
        mermaid: the brackets in Mermaid's language.
        terminal: the colour's name in a terminal of 16 colours.
        rounded: whether the box has round corners, for Graphviz.
        double: whether the border is drawn twice.
    """

    fill: str
    dark: str
    said: str
    many: str
    graphviz: str
    cytoscape: str
    mermaid: tuple[str, str]
    terminal: str
    rounded: bool = False
    double: bool = False


LOOKS: Mapping[NodeKind, Look] = MappingProxyType(
    {
        NodeKind.COLUMN: Look(
            "#e8eef4",
            "#2c3a47",
            "column of a source",
            "columns",
            graphviz="box",
            cytoscape="rectangle",
            mermaid=("[", "]"),
            terminal="white",
        ),
        NodeKind.MAPPED: Look(
            "#d3e2f0",
            "#2f4a63",
            "computed for each source row, in batch",
            "computed for each source row",
            graphviz="box",
            cytoscape="rectangle",
            mermaid=("[", "]"),
            terminal="cyan",
        ),
        NodeKind.STORED: Look(
            "#9cc3e6",
            "#2b5f8f",
            "stored feature",
            "stored features",
            graphviz="cylinder",
            cytoscape="barrel",
            mermaid=("[(", ")]"),
            terminal="blue",
        ),
        NodeKind.REQUEST: Look(
            "#fde3b8",
            "#6b4e16",
            "field of the request",
            "fields of the request",
            graphviz="cds",
            cytoscape="tag",
            mermaid=(">", "]"),
            terminal="yellow",
        ),
        NodeKind.FITTED: Look(
            "#d9c7ec",
            "#553a75",
            "fitted value of the training run",
            "fitted values",
            graphviz="hexagon",
            cytoscape="hexagon",
            mermaid=("{{", "}}"),
            terminal="magenta",
        ),
        NodeKind.COMPUTED: Look(
            "#cfe8cf",
            "#2e5a34",
            "computed for the row in hand",
            "computed",
            graphviz="box",
            cytoscape="round-rectangle",
            mermaid=("(", ")"),
            terminal="green",
            rounded=True,
        ),
        NodeKind.SERVICE: Look(
            "#ffffff",
            "#1e242b",
            "service",
            "services",
            graphviz="box",
            cytoscape="rectangle",
            mermaid=("[[", "]]"),
            terminal="bold",
            double=True,
        ),
        NodeKind.MODEL: Look(
            "#f3c6c6",
            "#6d2f2f",
            "model",
            "models",
            graphviz="component",
            cytoscape="cut-rectangle",
            mermaid=("[/", "/]"),
            terminal="red",
        ),
    }
)
"""By kind, in the order of a legend: from the sources to the models."""


def legend(nodes: Iterable[LineageNode]) -> dict[NodeKind, Look]:
    """The looks of the kinds that are among the nodes, from the sources to the models."""
    kinds = {node.kind for node in nodes}
    return {kind: look for kind, look in LOOKS.items() if kind in kinds}
