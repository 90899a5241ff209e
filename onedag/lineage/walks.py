"""Walks along the edges of a graph. A cycle, which a collapsed lineage may have, is walked once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

__all__ = ["Neighbours", "following", "preceding", "reached", "shortest", "way_to"]

Neighbours: TypeAlias = Mapping[str, Sequence[str]]
"""The nodes next to each, one way; a node without any may be missing."""


def following(edges: Iterable[tuple[str, str]]) -> Neighbours:
    """What each node goes into, in the order of the edges."""
    found: dict[str, list[str]] = {}
    for start, end in edges:
        found.setdefault(start, []).append(end)
    return found


def preceding(edges: Iterable[tuple[str, str]]) -> Neighbours:
    """What each node comes from, in the order of the edges."""
    return following((end, start) for start, end in edges)


def reached(neighbours: Neighbours, starts: Iterable[str]) -> frozenset[str]:
    """All nodes that a walk from the starts comes to, the starts included."""
    return frozenset(shortest(neighbours, starts))


def shortest(neighbours: Neighbours, starts: Iterable[str]) -> dict[str, str | None]:
    """Each node that is reached, with the one before it on a shortest way; None for a start."""
    before: dict[str, str | None] = dict.fromkeys(starts)
    left = deque(before)
    while left:
        node = left.popleft()
        for neighbour in neighbours.get(node, ()):
            if neighbour not in before:
                before[neighbour] = node
                left.append(neighbour)
    return before


def way_to(end: str, before: Mapping[str, str | None]) -> tuple[str, ...]:
    """The nodes of the way that `shortest` found, from its start to a node that it reached."""
    way: list[str] = []
    node: str | None = end
    while node is not None:
        way.append(node)
        node = before[node]
    return tuple(reversed(way))
