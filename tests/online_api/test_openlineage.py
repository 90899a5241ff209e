"""A server tells of its services, from when they are loaded until it stops."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from drivers.serving.compiled import current_run
from drivers.stores import open_store
from online_api import create_app
from tests.drivers.openlineage.collector import collecting
from tests.drivers.openlineage.published import events_in
from tests.online_api.shop import NOW, Shop, running

ROW = {"customer_id": 1, "basket": 25.0}


@pytest.fixture
def told(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the shop's server tells to."""
    for name in ("API_KEY", "NAMESPACE", "PARENT_ID"):
        monkeypatch.delenv(f"OPENLINEAGE_{name}", raising=False)
    shop.publish()
    shop.project.openlineage = "file:events.jsonl"
    return shop.root / "events.jsonl"


def states(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(event["eventType"], event["job"]["name"]) for event in events]


def test_a_run_from_start_to_stop(shop: Shop, told: Path) -> None:
    with running(create_app(shop.project, clock=shop.clock)) as client:
        assert client.features("buys", ROW).status_code == 200
    start, complete = events_in(told)
    assert states([start, complete]) == [("START", "serve.buys"), ("COMPLETE", "serve.buys")]
    assert start["run"] == complete["run"]
    assert start["job"]["facets"]["jobType"]["processingType"] == "SERVICE"
    store, project = f"sqlite://{shop.root}/s.db", shop.root.name
    assert [(each["namespace"], each["name"]) for each in complete["inputs"]] == [
        ("inmemory://", f"{project}.buys.request"),
        (store, "customer_orders"),
        ("inmemory://", f"{project}.buys.fitted"),
    ]
    view = complete["inputs"][1]["facets"]
    assert view["version"]["datasetVersion"] == NOW.isoformat()
    assert {field["name"] for field in view["schema"]["fields"]} == {"last_amount", "spent_7d"}
    (features,) = complete["outputs"]
    assert features["name"] == f"{project}.buys.features"
    fields = features["facets"]["columnLineage"]["fields"]
    found = {
        (each["name"], each["field"], way["subtype"])
        for name in ("spent_7d", "basket_centred")
        for each in fields[name]["inputFields"]
        for way in each["transformations"]
    }
    assert found == {
        ("customer_orders", "spent_7d", "IDENTITY"),
        (f"{project}.buys.request", "customer_id", "JOIN"),
        (f"{project}.buys.request", "basket", "TRANSFORMATION"),
        (f"{project}.buys.fitted", "basket_mean", "TRANSFORMATION"),
    }


def test_a_model_predicts_from_all_features(shop: Shop, told: Path) -> None:
    store = open_store(shop.project.store, shop.root)
    run = current_run("buys", store)
    store.close()
    model = shop.write_model(run)
    with running(create_app(shop.project, clock=shop.clock)):
        pass
    complete = events_in(told)[-1]
    assert complete["run"]["facets"]["onedag_run"]["onedagRunId"] == run.run_id
    assert complete["inputs"][-1]["name"] == str(model)
    predictions = complete["outputs"][1]["facets"]["columnLineage"]["fields"]["prediction"]
    fields = {each["field"] for each in predictions["inputFields"]}
    assert fields == {
        "spent_7d", "last_amount", "basket", "basket_mean", "items", "customer_id"
    }  # fmt: skip


def test_another_run_is_told_when_it_is_served(shop: Shop, told: Path) -> None:
    with running(create_app(shop.project, clock=shop.clock)) as client:
        shop.clock.set(NOW + timedelta(hours=1))
        off, shop.project.openlineage = shop.project.openlineage, None
        second = shop.publish(baskets=(1.0, 2.0))
        shop.project.openlineage = off
        for _ in range(2):
            assert client.features("buys", ROW).json()["run_id"] == second.run_id
    events = events_in(told)
    assert [event["eventType"] for event in events] == ["START", "RUNNING", "COMPLETE"]
    assert len({event["run"]["runId"] for event in events}) == 1
    runs = [event["run"]["facets"]["onedag_run"]["onedagRunId"] for event in events]
    assert runs[0] != runs[1] == runs[2] == second.run_id


def test_a_service_without_a_run_is_told_once_it_has_one(shop: Shop, told: Path) -> None:
    with running(create_app(shop.project, clock=shop.clock)) as client:
        off, shop.project.openlineage = shop.project.openlineage, None
        shop.publish("tests_items")
        shop.project.openlineage = off
        assert client.features("tests_items", ROW).status_code == 200
    assert states(events_in(told)) == [
        ("START", "serve.buys"),
        ("START", "serve.tests_items"),
        ("COMPLETE", "serve.buys"),
        ("COMPLETE", "serve.tests_items"),
    ]


def test_an_endpoint_that_hangs_keeps_no_request_waiting(shop: Shop, told: Path) -> None:
    with collecting() as collector:
        collector.hanging.clear()
        shop.project.openlineage = collector.url
        with running(create_app(shop.project, clock=shop.clock)) as client:
            assert client.features("buys", ROW).status_code == 200
            assert not collector.events
            collector.hanging.set()
        assert states(collector.events) == [("START", "serve.buys"), ("COMPLETE", "serve.buys")]


def test_nothing_is_told_when_nobody_asks(shop: Shop, told: Path) -> None:
    shop.project.openlineage = None
    with running(create_app(shop.project, clock=shop.clock)) as client:
        assert client.features("buys", ROW).status_code == 200
    assert not told.exists()
