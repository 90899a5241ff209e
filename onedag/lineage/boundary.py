"""Which side of the boundary a node lies on: known before a request comes, or found for it."""

from __future__ import annotations

from onedag.lineage.model import Lineage, NodeKind

__all__ = ["known_before", "learned_edges"]

_BEFORE = frozenset({NodeKind.COLUMN, NodeKind.MAPPED, NodeKind.STORED, NodeKind.FITTED})


def known_before(kind: NodeKind) -> bool:
    """Whether nodes of a kind are known before the request comes.

    Fitted values are: the training run found them, and they are kept with it.
    """
    return kind in _BEFORE


def learned_edges(lineage: Lineage) -> frozenset[tuple[str, str]]:
    """The edges that lead back over the boundary.

    A fitted value is learned from what the same functions made of training rows, so those edges
    tell of the training run, and none of them is walked when a request comes.
    """
    nodes = lineage.nodes
    return frozenset(
        (start, end)
        for start, end in lineage.edges
        if known_before(nodes[end].kind) and not known_before(nodes[start].kind)
    )
