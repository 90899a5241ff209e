"""Paths: how one name comes to be a part of another."""

from __future__ import annotations

from dataclasses import dataclass

from onedag.lineage.model import Lineage
from onedag.lineage.walks import following, preceding, reached, shortest, way_to

__all__ = ["Paths", "paths_between"]


@dataclass(frozen=True, slots=True)
class Paths:
    """All ways from one name to another, which may be too many to list.

    Attributes:
        start: the name that they begin at.
        end: the name that they end at.
        nodes: ids of all that lies on any of them, in the lineage's order; none where nothing leads
            there. With the edges between them (`Lineage.only`) they are all the ways.
        shortest: for each pair of nodes of the two names that is joined, the ids of one way than
            which none is shorter.
    """

    start: str
    end: str
    nodes: tuple[str, ...]
    shortest: tuple[tuple[str, ...], ...]


def paths_between(lineage: Lineage, start: str, end: str) -> Paths:
    """The ways from what is used to what uses it.

    Takes time in proportion to the edges, not to the ways, whose number may double with each step.

    Raises:
        UnknownName: no node of one of the names.
    """
    starts, ends = lineage.named(start), lineage.named(end)
    neighbours = following(lineage.edges)
    both = reached(neighbours, starts) & reached(preceding(lineage.edges), ends)
    ways = []
    for node in starts if both else ():
        before = shortest(neighbours, [node])
        ways += [way_to(other, before) for other in ends if other in before]
    return Paths(start, end, tuple(n for n in lineage.nodes if n in both), tuple(ways))
