"""What is told of training frames, materializations and backfills."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from drivers import BatchDriver
from drivers.openlineage.runs import uuid_of
from drivers.stores.sqlite import SqliteStore
from onedag import FixedClock, Project
from onedag.errors import SpineError, StoreBusy
from tests.drivers.openlineage.collector import Collector
from tests.drivers.openlineage.published import events_in
from tests.drivers.openlineage.shop import NOW, SPINE

Event = dict[str, Any]


def told(shop: Project) -> list[Event]:
    return events_in(shop.root / "events.jsonl")


def batch_of(shop: Project) -> BatchDriver:
    return BatchDriver(shop, clock=FixedClock(NOW))


def names(events: list[Event]) -> list[tuple[str, str]]:
    return [(event["eventType"], event["job"]["name"]) for event in events]


def places(datasets: list[Any]) -> list[tuple[str, str]]:
    return [(each["namespace"], each["name"]) for each in datasets]


def origins(output: Any, column: str) -> dict[tuple[str, str], set[str]]:
    """Subtypes by dataset and column."""
    return {
        (each["name"], each["field"]): {way["subtype"] for way in each["transformations"]}
        for each in output["facets"]["columnLineage"]["fields"][column]["inputFields"]
    }


# training frames


def test_a_training_frame(shop: Project) -> None:
    with batch_of(shop) as batch:
        frame = batch.training_frame(SPINE, "buys", ["label"])
    start, complete = told(shop)
    assert names([start, complete]) == [
        ("START", "training_frame.buys"),
        ("COMPLETE", "training_frame.buys"),
    ]
    assert start["run"] == complete["run"]
    assert complete["run"]["runId"] == uuid_of(frame.created_at, frame.run_id)
    said = complete["run"]["facets"]["onedag_run"]
    assert (said["onedagRunId"], said["snapshot"]) == (frame.run_id, frame.snapshot)
    assert complete["job"]["namespace"] == "shop"
    owners = complete["job"]["facets"]["ownership"]["owners"]
    assert owners == [{"name": "sales"}]
    data = str(shop.root / "data")
    assert places(complete["inputs"]) == [
        ("inmemory://", "shop.buys.spine"),
        ("file", f"{data}/orders.parquet"),
        ("file", f"{data}/profiles*.csv"),
    ]
    assert places(complete["outputs"]) == [
        ("inmemory://", "shop.buys.training_frame"),
        ("inmemory://", "shop.buys.fitted"),
    ]
    output = complete["outputs"][0]
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == 2
    assert output["facets"]["version"]["datasetVersion"] == frame.run_id


def test_the_columns_of_a_training_frame(shop: Project) -> None:
    with batch_of(shop) as batch:
        frame = batch.training_frame(SPINE, "buys", ["label"])
    complete = told(shop)[-1]
    output, fitted = complete["outputs"]
    schema = output["facets"]["schema"]["fields"]
    assert [field["name"] for field in schema] == ["label", *frame.features]
    assert [field["ordinal_position"] for field in schema] == list(range(1, 8))
    assert schema[1]["description"] == "Sum of the customer's orders in the window."
    orders, spine = str(shop.root / "data" / "orders.parquet"), "shop.buys.spine"
    assert origins(output, "spent_lately") == {
        (orders, "AMT"): {"AGGREGATION"},  # as the file has it
        (orders, "CUSTOMER"): {"JOIN"},
        (spine, "customer_id"): {"JOIN"},
    }
    assert origins(output, "points") == {
        (str(shop.root / "data" / "profiles*.csv"), "points"): {"IDENTITY"},
        (str(shop.root / "data" / "profiles*.csv"), "customer_id"): {"JOIN"},
        (spine, "customer_id"): {"JOIN"},
    }
    assert origins(output, "label") == {(spine, "label"): {"IDENTITY"}}
    assert origins(fitted, "basket_mean") == {(spine, "basket"): {"AGGREGATION"}}
    known = {
        (d["name"], f["name"]) for d in complete["inputs"] for f in d["facets"]["schema"]["fields"]
    }
    for column in output["facets"]["columnLineage"]["fields"]:
        assert origins(output, column).keys() <= known


def test_personal_data_is_tagged(shop: Project) -> None:
    with batch_of(shop) as batch:
        batch.training_frame(SPINE, "buys")
    complete = told(shop)[-1]
    tagged = [tag["field"] for tag in complete["outputs"][0]["facets"]["tags"]["tags"]]
    assert tagged == ["spent_7d", "spent_lately"]
    orders = complete["inputs"][1]["facets"]["tags"]["tags"]
    assert [(tag["field"], tag["key"], tag["value"]) for tag in orders] == [("AMT", "pii", "true")]


def test_given_fitted_values_are_an_input(shop: Project) -> None:
    with batch_of(shop) as batch:
        fitted = batch.training_frame(SPINE, "buys").fitted
        batch.training_frame(SPINE, "buys", fitted=fitted)
    complete = told(shop)[-1]
    assert places(complete["inputs"])[-1] == ("inmemory://", "shop.buys.fitted")
    assert places(complete["outputs"]) == [("inmemory://", "shop.buys.training_frame")]
    found = origins(complete["outputs"][0], "is_spender")
    assert found["shop.buys.fitted", "basket_mean"] == {"TRANSFORMATION"}


def test_backfilled_values_are_an_input(shop: Project) -> None:
    with batch_of(shop) as batch:
        batch.backfill(NOW - timedelta(days=5), NOW, "1d")
        batch.training_frame(SPINE, "buys", backfilled=True)
    complete = told(shop)[-1]
    folder = shop.root / "offline" / "backfill"
    assert ("file", str(folder / "customer_orders")) in places(complete["inputs"])
    assert origins(complete["outputs"][0], "spent_7d") == {
        (str(folder / "customer_orders"), "spent_7d"): {"IDENTITY"},
        ("shop.buys.spine", "customer_id"): {"JOIN"},
    }


def test_a_frame_that_fails(shop: Project) -> None:
    with batch_of(shop) as batch, pytest.raises(SpineError):
        batch.training_frame(SPINE.drop(columns="basket"), "buys")
    events = told(shop)
    assert [event["eventType"] for event in events] == ["START", "FAIL"]
    message = events[1]["run"]["facets"]["errorMessage"]
    assert message["message"].startswith("SpineError: ")
    assert message["programmingLanguage"] == "PYTHON"
    assert "stackTrace" not in message
    assert events[1]["outputs"] == []


def test_a_frame_that_somebody_stops(shop: Project) -> None:
    class Rows(pd.DataFrame):
        """Whoever asks for its columns presses Ctrl-C."""

        @property
        def columns(self) -> Any:
            raise KeyboardInterrupt

    with batch_of(shop) as batch, pytest.raises(KeyboardInterrupt):
        batch.training_frame(Rows(), "buys")
    assert [event["eventType"] for event in told(shop)] == ["START", "ABORT"]


# materializations


def test_a_materialization_is_a_run_for_each_view(shop: Project) -> None:
    with batch_of(shop) as batch:
        report = batch.materialize(NOW)
    events = told(shop)
    views = [view.view for view in report.views]
    assert len(views) == 3
    assert names(events) == [
        *(("START", f"materialize.{view}") for view in views),
        *(("COMPLETE", f"materialize.{view}") for view in views),
    ]
    assert len({event["run"]["runId"] for event in events}) == len(views)
    complete = {event["job"]["name"]: event for event in events[3:]}["materialize.customer_orders"]
    assert complete["run"]["facets"]["nominalTime"]["nominalStartTime"] == NOW.isoformat()
    orders = str(shop.root / "data" / "orders.parquet")
    assert places(complete["inputs"]) == [("file", orders)]
    types = {f["name"]: f["type"] for f in complete["inputs"][0]["facets"]["schema"]["fields"]}
    assert types["AMT"] == "double"
    assert complete["inputs"][0]["facets"]["dataSource"]["uri"] == Path(orders).as_uri()
    (output,) = complete["outputs"]
    assert places([output]) == [(f"sqlite://{shop.root}/s.db", "customer_orders")]
    schema = {field["name"]: field["type"] for field in output["facets"]["schema"]["fields"]}
    assert schema == {
        "customer_id": "int64", "last_amount": "double", "spent_1d": "double", "spent_7d": "double"
    }  # fmt: skip
    (written,) = [each for each in report.views if each.view == "customer_orders"]
    counted = output["outputFacets"]["outputStatistics"]
    assert (counted["rowCount"], counted["size"]) == (written.keys, written.bytes)
    assert origins(output, "spent_7d") == {
        (orders, "AMT"): {"AGGREGATION"},
        (orders, "CUSTOMER"): {"JOIN"},
    }
    assert origins(output, "customer_id") == {(orders, "CUSTOMER"): {"IDENTITY"}}
    whole = output["facets"]["columnLineage"]["dataset"]
    assert [each["field"] for each in whole] == ["known_at", "ordered_at"]
    assert {way["subtype"] for each in whole for way in each["transformations"]} == {"FILTER"}


def test_what_the_store_has_of_later_is_not_written(shop: Project) -> None:
    with batch_of(shop) as batch:
        batch.materialize(NOW)
        batch.materialize(NOW - timedelta(days=1))
    assert [event["outputs"] for event in told(shop)[-3:]] == [[], [], []]


def test_a_materialization_that_fails_completes_nothing(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with batch_of(shop) as batch:
        (shop.root / "data" / "profiles1.csv").write_text("customer_id,points,changed_at\n1,5,no\n")
        with pytest.raises(Exception, match="profiles"):
            batch.materialize(NOW)
    states = [event["eventType"] for event in told(shop)]
    assert states == ["START"] * 3 + ["FAIL"] * 3


def test_a_busy_store_is_told_once_it_is_free(shop: Project) -> None:
    store = SqliteStore(shop.root / "s.db", lock_timeout=timedelta(seconds=0))
    with BatchDriver(shop, store=store, clock=FixedClock(NOW)) as batch:
        with store.write(), pytest.raises(StoreBusy):
            batch.materialize(NOW)
        batch.materialize(NOW)
    assert [event["eventType"] for event in told(shop)] == ["START"] * 3 + ["COMPLETE"] * 3


# backfills


def test_a_backfill(shop: Project) -> None:
    with batch_of(shop) as batch:
        report = batch.backfill(NOW - timedelta(days=2), NOW, "1d", ["customer_orders"])
    start, complete = told(shop)
    assert names([start, complete])[1] == ("COMPLETE", "backfill.customer_orders")
    nominal = complete["run"]["facets"]["nominalTime"]
    assert nominal["nominalEndTime"] == NOW.isoformat()
    (output,) = complete["outputs"]
    assert output["name"] == str(shop.root / "offline" / "backfill" / "customer_orders")
    counted = output["outputFacets"]["outputStatistics"]
    assert (counted["rowCount"], counted["size"]) == (report.views[0].rows, report.views[0].bytes)
    fields = [field["name"] for field in output["facets"]["schema"]["fields"]]
    assert fields == ["customer_id", "last_amount", "spent_1d", "spent_7d"]


def test_views_that_were_done_before_an_error_are_complete(shop: Project) -> None:
    (shop.root / "data" / "profiles1.csv").write_text("customer_id,points,changed_at\n1,5,no\n")
    with batch_of(shop) as batch:
        order = ["customer_orders", "customer_profiles", "everything_orders"]
        with pytest.raises(Exception, match="profiles"):
            batch.backfill(NOW - timedelta(days=2), NOW, "1d", order)
    assert names(told(shop))[3:] == [
        ("COMPLETE", "backfill.customer_orders"),
        ("FAIL", "backfill.customer_profiles"),
        ("FAIL", "backfill.everything_orders"),
    ]


# around runs


def test_the_namespace_and_the_scheduler_are_of_the_environment(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLINEAGE_NAMESPACE", "prod")
    uuid = uuid_of(NOW, "dag")
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", f"airflow/dag.task/{uuid}")
    with batch_of(shop) as batch:
        batch.training_frame(SPINE, "buys")
    event = told(shop)[0]
    assert event["job"]["namespace"] == "prod"
    parent = event["run"]["facets"]["parent"]
    assert parent["run"]["runId"] == uuid
    assert (parent["job"]["namespace"], parent["job"]["name"]) == ("airflow", "dag.task")


@pytest.mark.parametrize("text", ["airflow", "a/b/c", "//", "a//01a1ffba-c8fc-70c0-a519"])
def test_a_parent_of_another_form_is_left_out(
    text: str, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", text)
    with batch_of(shop) as batch:
        batch.backfill(NOW, NOW, "1d", ["customer_orders"])
    assert all("parent" not in event["run"]["facets"] for event in told(shop))


@pytest.mark.parametrize(
    ("remote", "url"),
    [
        ("https://me:secret@host/team/shop.git", "https://host/team/shop.git"),
        ("git@host:team/shop.git", "ssh://host/team/shop.git"),
        ("/srv/shop.git", "file:///srv/shop.git"),
    ],
)
def test_where_the_code_is(remote: str, url: str, shop: Project) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    for command in (["init", "-q"], ["add", "data"], ["commit", "-qm", "x"],
                    ["remote", "add", "origin", remote]):  # fmt: skip
        subprocess.run(["git", *identity, *command], cwd=shop.root, check=True)
    with batch_of(shop) as batch:
        commit = batch.snapshot.commit
        batch.backfill(NOW, NOW, "1d", ["customer_orders"])
    assert commit is not None
    for event in told(shop):
        said = event["job"]["facets"]["sourceCodeLocation"]
        assert (said["url"], said["version"]) == (url, commit.hash)
        assert event["run"]["facets"]["onedag_run"]["commit"] == commit.hash
    assert "secret" not in (shop.root / "events.jsonl").read_text()


def test_an_endpoint_that_refuses_changes_nothing(
    shop: Project, collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    collector.statuses = [500]
    shop.openlineage = collector.url
    with batch_of(shop) as batch:
        assert len(batch.training_frame(SPINE, "buys")) == 2
        assert batch.materialize(NOW).keys > 0
    assert len(caplog.records) == 1


def test_measuring_is_not_told(shop: Project) -> None:
    with BatchDriver(shop, clock=FixedClock(NOW), tell=False) as batch:
        batch.training_frame(SPINE, "buys")
    assert not (shop.root / "events.jsonl").exists()
