"""A lineage in Graphviz' language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from onedag.lineage.boundary import known_before, learned_edges
from onedag.lineage.looks import BOUNDARY, LOOKS, Look, legend
from onedag.lineage.model import Lineage, LineageNode, NodeKind

__all__ = ["quoted", "to_dot"]

_GROUP = 'fontname="Helvetica"; color="#8aa4bd"; style=solid;'
_SIDES = (
    ("before", True, 'style=dashed; penwidth=2; color="#555555";'),
    ("after", False, 'style=solid; penwidth=0; color="#ffffff";'),
)


def to_dot(lineage: Lineage, *, explained: bool = True) -> str:
    """The lineage in Graphviz' language, left to right; each source and view has its box.

    What is known before the request is in a dashed box: its border is the boundary. A look-up is a
    dotted edge, and what a fitted value is learned from is a dashed one.

    Args:
        lineage: to draw.
        explained: whether the box and a legend are drawn.
    """
    lines = [
        "digraph lineage {",
        '  rankdir=LR; node [fontname="Helvetica", fontsize=11, style=filled]; '
        'edge [color="#777777"];',
    ]
    if explained and lineage.nodes:
        lines += [*_sides(lineage), _legend(legend(lineage.nodes.values()))]
    else:
        lines += _boxes(lineage.nodes.values())
    learned = learned_edges(lineage)
    for edge in lineage.edges:
        style = " [style=dotted]" if edge in lineage.keys else ""
        style = " [style=dashed, constraint=false]" if edge in learned else style
        lines.append(f"  {quoted(edge[0])} -> {quoted(edge[1])}{style};")
    return "\n".join([*lines, "}", ""])


def _sides(lineage: Lineage) -> Iterator[str]:
    words = dict(zip(("before", "after"), BOUNDARY.split(" │ "), strict=True))
    for side, before, style in _SIDES:
        nodes = [n for n in lineage.nodes.values() if known_before(n.kind) is before]
        if nodes:
            yield f"  subgraph cluster_{side} {{"
            yield f'    label={quoted(words[side])}; fontname="Helvetica"; {style}'
            yield from (f"  {line}" for line in _boxes(nodes))
            yield "  }"


def _boxes(nodes: Iterable[LineageNode]) -> Iterator[str]:
    groups: dict[str, list[LineageNode]] = {}
    for node in nodes:
        groups.setdefault(node.group, []).append(node)
    for group, members in groups.items():
        drawn = [_node(node) for node in members]
        if group:
            inside = " ".join(["", *drawn])
            box = quoted(f"cluster_{group}")
            yield f"  subgraph {box} {{ label={quoted(group)}; {_GROUP}{inside} }}"
        else:
            yield from (f"  {node}" for node in drawn)


def _legend(looks: Mapping[NodeKind, Look]) -> str:
    drawn = " ".join(_styled(f"legend:{kind}", look.said, "", look) for kind, look in looks.items())
    return f'  subgraph cluster_legend {{ label="legend"; {_GROUP} {drawn} }}'


def _node(node: LineageNode) -> str:
    return _styled(node.id, node.label, node.detail, LOOKS[node.kind])


def _styled(name: str, label: str, tooltip: str, look: Look) -> str:
    rounded = ', style="rounded,filled"' if look.rounded else ""
    double = ", peripheries=2" if look.double else ""
    return (
        f"{quoted(name)} [label={quoted(label)}, tooltip={quoted(tooltip)}, "
        f'shape={look.graphviz}, fillcolor="{look.fill}"{rounded}{double}];'
    )


def quoted(text: str) -> str:
    """A name or a label as Graphviz reads it, whatever is in it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
