"""Collapsing: many nodes drawn as few, so that a picture of hundreds can be read.

Nodes of one part of the project are merged, such as the stored features of a module. Only nodes of
one kind are, so that a merged node has the kind's colour and its side of the boundary; `By.SERVICE`
alone puts more together, and its labels say what. Ask questions before: paths through a merged node
join what nothing joins, and merged nodes may lie on a cycle.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from onedag.lineage.looks import LOOKS
from onedag.lineage.model import Lineage, LineageNode, NodeKind

__all__ = ["MOST", "By", "collapsed", "collapsed_to_fit"]

MOST = 120
"""How many nodes can be read in a picture that doesn't move."""

_SHOWN = 6
"""How many names a merged node tells of."""


class By(StrEnum):
    """What the nodes that are merged have in common, besides their kind."""

    MODULE = "module"
    """Functions by module, columns by source, fields by service."""
    VIEW = "view"
    """Stored features by view, what is above them by source, what is below by service."""
    ENTITY = "entity"
    """As `VIEW`, with the stored features of an entity as one."""
    SOURCE = "source"
    """As `VIEW`, with the stored features of a source as one."""
    SERVICE = "service"
    """As `VIEW`, with a service and all that is computed for it as one, and a source likewise."""


_MERGED: Mapping[NodeKind, NodeKind] = MappingProxyType(
    {
        NodeKind.MAPPED: NodeKind.COLUMN,
        NodeKind.REQUEST: NodeKind.SERVICE,
        NodeKind.FITTED: NodeKind.SERVICE,
        NodeKind.COMPUTED: NodeKind.SERVICE,
    }
)
"""The kinds that are merged into another by `By.SERVICE`."""


def collapsed_to_fit(lineage: Lineage, most: int = MOST) -> Lineage:
    """The lineage with as much merged as it takes to have few nodes; itself if it has.

    The largest groups are merged first, and all groups of that size or none. Modules are tried
    first, then the other ways in their order; if none gets there, the one with the fewest nodes.
    """
    if len(lineage.nodes) <= most:
        return lineage
    tried = []
    for by in By:
        groups = _grouped(lineage, by)
        for least in sorted({len(group) for group in groups}, reverse=True):
            kept = sum(len(group) if len(group) < least else 1 for group in groups)
            if kept <= most:
                return collapsed(lineage, by, least)
        tried.append(collapsed(lineage, by))
    return min(tried, key=lambda one: len(one.nodes))


def collapsed(lineage: Lineage, by: By, least: int = 2) -> Lineage:
    """The lineage with the nodes of one part and kind merged, and the edges between the parts.

    A merged node says how many it stands for, has what they have in common, and the tags that any
    of them has. An edge between merged nodes is a look-up alone if all are that it stands for.

    Args:
        lineage: to draw.
        by: what is merged.
        least: a group of fewer nodes is left as it is; 2 or more.
    """
    nodes: dict[str, LineageNode] = {}
    place: dict[str, str] = {}
    for group in _grouped(lineage, by):
        drawn = [_merged(group, by)] if len(group) >= max(least, 2) else group
        nodes.update({node.id: node for node in drawn})
        for node in group:
            place[node.id] = drawn[0].id if len(drawn) == 1 else node.id
    edges: dict[tuple[str, str], bool] = {}
    for start, end in lineage.edges:
        edge = (place[start], place[end])
        if edge[0] != edge[1]:
            edges[edge] = edges.get(edge, True) and (start, end) in lineage.keys
    return Lineage(nodes, tuple(edges), frozenset(edge for edge, key in edges.items() if key))


def _grouped(lineage: Lineage, by: By) -> Collection[list[LineageNode]]:
    """The nodes that belong together, in the order of the first of each."""
    groups: dict[tuple[str, ...], list[LineageNode]] = {}
    for node in lineage.nodes.values():
        part = _part(node, by)
        alone = not part or (by is not By.SERVICE and node.kind is NodeKind.SERVICE)
        group = (node.id,) if alone else (part, _kind(node, by))
        groups.setdefault(group, []).append(node)
    return groups.values()


def _kind(node: LineageNode, by: By) -> NodeKind:
    return _MERGED.get(node.kind, node.kind) if by is By.SERVICE else node.kind


def _part(node: LineageNode, by: By) -> str:
    """What a node is merged with its like by; empty for one that stays."""
    if node.kind is NodeKind.MODEL:
        return ""
    if by is By.MODULE:
        return node.module or node.service or node.source
    if node.kind is not NodeKind.STORED:
        return node.service or node.source
    if by is By.ENTITY:
        return node.entity or "everything"
    return node.source if by is By.SOURCE else node.view


def _merged(group: list[LineageNode], by: By) -> LineageNode:
    part, kind = _part(group[0], by), _kind(group[0], by)
    service = next((node for node in group if node.kind is NodeKind.SERVICE), None)
    names = [node.label for node in group if node is not service]
    common = {name: value for name in _SHARED if (value := _common(group, name))}
    return LineageNode(
        service.id if service else f"collapsed:{part}:{kind}",
        f"{part} · {_counted(group)}",
        kind,
        detail=", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else ""),
        tags=tuple(sorted({tag for node in group for tag in node.tags})),
        personal=any(node.personal for node in group),
        size=sum(node.size for node in group),
        may_use=service.may_use if service else (),
        **common,
    )


_SHARED = (
    "group",
    "source",
    "view",
    "entity",
    "window",
    "service",
    "module",
    "owner",
    "modifier",
    "join_keys",
    "refresh",
    "max_age",
    "denied",
)


def _common(group: list[LineageNode], attribute: str) -> Any:
    values = {getattr(node, attribute) for node in group}
    return values.pop() if len(values) == 1 else None


def _counted(group: list[LineageNode]) -> str:
    """Such as ``24 stored features``."""
    counts: Counter[NodeKind] = Counter()
    for node in group:
        if node.kind is not NodeKind.SERVICE:
            counts[node.kind] += node.size
    return ", ".join(
        f"{counts[kind]} {look.said if counts[kind] == 1 else look.many}"
        for kind, look in LOOKS.items()
        if counts[kind]
    )
