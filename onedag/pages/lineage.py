"""A lineage as one HTML file that needs nothing else: to be attached to an audit, or printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from onedag.lineage import Lineage
from onedag.pages.graph import graph_part
from onedag.pages.render import render

__all__ = ["lineage_page"]


def lineage_page(
    lineage: Lineage,
    title: str,
    made_at: datetime,
    made_of: Mapping[str, str] | None = None,
    focus: Iterable[str] = (),
) -> str:
    """A document with the graph, its legend, and a table of all nodes that can be searched.

    Style sheets, scripts and data are in the text, so it opens from a disk without a network.

    Args:
        lineage: what is shown.
        title: what it is the lineage of.
        made_at: when it was made; a naive moment is UTC.
        made_of: what it was made of, for people, such as ``{"commit": "78f8401"}``.
        focus: ids or labels of the nodes that are looked at first; everything by default.

    Raises:
        UnknownName: no node of a name in the focus.
    """
    graph = graph_part(lineage, focus, title=title)
    return render(
        "lineage_document.html", graph=graph, title=title, made_at=made_at, made_of=made_of or {}
    )
