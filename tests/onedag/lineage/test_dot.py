"""A lineage in Graphviz' language."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from onedag.lineage import Lineage, LineageNode, NodeKind, to_dot

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


def within(dot: str, cluster: str) -> str:
    """What is written between the braces of a box."""
    inside = dot.split(f"subgraph {cluster} {{", 1)[1]
    depth, end = 1, 0
    while depth:
        depth += {"{": 1, "}": -1}.get(inside[end], 0)
        end += 1
    return inside[:end]


@pytest.mark.parametrize("explained", [True, False])
def test_each_node_each_edge_and_each_box(lineage_of: MakeLineage, explained: bool) -> None:
    lineage = lineage_of()
    dot = to_dot(lineage, explained=explained)
    assert dot.startswith("digraph lineage {\n")
    assert dot.endswith("}\n")
    assert dot.count("{") == dot.count("}")
    drawn = re.findall(r'^  "([^"]*)" -> "([^"]*)"', dot, re.MULTILINE)
    assert drawn == list(lineage.edges)
    for node in lineage.nodes.values():
        assert dot.count(f'"{node.id}" [label="{node.label}", ') == 1
    boxes = re.findall(r'subgraph "cluster_([^"]*)" \{ label="([^"]*)";', dot)
    assert sorted(boxes) == [
        (name, name)
        for name in ("source orders", "source profiles", "view user_orders", "view user_profiles")
    ]
    assert r'tooltip="Whether it is \"big\"."' in dot


def test_the_boundary_is_a_box_round_what_is_known_before(lineage_of: MakeLineage) -> None:
    lineage = lineage_of()
    dot = to_dot(lineage)
    before, after = within(dot, "cluster_before"), within(dot, "cluster_after")
    assert 'label="known before the request"; fontname="Helvetica"; style=dashed;' in before
    assert 'label="computed for the request"' in after
    kinds = {"column", "mapped", "stored", "fitted"}
    for node in lineage.nodes.values():
        assert (f'"{node.id}" [label' in before) is (node.kind in kinds)
        assert (f'"{node.id}" [label' in after) is (node.kind not in kinds)
    up = to_dot(lineage.upstream(["view:user_orders:big_share_1d"]))
    assert "cluster_before" in up
    assert "cluster_after" not in up


def test_the_legend_tells_of_the_kinds_that_are_there(lineage_of: MakeLineage) -> None:
    lineage = lineage_of()
    legend = within(to_dot(lineage), "cluster_legend")
    assert 'label="fitted value of the training run"' in legend
    assert "model" not in legend
    bare = to_dot(lineage, explained=False)
    assert "cluster_legend" not in bare
    assert "cluster_before" not in bare


def test_look_ups_and_what_is_learned_are_drawn_otherwise(lineage_of: MakeLineage) -> None:
    dot = to_dot(lineage_of())
    assert '"source:orders:user_id" -> "view:user_orders:big_share_1d" [style=dotted];' in dot
    assert '"service:buys:amount" -> "service:buys:mean_amount" [style=dashed, ' in dot
    assert '"source:orders:amount" -> "source:orders:is_big";' in dot


def test_names_and_docs_are_escaped() -> None:
    dot = to_dot(lineage_with(ODD, detail='say "hi" \\', group=ODD), explained=False)
    strings = unquoted(dot)
    assert strings.count(ODD) == 2  # the node's label and the box's
    assert strings.count(f"source:s:{ODD}") == 2  # the node and its edge
    assert f"cluster_{ODD}" in strings
    assert 'say "hi" \\' in strings
    assert len(dot.splitlines()) == 6


def test_nothing() -> None:
    assert to_dot(Lineage({}, ())).splitlines()[-1] == "}"
    assert "cluster" not in to_dot(Lineage({}, ()))
