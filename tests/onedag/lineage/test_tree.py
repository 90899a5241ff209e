"""A lineage as a tree for the terminal."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from onedag import Project, plan
from onedag.errors import UnknownName
from onedag.lineage import (
    By,
    Lineage,
    LineageNode,
    NodeKind,
    collapsed,
    roots_of,
    service_lineage,
    to_tree,
)

MakeLineage = Callable[..., Lineage]


def test_upstream(lineage_of: MakeLineage) -> None:
    assert (
        to_tree(lineage_of(), ["service:buys"])
        == """\
buys  [service]
  is_big  [computed]
    amount  [request]
  big_share_1d  [stored]  1d of orders by user
    is_big  [mapped]
      amount  [column]  of orders
    user_id  [column]  of orders, key
  above_mean  [computed]
    amount  [request]
    mean_amount  [fitted]
      amount  [request]
  age  [stored]  newest of profiles by user
    age  [column]  of profiles
    user_id  [column]  of profiles, key
  hour  [computed]
    event_timestamp  [request]
  user_id  [request]  key"""
    )


def test_downstream(lineage_of: MakeLineage) -> None:
    lines = to_tree(lineage_of(), ["source:orders"], downstream=True).splitlines()
    assert lines == [
        "amount  [column]  of orders",
        "  is_big  [mapped]",
        "    big_share_1d  [stored]  1d of orders by user",
        "      buys  [service]",
        "      returns  [service]",
        "user_id  [column]  of orders",
        "  big_share_1d  [stored]  1d of orders by user, looked up by it …",
    ]


def test_of_labels_and_of_what_was_shown(lineage_of: MakeLineage) -> None:
    lineage = lineage_of()
    assert to_tree(lineage, ["mean_amount", "above_mean"]).splitlines() == [
        "mean_amount  [fitted]",
        "  amount  [request]",
        "above_mean  [computed]",
        "  amount  [request]",
        "  mean_amount  [fitted] …",
    ]
    assert to_tree(lineage, []) == ""
    assert to_tree(Lineage({}, ()), []) == ""
    with pytest.raises(UnknownName, match="No node is named 'nothing'"):
        to_tree(lineage, ["nothing"])


def test_times_of_stored_features(lineage_of: MakeLineage) -> None:
    lineage = lineage_of(
        """
        @latest(profiles, by=user, max_age="30d", refresh="1d")
        def known_age(age: pd.Series) -> pd.Series: ...

        @aggregate(orders, by=None)
        def spent(amount: pd.Series) -> float: ...

        class Request(pydantic.BaseModel):
            user_id: int

        s = FeatureService("s", ["known_age", "spent"], Request)
        """
    )
    lines = [line.strip() for line in to_tree(lineage, ["s"]).splitlines()]
    assert (
        "known_age  [stored]  newest of profiles by user, refreshed every 1d, at most 30d old"
        in (lines)
    )
    assert "spent  [stored]  all of orders, one for all" in lines


def test_personal_data_is_marked(make_module: Callable[..., ModuleType]) -> None:
    project = Project(
        make_module(
            """
            from pydantic import Field
            from hamilton.function_modifiers import tag

            def age_at(event_timestamp: pd.Series, born: pd.Series) -> pd.Series: ...

            @tag(pii="false")
            def is_adult(age_at: pd.Series) -> pd.Series: ...

            class Request(pydantic.BaseModel):
                born: int = Field(json_schema_extra={"tags": ["pii"]})

            s = FeatureService("s", ["is_adult"], Request)
            """,
            preamble=True,
        )
    )
    lineage = service_lineage([plan("s", project)], project, {})
    assert to_tree(lineage, ["s"]).splitlines() == [
        "s  [service]",
        "  is_adult  [computed]",
        "    age_at  [computed]  carries pii",
        "      event_timestamp  [request]",
        "      born  [request]  pii",
    ]


def test_deeper_than_the_stack() -> None:
    nodes = {f"n{i}": LineageNode(f"n{i}", f"n{i}", NodeKind.COMPUTED) for i in range(3000)}
    lineage = Lineage(nodes, tuple((f"n{i}", f"n{i + 1}") for i in range(2999)))
    lines = to_tree(lineage, ["n2999"]).splitlines()
    assert lines[-1] == "  " * 2999 + "n0  [computed]"
    assert to_tree(lineage, ["n0"], downstream=True).endswith("n2999  [computed]")
    assert len(lineage.upstream(["n2999"]).nodes) == 3000


def test_roots_are_what_nothing_else_uses(lineage_of: MakeLineage) -> None:
    lineage = lineage_of()
    assert roots_of(lineage) == ("service:buys", "service:returns")
    assert set(roots_of(lineage, downstream=True)) == {
        node.id for node in lineage.nodes.values() if node.kind in ("column", "request")
    }


def test_each_node_of_a_cycle_is_in_the_tree_once() -> None:
    def node(name: str, module: str) -> LineageNode:
        return LineageNode(name, name, NodeKind.COMPUTED, module=module)

    made = [node("a", "m"), node("b", "n"), node("c", "m"), node("d", "n")]
    lineage = Lineage({one.id: one for one in made}, (("a", "b"), ("b", "c"), ("c", "d")))
    merged = collapsed(lineage, By.MODULE)
    assert to_tree(merged, roots_of(merged)).splitlines() == [
        "m · 2 computed  [computed]",
        "  n · 2 computed  [computed]",
        "    m · 2 computed  [computed] …",
    ]


def test_a_part_says_what_is_personal_though_its_origin_is_elsewhere() -> None:
    born = LineageNode("born", "born", NodeKind.REQUEST, tags=("pii",), personal=True)
    age = LineageNode("age", "age", NodeKind.COMPUTED, personal=True)
    lineage = Lineage({"born": born, "age": age}, (("born", "age"),))
    assert to_tree(lineage.downstream(["age"]), ["age"]) == "age  [computed]  carries pii"
