"""What is counted of known requests, to the last one."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from drivers.served.settings import LogSettings
from drivers.stores.memory import MemoryStore
from online_api import create_app
from tests.online_api.gates import GatedStore
from tests.online_api.scrapes import Scrape
from tests.online_api.shop import Client, Shop

KNOWN, EARLIER, NOBODY = ({"customer_id": number, "basket": 25.0} for number in (1, 2, 9))

RunApp = Callable[[FastAPI], AbstractContextManager[Client]]


def scrape(client: Client) -> Scrape:
    return Scrape.of_text(client.get("/metrics").text)


def app_of(shop: Shop, **options: Any) -> FastAPI:
    return create_app(shop.project, clock=shop.clock, **options)


def test_each_request_is_counted_once_by_route_and_status(shop: Shop, run_app: RunApp) -> None:
    shop.write_model(shop.publish())
    with run_app(app_of(shop)) as client:
        for _ in range(3):
            client.predict("buys", KNOWN)
        client.features("buys", KNOWN, EARLIER)
        client.features("buys", {"basket": 1.0})
        client.predict("tests_items", KNOWN)  # it has no run
        seen = scrape(client)
    assert seen.one("onedag_requests_total", service="buys", route="predict", code="200") == 3
    assert seen.one("onedag_requests_total", service="buys", route="features", code="200") == 1
    assert seen.one("onedag_requests_total", service="buys", route="features", code="422") == 1
    assert seen.one("onedag_requests_total", service="tests_items", code="409") == 1
    assert seen.sum("onedag_requests_total") == 6
    assert seen.one("onedag_request_duration_seconds_count", service="buys", route="predict") == 3
    assert seen.one("onedag_request_rows_total", service="buys", route="features") == 2
    assert seen.all("onedag_errors_total", service="buys") == {
        frozenset({("service", "buys"), ("route", "features"), ("type", "RequestError")}): 1
    }
    assert seen.one("onedag_errors_total", service="tests_items", type="NotPublished") == 1


def test_the_stages_of_batches_are_within_their_requests(shop: Shop, run_app: RunApp) -> None:
    shop.write_model(shop.publish())
    with run_app(app_of(shop)) as client:
        for _ in range(3):
            client.predict("buys", KNOWN)
        client.features("buys", KNOWN, EARLIER)
        seen = scrape(client)
    counts = {
        stage: seen.one("onedag_stage_duration_seconds_count", service="buys", stage=stage)
        for stage in ("queue", "store", "functions", "model")
    }
    assert counts == {"queue": 4, "store": 4, "functions": 4, "model": 3}
    whole = seen.sum("onedag_request_duration_seconds_sum", service="buys")
    assert 0 < seen.sum("onedag_stage_duration_seconds_sum", service="buys") < whole
    assert seen.one("onedag_batch_requests_sum", service="buys") == 4
    assert seen.one("onedag_batch_rows_sum", service="buys") == 5
    assert seen.one("onedag_batch_rows_bucket", service="buys", le="1.0") == 3


def test_values_are_counted_by_view_and_status(shop: Shop, run_app: RunApp) -> None:
    shop.publish()
    with run_app(app_of(shop)) as client:
        answers = [client.features("buys", KNOWN, EARLIER, query="?statuses=true")]
        answers += [client.features("buys", NOBODY, query="?statuses=true") for _ in range(2)]
        seen = scrape(client)
    expected: dict[str, int] = {}
    for answer in answers:
        for row in answer.json()["statuses"]:
            for name in ("spent_7d", "last_amount"):  # the others aren't stored
                expected[row[name]] = expected.get(row[name], 0) + 1
    assert expected == {"PRESENT": 3, "STALE": 1, "MISSING": 4}
    for status in ("PRESENT", "NULL", "STALE", "MISSING"):
        found = seen.sum("onedag_stored_values_total", service="buys", status=status)
        assert found == expected.get(status, 0)
    assert set(seen.all("onedag_stored_values_total", status="UNKNOWN")) == set()


def test_many_values_are_counted_before_anybody_asks(shop: Shop, run_app: RunApp) -> None:
    shop.publish()
    with run_app(app_of(shop)) as client:
        client.features("buys", *[KNOWN] * 250)
        client.features("buys", *[EARLIER] * 250)
        client.features("buys", KNOWN)
        seen, again = scrape(client), scrape(client)
    for found in (seen, again):  # a second look counts nothing twice
        assert found.sum("onedag_stored_values_total", status="PRESENT") == 250 * 2 + 250 + 2
        assert found.sum("onedag_stored_values_total", status="STALE") == 250


def test_a_store_that_is_down_is_counted_and_so_is_what_is_unknown(
    shop: Shop, run_app: RunApp
) -> None:
    shop.features.lenient = type(shop.features.buys)(
        "lenient", ["spent_7d", "last_amount"], shop.features.Basket, on_store_error="missing"
    )
    store = GatedStore()
    shop.project = shop.at("memory://")
    shop.publish(store=store)
    shop.publish("lenient", store=store)
    with run_app(app_of(shop, store=store)) as client:
        assert client.features("lenient", KNOWN).status_code == 200
        store.down = True
        assert client.features("lenient", KNOWN, EARLIER).status_code == 200
        assert client.features("buys", KNOWN).status_code == 503
        seen = scrape(client)
    assert seen.one("onedag_store_errors_total", service="lenient") == 1
    assert seen.one("onedag_store_errors_total", service="buys") == 1
    assert seen.sum("onedag_stored_values_total", service="lenient", status="UNKNOWN") == 4
    assert seen.sum("onedag_stored_values_total", service="lenient", status="PRESENT") == 2
    assert seen.sum("onedag_stored_values_total", service="buys") == 0
    assert seen.one("onedag_errors_total", service="buys", type="StoreUnavailable") == 1


def test_a_function_that_raises_is_an_error_of_its_request_alone(
    shop: Shop, run_app: RunApp
) -> None:
    shop.publish("tests_items")
    with run_app(app_of(shop)) as client:
        assert client.features("tests_items", {**KNOWN, "items": 101}).status_code == 500
        seen = scrape(client)
    assert seen.one("onedag_errors_total", service="tests_items", type="FunctionError") == 1
    assert seen.one("onedag_requests_total", service="tests_items", code="500") == 1


def test_what_nobody_declared_makes_no_labels(shop: Shop, run_app: RunApp) -> None:
    shop.publish()
    with run_app(app_of(shop)) as client:
        before = {tuple(sorted(s.labels.items())) for s in scrape(client).samples}
        client.features("nobody", KNOWN)
        client.get("/v1/services/buys/features")
        client.get("/no/such/path?x=1")
        after = {tuple(sorted(s.labels.items())) for s in scrape(client).samples}
    assert after == before


def test_the_log_tells_its_rows(shop: Shop, run_app: RunApp) -> None:
    shop.publish()
    with run_app(app_of(shop, log=LogSettings(Path("log"), sample=1.0, rows=2))) as client:
        for _ in range(4):
            client.features("buys", KNOWN)
        deadline = time.monotonic() + 30
        while scrape(client).one("onedag_served_log_rows_written_total") < 4:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert scrape(client).one("onedag_served_log_rows_dropped_total") == 0


@pytest.mark.parametrize("metrics", [True, False])
def test_two_apps_of_one_process_count_for_themselves(
    shop: Shop, run_app: RunApp, metrics: bool
) -> None:
    store = MemoryStore()
    shop.publish(store=store)
    with (
        run_app(app_of(shop, store=store)) as one,
        run_app(app_of(shop, store=store, metrics=metrics)) as other,
    ):
        one.features("buys", KNOWN)
        other.features("buys", KNOWN)
        assert scrape(one).sum("onedag_requests_total") == 1
        answer = other.get("/metrics")
    assert answer.status_code == (200 if metrics else 404)
