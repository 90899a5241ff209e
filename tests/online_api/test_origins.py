"""Where each value of an answer came from, told on demand."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from drivers.stores import Store, open_store
from onedag import FeatureService
from online_api import create_app
from tests.online_api.going import GoingStore

BOUGHT_TODAY = {"customer_id": 1, "basket": 25.0}
BOUGHT_LAST_WEEK = {"customer_id": 2, "basket": 60.0}
NEVER_BOUGHT = {"customer_id": 9, "basket": 0.0}
AS_OF = "2024-03-10T12:00:00Z"
TODAY, LAST_WEEK = "2024-03-10T00:00:00Z", "2024-03-04T00:00:00Z"
ORIGINS = "?origins=true"


@pytest.fixture(params=["memory", "sqlite", "redis"])
def store(request, tmp_path, redis_url) -> Iterator[Store]:
    urls = {
        "memory": "memory://",
        "sqlite": "sqlite:///origins.db",
        "redis": f"{redis_url}?namespace={tmp_path.name}",
    }
    store = open_store(urls[request.param], tmp_path)
    yield store
    store.close()


def stored(value, status, event_ts, known_ts=None, as_of=AS_OF):
    return {
        "value": value,
        "status": status,
        "event_ts": event_ts,
        "known_ts": known_ts or event_ts,
        "as_of": as_of,
    }


def test_it_is_told_of_features_and_of_what_they_are_made_of(shop, run_app, store):
    run = shop.publish(store=store)
    with run_app(create_app(shop.project, clock=shop.clock, store=store)) as client:
        plain = client.features("buys", BOUGHT_TODAY).json()
        answer = client.features("buys", BOUGHT_TODAY, query=ORIGINS).json()
    of_view = {"origin": "store", "inputs": ["customer_id"], "view": "customer_orders"}
    given = {"origin": "request", "inputs": [], "view": None}
    assert answer.pop("origins") == {
        "spent_7d": of_view,
        "last_amount": of_view,
        "basket": given,
        "basket_mean": {"origin": "fitted", "inputs": [], "view": None},
        "basket_centred": computed("basket", "basket_mean"),
        "is_big": computed("basket"),
        "items": given,
        "per_item": computed("basket", "items"),
    }
    assert answer.pop("fitted") == {"basket_mean": 50.0}
    assert answer.pop("event_timestamps") == [AS_OF]
    assert answer.pop("stored") == [
        {"spent_7d": stored(30.5, "PRESENT", TODAY), "last_amount": stored(30.5, "PRESENT", TODAY)}
    ]
    assert answer == plain
    assert plain["run_id"] == run.run_id


def computed(*inputs):
    return {"origin": "computed", "inputs": list(inputs), "view": None}


def test_a_stale_value_and_an_unknown_key_say_so(shop, run_app, store):
    shop.publish(store=store)
    rows = [NEVER_BOUGHT, BOUGHT_LAST_WEEK]
    with run_app(create_app(shop.project, clock=shop.clock, store=store)) as client:
        never, last_week = client.features("buys", *rows, query=ORIGINS).json()["stored"]
    assert last_week["last_amount"] == stored(None, "STALE", LAST_WEEK)
    assert last_week["spent_7d"] == stored(20.0, "PRESENT", LAST_WEEK)
    assert never["last_amount"] == stored(None, "MISSING", None)
    assert never["spent_7d"] == stored(0.0, "MISSING", None)


def test_the_row_s_own_time_is_told(shop, run_app):
    shop.publish()
    later = {**BOUGHT_TODAY, "event_timestamp": "2024-03-14T01:00:00+01:00"}
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        answer = client.features("buys", BOUGHT_TODAY, later, query=ORIGINS).json()
    assert answer["event_timestamps"] == [AS_OF, "2024-03-14T00:00:00Z"]
    assert [row["last_amount"]["status"] for row in answer["stored"]] == ["PRESENT", "STALE"]


def test_nothing_is_stored_and_no_time_matters_where_rows_alone_are_computed(shop, run_app):
    shop.publish("tests_items")
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        answer = client.features("tests_items", BOUGHT_TODAY, query=ORIGINS).json()
    assert set(answer["origins"]) == {"items", "tested", "coupon", "opened_at"}
    assert (answer["fitted"], answer["stored"], answer["event_timestamps"]) == ({}, [{}], [])


def test_predictions_bring_them_without_the_features(shop, run_app):
    shop.write_model(shop.publish())
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        predicted = client.predict("buys", BOUGHT_TODAY, query=ORIGINS).json()
        features = client.features("buys", BOUGHT_TODAY, query=ORIGINS).json()
        error = client.predict("buys", BOUGHT_TODAY, query="?origins=perhaps")
    assert predicted["origins"] == features["origins"]
    assert predicted["stored"] == features["stored"]
    assert len(predicted["predictions"]) == 1
    assert "rows" not in predicted
    assert error.status_code == 422
    assert error.json()["error"]["details"][0]["field"] == "origins"


def test_requests_that_are_answered_together_get_their_own(shop, run_app):
    shop.publish()
    customers = [{"customer_id": number % 3 + 1, "basket": float(number)} for number in range(40)]
    expected = {1: TODAY, 2: LAST_WEEK, 3: None}
    with (
        run_app(create_app(shop.project, clock=shop.clock)) as client,
        ThreadPoolExecutor(8) as pool,
    ):

        def ask(customer):
            rows = [customer, NEVER_BOUGHT] if customer["basket"] % 2 else [customer]
            return client.features("buys", *rows, query=ORIGINS).json()

        answers = list(pool.map(ask, customers))
    for customer, answer in zip(customers, answers, strict=True):
        times = [row["spent_7d"]["event_ts"] for row in answer["stored"]]
        assert times == [expected[customer["customer_id"]], None][: len(answer["rows"])]


def test_of_a_store_that_is_down_no_time_is_told(shop, run_app):
    kept = shop.features.buys
    shop.features.buys = FeatureService(
        "buys", kept.features, kept.request, on_store_error="missing"
    )
    shop.project, store = shop.at("sqlite:///s.db"), GoingStore()
    shop.publish(store=store)
    with run_app(create_app(shop.project, clock=shop.clock, store=store)) as client:
        before = client.features("buys", BOUGHT_TODAY, query=ORIGINS).json()
        store.down = True
        answer = client.features("buys", BOUGHT_TODAY, query=ORIGINS).json()
    assert "can't be reached" in answer["store_error"]
    assert answer["origins"] == before["origins"]
    nothing = {"event_ts": None, "as_of": None}
    assert answer["stored"] == [
        {
            "spent_7d": stored(0.0, "MISSING", **nothing),
            "last_amount": stored(None, "MISSING", **nothing),
        }
    ]
    assert answer["event_timestamps"] == [AS_OF]
