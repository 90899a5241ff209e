"""The report for programs: its keys are a contract, and its version says which."""

from __future__ import annotations

import json
from collections.abc import Callable

import pandas as pd

from drivers.verify import FORMAT, verify
from onedag import Project

KEYS = [
    "format",
    "service",
    "run_id",
    "ok",
    "spine_rows",
    "rows",
    "requests",
    "singly",
    "whole",
    "cells",
    "differing_cells",
    "differing",
    "looked_into",
    "seconds",
    "rows_per_second",
    "nodes",
]


def test_keys_of_a_report_without_differences(shop: Project, spine: pd.DataFrame) -> None:
    report = verify(shop, "basket", spine, whole=1)
    shown = json.loads(report.to_json())
    assert list(shown) == KEYS
    assert (shown["format"], shown["ok"], shown["service"]) == (FORMAT, True, "basket")
    assert shown["run_id"].startswith("basket-")
    assert (shown["rows"], shown["singly"], shown["whole"]) == (7, 7, 1)
    assert (shown["cells"], shown["differing_cells"], shown["differing"]) == (150, 0, {})
    assert list(shown["seconds"]) == ["frame", "look-ups", "replay", "whole", "attribution"]
    assert shown["rows_per_second"] > 0


def test_keys_of_a_difference(edited: Callable[[str, str], Project], spine: pd.DataFrame) -> None:
    project = edited("return basket - basket_mean", "return basket - basket.mean()")
    shown = json.loads(verify(project, "basket", spine, whole=0).to_json())
    assert not shown["ok"]
    assert shown["differing_cells"] == sum(shown["differing"].values()) == shown["looked_into"]
    [node] = shown["nodes"]
    assert list(node) == ["node", "origin", "view", "cells", "features", "examples"]
    assert (node["node"], node["origin"], node["view"]) == ("basket_over_mean", "computed", None)
    assert node["features"] == ["basket_over_mean", "basket_over_last"]
    assert 1 <= len(node["examples"]) <= 3
    example = node["examples"][0]
    assert list(example) == [
        "row",
        "event_timestamp",
        "feature",
        "depth",
        "batch",
        "online",
        "parting",
    ]
    assert example["depth"] == "singly"
    assert example["online"] == {"value": "0.0", "dtype": "double", "status": "PRESENT"}
    assert list(example["parting"]) == [
        "node",
        "origin",
        "view",
        "what",
        "batch",
        "online",
        "inputs",
        "repeatable",
    ]
    assert list(example["parting"]["inputs"]) == ["basket", "basket_mean"]
    given = example["parting"]["inputs"]["basket_mean"]
    fitted = {"value": "40.0", "dtype": "float", "status": "PRESENT"}
    assert given == {"batch": fitted, "online": fitted}
