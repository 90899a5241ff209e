"""What is told of materializations and backfills."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from drivers import BatchDriver
from drivers.stores.sqlite import SqliteStore
from onedag import FixedClock, Project
from onedag.errors import SourceError, StoreBusy
from tests.drivers.openlineage.reading import batch_of, names, origins, places, told
from tests.drivers.openlineage.shop import NOW


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
        (shop.root / "data" / "profiles1.csv").write_text(
            "customer_id,points,changed_at\n1,5,Jane Doe\n"
        )
        with pytest.raises(SourceError, match="'Jane Doe' at row 0"):
            batch.materialize(NOW)
    events = told(shop)
    assert [event["eventType"] for event in events] == ["START"] * 3 + ["FAIL"] * 3
    message = events[-1]["run"]["facets"]["errorMessage"]["message"]
    assert message.startswith("SourceError: what it says is in the job's own output")
    assert "Jane" not in (shop.root / "events.jsonl").read_text()


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


def test_a_view_that_is_asked_for_twice(shop: Project) -> None:
    with batch_of(shop) as batch:
        batch.materialize(NOW, ["customer_orders", "customer_orders"])
    assert names(told(shop)) == [
        ("START", "materialize.customer_orders"),
        ("COMPLETE", "materialize.customer_orders"),
    ]
