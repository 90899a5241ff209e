from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from onedag.errors import UnknownName
from onedag.lineage import Lineage, LineageNode, NodeKind, to_dot, to_mermaid, to_tree

MakeLineage = Callable[..., Lineage]

ODD = 'a "b" <c> #d; \\ é\nf'
"""A column may be called anything."""


def lineage_with(label: str, detail: str = "", group: str = "") -> Lineage:
    node = LineageNode(f"source:s:{label}", label, NodeKind.COLUMN, detail, group)
    used = LineageNode("service:x", "x", NodeKind.SERVICE)
    return Lineage({node.id: node, used.id: used}, ((node.id, used.id),))


def unquoted(dot: str) -> list[str]:
    """The strings of a text in Graphviz' language."""
    return [
        re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], found)
        for found in re.findall(r'"((?:[^"\\]|\\.)*)"', dot, re.DOTALL)
    ]


def test_tree(lineage_of: MakeLineage) -> None:
    lineage = lineage_of()
    assert (
        to_tree(lineage, ["service:buys"])
        == """\
buys  [service]
  is_big  [computed]
    amount  [request]
  big_share_1d  [stored]
    is_big  [mapped]
      amount  [column]
    user_id  [column]
  user_id  [request]
  above_mean  [computed]
    amount  [request]
    mean_amount  [fitted]
      amount  [request]
  age  [stored]
    age  [column]
    user_id  [column]
  hour  [computed]
    event_timestamp  [request]"""
    )


def test_tree_of_labels_and_of_what_was_shown(lineage_of: MakeLineage) -> None:
    lineage = lineage_of()
    assert to_tree(lineage, ["mean_amount", "above_mean"]).splitlines() == [
        "mean_amount  [fitted]",
        "  amount  [request]",
        "above_mean  [computed]",
        "  amount  [request]",
        "  mean_amount  [fitted] …",
    ]
    assert to_tree(lineage, []) == ""
    with pytest.raises(UnknownName, match="No node is named 'nothing'"):
        to_tree(lineage, ["nothing"])


def test_a_tree_deeper_than_the_stack() -> None:
    nodes = {f"n{i}": LineageNode(f"n{i}", f"n{i}", NodeKind.COMPUTED) for i in range(3000)}
    lineage = Lineage(nodes, tuple((f"n{i}", f"n{i + 1}") for i in range(2999)))
    lines = to_tree(lineage, ["n2999"]).splitlines()
    assert lines[-1] == "  " * 2999 + "n0  [computed]"
    assert len(lineage.upstream(["n2999"]).nodes) == 3000


def test_dot_has_each_node_each_edge_and_each_box(lineage_of: MakeLineage) -> None:
    lineage = lineage_of()
    dot = to_dot(lineage)
    assert dot.startswith("digraph lineage {\n")
    assert dot.endswith("}\n")
    assert dot.count("{") == dot.count("}")
    for start, end in lineage.edges:
        assert f'  "{start}" -> "{end}";\n' in dot
    for node in lineage.nodes.values():
        assert dot.count(f'"{node.id}" [label="{node.label}", ') == 1
    boxes = re.findall(r'subgraph "cluster_([^"]*)" \{ label="([^"]*)";', dot)
    assert sorted(boxes) == [
        (name, name)
        for name in ("source orders", "source profiles", "view user_orders", "view user_profiles")
    ]
    assert r'tooltip="Whether it is \"big\"."' in dot


def test_dot_escapes_names_and_docs() -> None:
    dot = to_dot(lineage_with(ODD, detail='say "hi" \\', group=ODD))
    strings = unquoted(dot)
    assert strings.count(ODD) == 2  # the node's label and the box's
    assert strings.count(f"source:s:{ODD}") == 2  # the node and its edge
    assert f"cluster_{ODD}" in strings
    assert 'say "hi" \\' in strings
    assert len(dot.splitlines()) == 6


def test_mermaid_has_each_node_and_each_edge(lineage_of: MakeLineage) -> None:
    lineage = lineage_of()
    lines = to_mermaid(lineage).splitlines()
    assert lines[0] == "flowchart LR"
    ids = dict(zip(lineage.nodes, (f"n{i}" for i in range(len(lineage.nodes))), strict=True))
    for start, end in lineage.edges:
        assert f"  {ids[start]} --> {ids[end]}" in lines
    text = "\n".join(lines)
    for node in lineage.nodes.values():
        assert re.search(rf'^ +{ids[node.id]}[\[({{>]+"{node.label}"', text, re.MULTILINE)
    assert text.count("subgraph") == text.count("  end") == 4
    members = [line.split()[1] for line in lines if line.startswith("  class ")]
    classed = [name for names in members for name in names.split(",")]
    assert sorted(classed) == sorted(ids.values())


@pytest.mark.parametrize("group", [ODD, "n0", "end"])
def test_mermaid_escapes_names_and_boxes(group: str) -> None:
    text = to_mermaid(lineage_with(ODD, group=group))
    quoted = re.findall(r'"([^"]*)"', text)
    decoded = [re.sub(r"#(\d+);", lambda m: chr(int(m[1])), one) for one in quoted]
    assert decoded == [group, ODD, "x"]
    assert not [c for one in quoted for c in one if c in '<>&"\n']
    assert re.search(r"^  subgraph g\d+ \[", text, re.MULTILINE)


def test_texts_of_nothing() -> None:
    nothing = Lineage({}, ())
    assert to_mermaid(nothing) == "flowchart LR\n"
    assert to_dot(nothing).splitlines()[-1] == "}"
    assert to_tree(nothing, []) == ""
