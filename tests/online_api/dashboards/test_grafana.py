"""The dashboard asks for metrics that a server has, by labels that they have."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from drivers.served.settings import LogSettings
from online_api import create_app
from tests.online_api.scrapes import Scrape

ROW = {"customer_id": 1, "basket": 25.0}
DASHBOARD = json.loads(files("online_api").joinpath("dashboards/grafana.json").read_text("utf-8"))

METRIC = re.compile(r"\b(?:onedag|process|python)_\w+")
MATCHERS = re.compile(r"\{([^}]*)\}")
MATCHER = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
GROUPS = re.compile(r"\b(?:by|on|group_left|without|ignoring)\s*\(([^)]*)\)")
OF_PROMETHEUS = {"job", "instance"}
"""The labels that Prometheus adds by itself."""


def expressions() -> Iterator[str]:
    """Those of all panels, of the annotations and of the variables."""
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            yield target["expr"]
    for annotation in DASHBOARD["annotations"]["list"]:
        if "expr" in annotation:
            yield annotation["expr"]


@pytest.fixture
def labels(shop, run_app) -> dict[str, set[str]]:
    """Of each metric of a server that has answered, failed and logged."""
    shop.write_model(shop.publish())
    log = LogSettings(Path("log"), sample=1.0)
    with run_app(create_app(shop.project, clock=shop.clock, log=log)) as client:
        client.predict("buys", ROW)
        client.features("buys", ROW, {**ROW, "customer_id": 9})
        client.features("buys", {"basket": 1.0})
        seen = Scrape.of_text(client.get("/metrics").text)
    found: dict[str, set[str]] = defaultdict(set)
    for sample in seen.samples:
        found[sample.name] |= set(sample.labels)
    return found


def asked_for(expression: str) -> set[str]:
    """The labels that an expression matches and groups by."""
    matched = (name for inside in MATCHERS.findall(expression) for name in MATCHER.findall(inside))
    grouped = (name.strip() for inside in GROUPS.findall(expression) for name in inside.split(","))
    return {*matched, *grouped} - {""}


def test_each_expression_is_of_metrics_and_labels_that_are_there(labels):
    asked = list(expressions())
    assert len(asked) > 30
    for expression in asked:
        metrics = METRIC.findall(expression)
        assert metrics
        assert set(metrics) <= labels.keys(), expression
        there = set.union(*(labels[metric] for metric in metrics)) | OF_PROMETHEUS
        assert asked_for(expression) <= there, expression


def test_each_metric_of_ours_is_on_it(labels):
    shown = {metric for expression in expressions() for metric in METRIC.findall(expression)}
    series = re.compile(r"_(?:bucket|count|sum)$")
    ours = {n for n in labels if n.startswith("onedag_") and not n.endswith("_created")}
    families = {series.sub("", name) for name in ours}
    assert {series.sub("", name) for name in shown if name.startswith("onedag_")} == families


def test_legends_name_labels_that_are_kept():
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            wanted = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            assert wanted <= asked_for(target["expr"]), panel["title"]


def test_a_data_source_and_services_are_chosen_at_the_top():
    chosen = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}
    assert chosen["datasource"]["type"] == "datasource"
    assert chosen["service"]["query"]["query"] == "label_values(onedag_requests_total, service)"
    for panel in all_panels():
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def all_panels() -> list[dict[str, Any]]:
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def test_no_panel_covers_another():
    taken = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(numbers)) == len(numbers)
