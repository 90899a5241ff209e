"""A lineage as JSON and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from onedag.errors import ConfigurationError
from onedag.lineage import By, Lineage, collapsed, from_json, to_json

MakeLineage = Callable[..., Lineage]


def test_there_and_back(whole_of: MakeLineage, lattice: Lineage) -> None:
    lineage = whole_of(models=("buys",))
    for one in (lineage, collapsed(lineage, By.SERVICE), lattice, Lineage({}, ())):
        assert from_json(json.loads(json.dumps(to_json(one)))) == one


def test_what_it_says(whole_of: MakeLineage) -> None:
    content = to_json(whole_of())
    assert content["format"] == 1
    assert content["services"] == ["buys", "returns"]
    boundary = content["boundary"]
    assert boundary["stored"] == ["view:user_orders:big_share_1d", "view:user_profiles:age"]
    assert "service:buys:mean_amount" in boundary["before"]
    assert "service:buys:above_mean" in boundary["after"]
    assert sum(map(len, boundary.values())) == len(content["nodes"])
    nodes = {node["id"]: node for node in content["nodes"]}
    assert nodes["service:buys:user_id"] == {
        "id": "service:buys:user_id",
        "label": "user_id",
        "kind": "request",
        "detail": "buys",
        "service": "buys",
    }
    assert {"from": "service:buys:user_id", "to": "service:buys", "key": True} in content["edges"]


def test_attributes_of_a_newer_version_are_left_out(whole_of: MakeLineage) -> None:
    lineage = whole_of()
    content = to_json(lineage)
    content["nodes"][0]["colour"] = "red"
    content["more"] = 1
    assert from_json(content) == lineage


def without(content: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != key}


MISTAKES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "format 2 can't be read here, only of 1": lambda c: {**c, "format": 2},
    "format None": lambda c: without(c, "format"),
    "isn't the JSON of a lineage: 'nodes'": lambda c: without(c, "nodes"),
    "isn't the JSON of a lineage: its edges have 'x'": lambda c: {
        **c,
        "edges": [{"from": "x", "to": "service:buys"}],
    },
    "Input should be 'column'": lambda c: {
        **c,
        "nodes": [{"id": "a", "label": "a", "kind": "other"}],
    },
}


@pytest.mark.parametrize("said", MISTAKES)
def test_what_is_no_lineage(whole_of: MakeLineage, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        from_json(MISTAKES[said](to_json(whole_of())))
