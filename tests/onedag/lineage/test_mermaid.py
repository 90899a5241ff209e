"""A lineage as a Mermaid flowchart."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from onedag.lineage import Lineage, LineageNode, NodeKind, to_mermaid

MakeLineage = Callable[..., Lineage]

ODD = 'a "b" <c> #d; \\ é\nf'
"""A column may be called anything."""


def lineage_with(label: str, detail: str = "", group: str = "") -> Lineage:
    node = LineageNode(f"source:s:{label}", label, NodeKind.COLUMN, detail, group)
    used = LineageNode("service:x", "x", NodeKind.SERVICE)
    return Lineage({node.id: node, used.id: used}, ((node.id, used.id),))


@pytest.mark.parametrize("explained", [True, False])
def test_each_node_and_each_edge(lineage_of: MakeLineage, explained: bool) -> None:
    lineage = lineage_of()
    lines = to_mermaid(lineage, explained=explained).splitlines()
    assert lines[0] == "flowchart LR"
    ids = dict(zip(lineage.nodes, (f"n{i}" for i in range(len(lineage.nodes))), strict=True))
    drawn = [re.fullmatch(r"  (n\d+) -\.?-?> ?(n\d+)", line) for line in lines]
    edges = [match.groups() for match in drawn if match]
    assert edges == [(ids[start], ids[end]) for start, end in lineage.edges]
    text = "\n".join(lines)
    for node in lineage.nodes.values():
        assert re.search(rf'^ +{ids[node.id]}[\[({{>]+"{node.label}"', text, re.MULTILINE)
    assert text.count("subgraph") == text.count("  end") == (7 if explained else 4)
    members = [line.split()[1] for line in lines if line.startswith("  class ")]
    classed = [name for names in members for name in names.split(",")]
    legend = [f"l_{node.kind}" for node in lineage.nodes.values()] if explained else []
    assert sorted(classed) == sorted([*ids.values(), *dict.fromkeys(legend)])


def test_the_boundary_is_a_box_round_what_is_known_before(lineage_of: MakeLineage) -> None:
    text = to_mermaid(lineage_of())
    before, after = re.split(r'^  subgraph a \["computed for the request"\]$', text, flags=re.M)
    assert '  subgraph b ["known before the request"]\n' in before
    assert '"mean_amount"' in before  # the training run found it
    assert '"above_mean"' in after
    assert re.search(r"^  style b fill:none,.*stroke-dasharray", text, re.M)


def test_the_legend_tells_of_the_kinds_that_are_there(lineage_of: MakeLineage) -> None:
    text = to_mermaid(lineage_of())
    assert 'l_stored[("stored feature")]' in text
    assert "l_model" not in text


def test_look_ups_and_what_is_learned_are_dotted(lineage_of: MakeLineage) -> None:
    lineage = lineage_of()
    ids = {name: f"n{i}" for i, name in enumerate(lineage.nodes)}
    text = to_mermaid(lineage)
    dotted = {tuple(found) for found in re.findall(r"(n\d+) -\.-> (n\d+)", text)}
    learned = ("service:buys:amount", "service:buys:mean_amount")
    assert dotted == {(ids[a], ids[b]) for a, b in {*lineage.keys, learned}}


@pytest.mark.parametrize("group", [ODD, "n0", "end"])
def test_names_and_boxes_are_escaped(group: str) -> None:
    text = to_mermaid(lineage_with(ODD, group=group), explained=False)
    quoted = re.findall(r'"([^"]*)"', text)
    decoded = [re.sub(r"#(\d+);", lambda m: chr(int(m[1])), one) for one in quoted]
    assert decoded == [group, ODD, "x"]
    assert not [c for one in quoted for c in one if c in '<>&"\n']
    assert re.search(r"^  subgraph g\d+ \[", text, re.MULTILINE)


def test_nothing() -> None:
    assert to_mermaid(Lineage({}, ())) == "flowchart LR\n"
