"""Where personal data goes in a lineage."""

from __future__ import annotations

from dataclasses import replace

from onedag.lineage.model import Lineage, LineageNode
from onedag.lineage.walks import Neighbours, following, reached

__all__ = ["PII", "begins", "marked", "personal_nodes", "personal_ways"]

PII = "pii"
"""The tag, of a column, a field or a function."""


def begins(node: LineageNode) -> bool:
    """Whether personal data begins at a node: it is tagged so."""
    return any(tag.lower() == PII for tag in node.tags)


def personal_ways(lineage: Lineage) -> Neighbours:
    """Where personal data goes: along values, and into nothing that says that it is none."""
    return following(
        (start, end)
        for start, end in lineage.edges
        if (start, end) not in lineage.keys and PII not in lineage.nodes[end].denied
    )


def personal_nodes(lineage: Lineage) -> frozenset[str]:
    """The ids of all that personal data begins at or flows into, within this part."""
    starts = [node.id for node in lineage.nodes.values() if begins(node)]
    return reached(personal_ways(lineage), starts)


def marked(lineage: Lineage) -> Lineage:
    """The lineage with `LineageNode.personal` set, so that each part of it says so too."""
    personal = personal_nodes(lineage)
    nodes = {
        name: replace(node, personal=True) if name in personal else node
        for name, node in lineage.nodes.items()
    }
    return Lineage(nodes, lineage.edges, lineage.keys)
