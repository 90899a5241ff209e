"""Features and predictions of rows, and what OpenAPI says of them."""

from __future__ import annotations

import math
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest

from drivers.request import request_model
from onedag import FixedClock
from online_api import create_app
from online_api.limits import Limits
from tests.online_api.shop import NOW

BOUGHT_TODAY = {"customer_id": 1, "basket": 25.0}
BOUGHT_LAST_WEEK = {"customer_id": 2, "basket": 60.0, "items": 4}
NEVER_BOUGHT = {"customer_id": 9, "basket": 0.0}


def test_a_batch_of_rows_is_answered_in_its_order(shop, run_app):
    run = shop.publish()
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        answer = client.features("buys", NEVER_BOUGHT, BOUGHT_TODAY, BOUGHT_LAST_WEEK)
    assert answer.status_code == 200
    assert answer.json() == {
        "service": "buys",
        "run_id": run.run_id,
        "features": ["spent_7d", "last_amount", "basket_centred", "is_big", "per_item"],
        "rows": [
            {
                "spent_7d": 0.0,
                "last_amount": None,
                "basket_centred": -50.0,
                "is_big": False,
                "per_item": 0.0,
            },
            {
                "spent_7d": 30.5,
                "last_amount": 30.5,
                "basket_centred": -25.0,
                "is_big": False,
                "per_item": 25.0,
            },
            {
                "spent_7d": 20.0,
                "last_amount": None,
                "basket_centred": 10.0,
                "is_big": True,
                "per_item": 15.0,
            },
        ],
    }


def test_statuses_come_on_demand(shop, run_app):
    shop.publish()
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        answer = client.features(
            "buys", BOUGHT_TODAY, BOUGHT_LAST_WEEK, NEVER_BOUGHT, query="?statuses=true"
        ).json()
    assert [row["last_amount"] for row in answer["statuses"]] == ["PRESENT", "STALE", "MISSING"]
    assert list(answer["statuses"][0]) == answer["features"]


def test_the_clock_says_the_time_of_a_row_without_one(shop, run_app):
    shop.publish()
    clock = FixedClock(NOW + timedelta(days=5))
    own_time = {**BOUGHT_TODAY, "event_timestamp": "2024-03-10T12:00:00Z"}
    with run_app(create_app(shop.project, clock=clock)) as client:
        rows = client.features("buys", BOUGHT_TODAY, own_time).json()["rows"]
    assert [row["last_amount"] for row in rows] == [None, 30.5]


def test_an_infinity_is_null_and_present(shop, run_app):
    shop.publish()
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        answer = client.features("buys", {**BOUGHT_TODAY, "items": 0}, query="?statuses=true")
    assert answer.json()["rows"][0]["per_item"] is None
    assert answer.json()["statuses"][0]["per_item"] == "PRESENT"


def test_texts_and_times_are_json(shop, run_app):
    shop.publish("tests_items")
    row = {**BOUGHT_TODAY, "coupon": "für 5 €", "opened_at": "2024-03-10T13:00:00+02:00"}
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        first, second = client.features("tests_items", row, BOUGHT_TODAY).json()["rows"]
    assert first == {"tested": 2, "coupon": "für 5 €", "opened_at": "2024-03-10T11:00:00Z"}
    assert second == {"tested": 2, "coupon": None, "opened_at": None}


def test_predictions_are_those_of_the_model(shop, run_app):
    run = shop.publish()
    shop.write_model(run)
    complete = {**BOUGHT_TODAY, "basket": 60.0}
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        answer = client.predict("buys", complete, NEVER_BOUGHT)
    weighed = 0.01 * 30.5 + 0.02 * 30.5 + 0.03 * 10 + 0.04 * 1 + 0.05 * 60
    assert answer.json() == {
        "service": "buys",
        "run_id": run.run_id,
        "predictions": [pytest.approx(1 / (1 + math.exp(-weighed)), abs=1e-6), None],
    }


def test_predictions_bring_features_and_statuses_on_demand(shop, run_app):
    run = shop.publish()
    shop.write_model(run)
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        query = "?features=true&statuses=true"
        predicted = client.predict("buys", BOUGHT_TODAY, query=query).json()
        features = client.features("buys", BOUGHT_TODAY, query="?statuses=true").json()
    assert len(predicted.pop("predictions")) == 1
    assert predicted == features


def test_without_a_model_there_are_features_and_no_predictions(shop, run_app):
    shop.publish()
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        error = client.predict("buys", BOUGHT_TODAY)
        assert client.features("buys", BOUGHT_TODAY).status_code == 200
    assert error.status_code == 404
    assert error.json()["error"]["type"] == "NoModel"
    assert "Service 'buys' has no model" in error.json()["error"]["message"]
    assert "onedag train buys" in error.json()["error"]["message"]


def test_without_onnxruntime_there_are_features_and_no_predictions(shop, run_app, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    shop.write_model(shop.publish())
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        error = client.predict("buys", BOUGHT_TODAY)
        assert client.features("buys", BOUGHT_TODAY).status_code == 200
    assert error.status_code == 404
    assert "pip install 'onedag[onnx]'" in error.json()["error"]["message"]


def test_a_service_is_served_as_soon_as_it_is_published(shop, run_app):
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        before = client.features("buys", BOUGHT_TODAY)
        run = shop.publish()
        after = client.features("buys", BOUGHT_TODAY)
    assert before.status_code == 409
    assert before.json()["error"]["type"] == "NotPublished"
    assert "Service 'buys' has no published run" in before.json()["error"]["message"]
    assert after.json()["run_id"] == run.run_id


def test_a_new_run_is_served_without_a_restart(shop, run_app):
    first = shop.publish(baskets=(20.0, 40.0, 90.0))
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        answers = [client.features("buys", BOUGHT_TODAY).json()]
        second = shop.publish(baskets=(0.0, 20.0))
        answers.append(client.features("buys", BOUGHT_TODAY).json())
    assert [answer["run_id"] for answer in answers] == [first.run_id, second.run_id]
    assert [answer["rows"][0]["basket_centred"] for answer in answers] == [-25.0, 15.0]


def test_while_runs_are_published_each_answer_is_of_one_run(shop, run_app):
    means = {}

    def publish(mean: float) -> None:
        run = shop.publish(baskets=(mean,))
        means[run.run_id] = mean
        shop.write_model(run)

    publish(0.0)
    with (
        run_app(create_app(shop.project, clock=shop.clock)) as client,
        ThreadPoolExecutor(4) as pool,
    ):
        asked = [
            pool.submit(client.predict, "buys", BOUGHT_TODAY, query="?features=true")
            for _ in range(60)
        ]
        for mean in (1.0, 2.0, 3.0):
            publish(mean)
        answers = [future.result() for future in asked]
        answers.append(client.predict("buys", BOUGHT_TODAY, query="?features=true"))
    # Between the publishing of a run and the writing of its model there is none that fits.
    assert {answer.status_code for answer in answers} <= {200, 409}
    served = [answer.json() for answer in answers if answer.status_code == 200]
    for answer in served:
        assert answer["rows"][0]["basket_centred"] == 25.0 - means[answer["run_id"]]
    assert means[served[-1]["run_id"]] == 3.0


def test_a_row_is_checked_once(shop):
    """A validator of the service's own that converts would convert twice."""
    service = shop.project.services["buys"]
    again = shop.at("memory://").services["buys"]
    assert request_model(service) is request_model(again)


@pytest.fixture
def openapi(shop, run_app) -> dict:
    """Of a project of which nothing was ever published."""
    with run_app(create_app(shop.project, limits=Limits(max_rows=7))) as client:
        answer: httpx.Response = client.get("/openapi.json")
    return answer.json()


def test_openapi_shows_the_fields_of_a_row(openapi):
    row = openapi["components"]["schemas"]["BuysRow"]
    assert row["required"] == ["customer_id", "basket"]
    assert row["additionalProperties"] is False
    assert list(row["properties"]) == [
        "customer_id",
        "basket",
        "items",
        "coupon",
        "discount",
        "opened_at",
        "event_timestamp",
    ]
    customer = row["properties"]["customer_id"]
    assert customer["type"] == "integer"
    assert customer["description"] == "Who buys."
    assert customer["examples"] == [1]
    assert row["properties"]["basket"]["minimum"] == 0
    assert row["properties"]["items"]["default"] == 1
    assert row["properties"]["coupon"]["anyOf"] == [{"type": "string"}, {"type": "null"}]


def test_openapi_has_routes_for_each_service(openapi):
    assert list(openapi["paths"]) == [
        "/v1/services/buys/features",
        "/v1/services/buys/predict",
        "/v1/services/tests_items/features",
        "/v1/services/tests_items/predict",
        "/healthz",
        "/readyz",
    ]
    body = openapi["components"]["schemas"]["BuysRequest"]["properties"]["rows"]
    assert (body["minItems"], body["maxItems"]) == (1, 7)
    assert body["items"] == {"$ref": "#/components/schemas/BuysRow"}


def test_openapi_shows_one_shape_of_errors(openapi):
    responses = openapi["paths"]["/v1/services/buys/predict"]["post"]["responses"]
    for status in ("404", "408", "409", "413", "422", "500", "503"):
        schema = responses[status]["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/ErrorAnswer"}
    assert "HTTPValidationError" not in openapi["components"]["schemas"]
