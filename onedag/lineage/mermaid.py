"""A lineage as a Mermaid flowchart, which GitHub shows in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from onedag.lineage.boundary import known_before, learned_edges
from onedag.lineage.looks import BOUNDARY, LOOKS, Look, legend
from onedag.lineage.model import Lineage, LineageNode, NodeKind

__all__ = ["to_mermaid"]

_BORDER = "stroke:#555,stroke-width:2px,stroke-dasharray:6 4"


def to_mermaid(lineage: Lineage, *, explained: bool = True) -> str:
    """The lineage as a Mermaid flowchart, left to right; each source and view has its box.

    What is known before the request is in a dashed box: its border is the boundary. A look-up is a
    dotted edge, and so is what a fitted value is learned from.

    Args:
        lineage: to draw.
        explained: whether the box and a legend are drawn.
    """
    ids = {name: f"n{index}" for index, name in enumerate(lineage.nodes)}
    lines = ["flowchart LR"]
    lines += _sides(lineage, ids) if explained else _boxes(lineage.nodes.values(), ids, "g")
    dotted = lineage.keys | learned_edges(lineage)
    for edge in lineage.edges:
        arrow = "-.->" if edge in dotted else "-->"
        lines.append(f"  {ids[edge[0]]} {arrow} {ids[edge[1]]}")
    looks = legend(lineage.nodes.values())
    if explained and looks:
        lines += _legend(looks)
    for kind, look in looks.items():
        members = [ids[node.id] for node in lineage.nodes.values() if node.kind is kind]
        members += [f"l_{kind}"] if explained else []
        lines.append(f"  classDef {kind} fill:{look.fill},stroke:#666,color:#111")
        lines.append(f"  class {','.join(members)} {kind}")
    return "\n".join([*lines, ""])


def _sides(lineage: Lineage, ids: Mapping[str, str]) -> Iterator[str]:
    for side, before, words in zip("ba", (True, False), BOUNDARY.split(" │ "), strict=True):
        nodes = [n for n in lineage.nodes.values() if known_before(n.kind) is before]
        if nodes:
            yield f"  subgraph {side} [{_text(words)}]"
            yield from (f"  {line}" for line in _boxes(nodes, ids, side))
            yield "  end"
            border = (
                "stroke:#555,stroke-width:2px,stroke-dasharray:6 4" if before else "stroke:none"
            )
            yield f"  style {side} fill:none,{border}"


def _boxes(nodes: Iterable[LineageNode], ids: Mapping[str, str], prefix: str) -> Iterator[str]:
    groups: dict[str, list[LineageNode]] = {}
    for node in nodes:
        groups.setdefault(node.group, []).append(node)
    for index, (group, members) in enumerate(groups.items()):
        drawn = [f"  {_node(ids[node.id], node.label, LOOKS[node.kind])}" for node in members]
        if group:
            yield f"  subgraph {prefix}{index} [{_text(group)}]"
            yield from (f"  {line}" for line in drawn)
            yield "  end"
        else:
            yield from drawn


def _legend(looks: Mapping[NodeKind, Look]) -> Iterator[str]:
    yield '  subgraph l ["legend"]'
    yield from (f"    {_node(f'l_{kind}', look.said, look)}" for kind, look in looks.items())
    yield "  end"


def _node(name: str, label: str, look: Look) -> str:
    start, end = look.mermaid
    return f"{name}{start}{_text(label)}{end}"


def _text(text: str) -> str:
    """Quoted, with Mermaid's own entities: ``#`` and the character's number, ``;``."""
    escaped = re.sub(r'["#<>&`\n]', lambda found: f"#{ord(found[0])};", text)
    return f'"{escaped}"'
