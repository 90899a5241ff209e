"""Merging nodes, so that many can be drawn."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from onedag.lineage import (
    By,
    Lineage,
    LineageNode,
    NodeKind,
    collapsed,
    collapsed_to_fit,
    described,
)

MakeLineage = Callable[..., Lineage]


def labels(lineage: Lineage) -> set[str]:
    return {node.label for node in lineage.nodes.values()}


def made(count: int, kind: NodeKind = NodeKind.COMPUTED, **more: Any) -> list[LineageNode]:
    name = "_".join(more.values())
    return [LineageNode(f"{kind}:{name}:{i}", f"{name}_{i}", kind, **more) for i in range(count)]


def linked(*groups: list[LineageNode]) -> Lineage:
    """All nodes of a group go into all of the next."""
    edges = [
        (a.id, b.id) for group, following in pairwise(groups) for a in group for b in following
    ]
    return Lineage({node.id: node for group in groups for node in group}, tuple(edges))


def test_by_module(whole_of: MakeLineage) -> None:
    lineage = whole_of()
    module = lineage.nodes["service:buys:hour"].module
    drawn = collapsed(lineage, By.MODULE)
    assert labels(drawn) == {
        "orders · 2 columns",
        "profiles · 2 columns",
        "is_big",
        "big_share_1d",
        "age",
        "buys · 3 fields of the request",
        "returns · 2 fields of the request",
        f"{module} · 4 computed",
        "mean_amount",
        "buys",
        "returns",
    }
    merged = f"collapsed:{module}:computed"
    assert drawn.nodes[merged].module == module
    assert drawn.nodes[merged].service == ""  # of both services
    assert drawn.nodes[merged].detail == "is_big, above_mean, hour, is_big"
    assert drawn.nodes[merged].size == 4
    assert (merged, "service:buys") in drawn.edges
    assert (merged, "service:returns") in drawn.edges


def test_by_entity_view_source_and_service(whole_of: MakeLineage) -> None:
    lineage = whole_of(models=("buys",))
    assert "user · 2 stored features" in labels(collapsed(lineage, By.ENTITY))
    assert {"big_share_1d", "age"} <= labels(collapsed(lineage, By.VIEW))
    assert {"big_share_1d", "age"} <= labels(collapsed(lineage, By.SOURCE))
    assert "buys · 3 computed" in labels(collapsed(lineage, By.VIEW))
    assert labels(collapsed(lineage, By.SERVICE)) == {
        "orders · 2 columns, 1 computed for each source row, in batch",
        "profiles · 2 columns",
        "big_share_1d",
        "age",
        "buys · 3 fields of the request, 1 fitted value of the training run, 3 computed",
        "returns · 2 fields of the request, 1 computed for the row in hand",
        "model of buys",
    }
    assert ("service:buys", "model:buys") in collapsed(lineage, By.SERVICE).edges


@pytest.mark.parametrize("by", By)
def test_what_is_merged_is_of_one_side_and_nothing_is_lost(whole_of: MakeLineage, by: By) -> None:
    lineage = whole_of()
    drawn = collapsed(lineage, by)
    assert sum(node.size for node in drawn.nodes.values()) == len(lineage.nodes)
    assert all(name == node.id for name, node in drawn.nodes.items())
    assert {end for edge in drawn.edges for end in edge} <= drawn.nodes.keys()
    assert all(start != end for start, end in drawn.edges)
    assert len(set(drawn.edges)) == len(drawn.edges)
    assert drawn.keys <= set(drawn.edges)


def test_an_edge_is_a_look_up_if_all_are_that_it_stands_for() -> None:
    keys, both, stored = (
        made(1, NodeKind.COLUMN, source="a"),
        made(2, NodeKind.COLUMN, source="b"),
        made(2, NodeKind.STORED, source="c", view="v"),
    )
    lineage = linked([*keys, *both], stored)
    looked_up = {edge for edge in lineage.edges if edge[0] != both[0].id}
    drawn = collapsed(Lineage(lineage.nodes, lineage.edges, frozenset(looked_up)), By.VIEW)
    assert drawn.keys == {(keys[0].id, "collapsed:v:stored")}
    assert ("collapsed:b:column", "collapsed:v:stored") in drawn.edges


def test_tags_of_any_are_kept() -> None:
    plain, tagged = made(2, module="m")
    tagged = LineageNode(tagged.id, "t", tagged.kind, module="m", tags=("pii",), owner="me")
    [node] = collapsed(linked([plain, tagged]), By.MODULE).nodes.values()
    assert node.tags == ("pii",)
    assert node.owner == ""


def test_merged_nodes_on_a_cycle_can_be_asked() -> None:
    lineage = linked(made(1, module="a"), made(1, module="b"), made(1, module="a", owner="x"))
    lineage = Lineage({**lineage.nodes}, (*lineage.edges,))
    drawn = collapsed(linked(*([n] for n in lineage.nodes.values())), By.MODULE)
    assert len(drawn.nodes) == 2
    assert len(drawn.edges) == 2
    assert drawn.upstream(["b_0"]) == drawn.downstream(["b_0"]) == drawn


def test_few_nodes_are_left_as_they_are(whole_of: MakeLineage) -> None:
    lineage = whole_of()
    assert collapsed_to_fit(lineage) is lineage
    assert collapsed_to_fit(lineage, most=len(lineage.nodes)) is lineage


def test_the_largest_groups_are_merged_first() -> None:
    lineage = linked(made(40, module="a"), made(30, module="b"), made(30, module="c"))
    assert len(collapsed_to_fit(lineage, most=99).nodes) == 61
    assert labels(collapsed_to_fit(lineage, most=60)) == {
        "a · 40 computed",
        "b · 30 computed",
        "c · 30 computed",
    }


def test_another_way_where_modules_are_too_many() -> None:
    modules = [made(1, module=f"m{i}", service="s") for i in range(50)]
    lineage = linked(*modules)
    assert labels(collapsed_to_fit(lineage, most=20)) == {"s · 50 computed"}


def test_the_fewest_where_nothing_fits() -> None:
    services = [made(1, NodeKind.SERVICE, service=f"s{i}") for i in range(30)]
    fields = [made(2, NodeKind.REQUEST, service=f"s{i}") for i in range(30)]
    drawn = collapsed_to_fit(linked(*services, *fields), most=20)
    assert len(drawn.nodes) == 30


def test_deep_and_wide(chain: Lineage, lattice: Lineage) -> None:
    assert len(collapsed_to_fit(chain).nodes) <= 120
    assert len(collapsed_to_fit(lattice).nodes) == 1


def test_stored_features_of_several_entities_are_not_said_to_be_of_none() -> None:
    stored = [
        LineageNode(
            f"view:{entity}:x",
            "x",
            NodeKind.STORED,
            source="orders",
            entity=entity,
            module="m",
            join_keys=(entity,),
        )
        for entity in ("user", "shop")
    ]
    [node] = collapsed(linked(stored), By.MODULE).nodes.values()
    assert described(node) == "of orders"
