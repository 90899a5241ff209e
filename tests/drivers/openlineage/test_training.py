"""What is told of training frames."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from drivers.openlineage.runs import uuid_of
from onedag import Project
from onedag.errors import SpineError
from tests.drivers.openlineage.reading import batch_of, names, origins, places, told
from tests.drivers.openlineage.shop import NOW, SPINE


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
    for dataset in (output, fitted):  # what says which rows a row sees, whatever the column
        whole = dataset["facets"]["columnLineage"]["dataset"]
        assert {(each["name"], each["field"]) for each in whole} == {
            (spine, "event_timestamp"),
            (orders, "ordered_at"),
            (orders, "known_at"),
            (str(shop.root / "data" / "profiles*.csv"), "changed_at"),
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


def test_a_training_that_fails_with_its_frame(shop: Project) -> None:
    with (
        batch_of(shop) as batch,
        pytest.raises(SpineError),
        batch.events.train("buys", Path("spine.parquet"), "label"),
    ):
        batch.training_frame(SPINE.drop(columns="basket"), "buys")
    events = told(shop)
    assert names(events) == [
        ("START", "train.buys"),
        ("START", "training_frame.buys"),
        ("FAIL", "training_frame.buys"),
        ("FAIL", "train.buys"),
    ]
    parent = events[1]["run"]["facets"]["parent"]
    assert parent["run"]["runId"] == events[0]["run"]["runId"]
    assert parent["job"]["name"] == "train.buys"
    assert places(events[0]["inputs"]) == [("file", str(shop.root / "spine.parquet"))]
