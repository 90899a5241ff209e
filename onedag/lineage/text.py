"""A lineage as text: DOT for Graphviz, Mermaid for Markdown, a tree for the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable

from onedag.lineage.looks import LOOKS, legend
from onedag.lineage.model import Lineage, LineageNode

__all__ = ["to_dot", "to_mermaid", "to_tree"]


def to_dot(lineage: Lineage) -> str:
    """The lineage in Graphviz' language, left to right; each source and view has its box."""
    lines = [
        "digraph lineage {",
        '  rankdir=LR; node [fontname="Helvetica", fontsize=11, style=filled]; '
        'edge [color="#777777"];',
    ]
    for group, nodes in _grouped(lineage).items():
        inside = "".join(f" {_dot_node(node)}" for node in nodes)
        if group:
            lines.append(
                f"  subgraph {_quoted(f'cluster_{group}')} "
                f'{{ label={_quoted(group)}; fontname="Helvetica"; color="#8aa4bd";{inside} }}'
            )
        else:
            lines.extend(f"  {_dot_node(node)}" for node in nodes)
    lines += [f"  {_quoted(a)} -> {_quoted(b)};" for a, b in lineage.edges]
    return "\n".join([*lines, "}", ""])


def to_mermaid(lineage: Lineage) -> str:
    """The lineage as a Mermaid flowchart; GitHub shows it in Markdown."""
    ids = {name: f"n{index}" for index, name in enumerate(lineage.nodes)}
    lines = ["flowchart LR"]
    for index, (group, nodes) in enumerate(_grouped(lineage).items()):
        drawn = [f"  {_mermaid_node(ids[node.id], node)}" for node in nodes]
        if group:
            title = f"  subgraph g{index} [{_mermaid_text(group)}]"
            drawn = [title, *(f"  {line}" for line in drawn), "  end"]
        lines += drawn
    lines += [f"  {ids[a]} --> {ids[b]}" for a, b in lineage.edges]
    for kind, look in legend(lineage.nodes.values()).items():
        members = [ids[node.id] for node in lineage.nodes.values() if node.kind is kind]
        lines.append(f"  classDef {kind.value} fill:{look.fill},stroke:#666,color:#111")
        lines.append(f"  class {','.join(members)} {kind.value}")
    return "\n".join([*lines, ""])


def to_tree(lineage: Lineage, roots: Iterable[str]) -> str:
    """What each root comes from, indented; a node met again is named and not repeated.

    Args:
        roots: labels or ids.

    Raises:
        UnknownName: no node of that name.
    """
    inputs: dict[str, list[str]] = {}
    for start, end in lineage.edges:
        inputs.setdefault(end, []).append(start)
    lines: list[str] = []
    shown: set[str] = set()
    left = [(name, 0) for root in roots for name in lineage.named(root)][::-1]
    while left:
        name, depth = left.pop()
        node = lineage.nodes[name]
        again = " …" if name in shown and inputs.get(name) else ""
        lines.append(f"{'  ' * depth}{node.label}  [{node.kind}]{again}")
        if name not in shown:
            shown.add(name)
            left.extend((child, depth + 1) for child in reversed(inputs.get(name, [])))
    return "\n".join(lines)


def _grouped(lineage: Lineage) -> dict[str, list[LineageNode]]:
    """The nodes grouped by source or by view; those of the row in hand under ``""``."""
    groups: dict[str, list[LineageNode]] = {}
    for node in lineage.nodes.values():
        groups.setdefault(node.group, []).append(node)
    return groups


def _dot_node(node: LineageNode) -> str:
    look = LOOKS[node.kind]
    rounded = ', style="rounded,filled"' if look.rounded else ""
    double = ", peripheries=2" if look.double else ""
    return (
        f"{_quoted(node.id)} [label={_quoted(node.label)}, tooltip={_quoted(node.detail)}, "
        f'shape={look.graphviz}, fillcolor="{look.fill}"{rounded}{double}];'
    )


def _mermaid_node(name: str, node: LineageNode) -> str:
    start, end = LOOKS[node.kind].mermaid
    return f"{name}{start}{_mermaid_text(node.label)}{end}"


def _mermaid_text(text: str) -> str:
    """Quoted, with Mermaid's own entities: ``#`` and the character's number, ``;``."""
    escaped = re.sub(r'["#<>&`\n]', lambda found: f"#{ord(found[0])};", text)
    return f'"{escaped}"'


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
