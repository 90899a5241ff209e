from __future__ import annotations

import json
import re
from typing import Any

import pytest

from onedag.errors import UnknownName
from onedag.lineage import LOOKS, NodeKind
from onedag.pages import Links, asset, asset_names, environment
from onedag.pages.graph import graph_data, graph_part
from tests.onedag.pages.lineages import HOSTILE, many, shop

MACROS = '{% from "graph.html" import lineage_graph, graph_table %}'


def rendered(part: Any, what: str = "lineage_graph(graph)") -> str:
    return environment().from_string(f"{MACROS}{{{{ {what} }}}}").render(graph=part)


def by_id(data: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {node["id"]: node for node in data["nodes"]}


def test_all_is_said_of_a_node_that_is_known() -> None:
    data = graph_data(shop(), links=Links.served("lineage"))
    assert by_id(data)["v:big_share_1d"] == {
        "id": "v:big_share_1d",
        "label": "big_share_1d",
        "kind": "stored",
        "detail": "Share of <b>big</b> orders.",
        "window": "1d",
        "entity": "user",
        "view": "user_orders",
        "source": "orders",
        "module": "shop",
        "before": True,
        "href": "features/big_share_1d",
    }


def test_edges_say_what_they_are() -> None:
    data: Any = graph_data(shop())
    ids = [node["id"] for node in data["nodes"]]
    said = {(ids[e.pop("from")], ids[e.pop("to")]): e for e in data["edges"]}
    assert said.keys() == set(shop().edges)
    assert {edge: about for edge, about in said.items() if about} == {
        ("o:user_id", "v:big_share_1d"): {"key": True},
        ("r:user_id", "s:buys"): {"key": True},
        ("r:price", "f:mean_price"): {"learned": True},
    }


def test_what_is_known_before_the_request() -> None:
    nodes = by_id(graph_data(shop()))
    before = {name for name, node in nodes.items() if node.get("before")}
    assert before == {"o:amount", "o:user_id", "o:is_big", "v:big_share_1d", "f:mean_price"}


def test_personal_data_is_followed_until_it_ends() -> None:
    nodes = by_id(graph_data(shop()))
    assert {name for name, node in nodes.items() if node.get("pii")} == {"o:amount", "o:is_big"}


def test_a_focus_leaves_out_what_has_nothing_to_do_with_it() -> None:
    data: Any = graph_data(shop(), ["above_mean"])
    nodes = by_id(data)
    assert nodes.keys() == {
        "r:price", "f:mean_price", "c:above_mean", "s:buys", "m:buys",
    }  # fmt: skip
    assert [data["nodes"][place]["id"] for place in data["focus"]] == ["c:above_mean"]
    assert nodes["s:buys"]["unseen_inputs"] == 2
    assert "unseen_inputs" not in nodes["c:above_mean"]


def test_an_unknown_focus_gets_suggestions() -> None:
    with pytest.raises(UnknownName, match="above_mean"):
        graph_data(shop(), ["above_meen"])


def test_each_kind_has_a_page() -> None:
    nodes = by_id(graph_data(shop(), links=Links.static("features/above_mean")))
    pages = {
        name: nodes[name]["href"] for name in ("o:amount", "f:mean_price", "r:price", "m:buys")
    }
    assert pages == {
        "o:amount": "../sources/orders.html#column-amount",
        "f:mean_price": "../features/mean_price.html",
        "r:price": "../services/buys.html#field-price",
        "m:buys": "../services/buys.html",
    }


def test_kinds_look_as_in_every_picture() -> None:
    data: Any = graph_data(shop())
    assert data["kinds"].keys() == set(NodeKind)
    for kind, said in data["kinds"].items():
        assert (said["shape"], said["said"]) == (LOOKS[kind].cytoscape, LOOKS[kind].said)


def test_no_name_ends_the_script_that_it_is_in() -> None:
    html = rendered(graph_part(shop(HOSTILE), title=HOSTILE))
    found = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.DOTALL)
    assert found is not None
    assert not set(found[1]) & set("<>&\u2028")
    assert HOSTILE in [node["label"] for node in json.loads(found[1])["nodes"]]
    assert "<script>alert" not in html
    assert html.count("<script") == 1


def test_the_legend_says_what_occurs_and_no_more() -> None:
    html = rendered(graph_part(shop()))
    for look in LOOKS.values():
        assert look.said in html
    assert "learned from training rows" in html
    few = rendered(graph_part(shop(), ["big_share_1d"]))
    assert LOOKS[NodeKind.FITTED].said not in few
    assert "learned from training rows" not in few


def test_the_table_says_the_same_as_the_graph() -> None:
    html = rendered(graph_part(shop()))
    row = html.split('<tr id="node-7">')[1].split("</tr>")[0]
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row))
    assert "above_mean" in text
    assert "price , mean_price" in text
    assert html.count("<tr id=") == len(shop().nodes)


def test_a_table_names_some_neighbours_and_counts_the_rest() -> None:
    part = graph_part(many(2, 20))
    service = next(row for row in part.rows if row.node.id == "s:all")
    assert (len(service.inputs), service.more_inputs) == (12, 28)
    assert "and 28 more" in rendered(part, "graph_table(graph)")


def test_nothing_is_left_to_a_handler_in_the_html() -> None:
    html = rendered(graph_part(shop(), links=Links.served("lineage")))
    assert not re.search(r"\son\w+=|javascript:|\sstyle=", html)


def test_scripts_can_stand_inside_of_a_page() -> None:
    scripts = [name for name in asset_names() if name.endswith(".js")]
    assert "vendor/cytoscape.min.js" in scripts
    for name in scripts:
        assert not re.search(r"</script|<!--", asset(name).text, re.IGNORECASE), name


def test_what_is_not_ours_comes_with_its_licence() -> None:
    said = asset("vendor/LICENSES.md").text
    vendored = [name for name in asset_names() if name.startswith("vendor/")]
    for name in vendored:
        if name.endswith(".js"):
            assert f"`{name.removeprefix('vendor/')}`" in said
