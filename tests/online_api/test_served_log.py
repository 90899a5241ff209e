"""The API logs what it answers: which requests, under which ids, whatever becomes of the log."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from drivers.served.log import ServedLog
from drivers.served.reading import read_served
from drivers.served.settings import LogSettings
from online_api.app import create_app
from tests.online_api.servers import server, wait_until_ready
from tests.online_api.shop import Shop

ROW = {"customer_id": 1, "basket": 25.0}
PATH = "/v1/services/buys/predict"


def app_of(shop: Shop, **settings: Any) -> FastAPI:
    log = LogSettings(Path("log"), **{"sample": 1.0, **settings})
    return create_app(shop.project, clock=shop.clock, log=log)


def logged(shop: Shop) -> list[dict[str, Any]]:
    names = ["request_id", "row", "prediction", "input.basket", "feature.basket_centred"]
    files = read_served(shop.root / "log", columns=names)
    return [row for rows in files for row in rows.table.to_pylist()]


def test_an_answer_says_under_which_id_it_is_logged(shop, run_app):
    shop.write_model(shop.publish())
    with run_app(app_of(shop)) as client:
        made = client.predict("buys", ROW, {**ROW, "basket": 30.0})
        sent = client.post(PATH, json={"rows": [ROW]}, headers={"x-request-id": "till-7"})
    assert sent.headers["x-request-id"] == "till-7"
    assert [(row["request_id"], row["row"]) for row in logged(shop)] == [
        (made.headers["x-request-id"], 0),
        (made.headers["x-request-id"], 1),
        ("till-7", 0),
    ]
    assert [row["prediction"] for row in logged(shop)] == [
        *made.json()["predictions"],
        *sent.json()["predictions"],
    ]


def test_without_a_log_there_is_no_id(shop, run_app):
    shop.publish()
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        answer = client.features("buys", ROW)
    assert "x-request-id" not in answer.headers
    assert not (shop.root / "log").exists()


def test_a_request_outside_of_the_sample_has_no_id_and_no_row(shop, run_app):
    shop.publish()
    with run_app(app_of(shop, sample=0.0)) as client:
        path = "/v1/services/buys/features"
        answer = client.post(path, json={"rows": [ROW]}, headers={"x-request-id": "till-7"})
    assert answer.status_code == 200
    assert "x-request-id" not in answer.headers
    assert not (shop.root / "log").exists()


def test_what_was_refused_or_failed_is_not_logged(shop, run_app):
    shop.publish()
    shop.publish("tests_items")
    with run_app(app_of(shop)) as client:
        assert client.features("buys", {"basket": 1.0}).status_code == 422
        assert client.predict("buys", ROW).status_code == 404  # no model
        assert client.features("tests_items", {**ROW, "items": 101}).status_code == 500
        assert client.features("tests_items", {**ROW, "items": 100}).status_code == 200
    assert len(logged(shop)) == 1


def test_a_log_that_can_t_be_written_fails_no_request(shop, run_app, caplog):
    shop.publish()
    (shop.root / "log").write_text("a file where the folder should be")
    with run_app(app_of(shop)) as client:
        assert client.features("buys", ROW).status_code == 200
    assert "The served log in" in caplog.text


def test_a_thread_that_is_gone_fails_no_request(shop, run_app, monkeypatch):
    shop.publish()
    monkeypatch.setattr(ServedLog, "_run", lambda self: None)
    with run_app(app_of(shop)) as client:
        assert client.features("buys", ROW).status_code == 200
        assert client.features("buys", ROW).status_code == 200


@pytest.mark.parametrize("workers", [1, 2])
def test_a_server_that_is_told_to_stop_writes_what_it_has(shop, unused_port, workers):
    shop.publish()
    variables = {"ONEDAG_LOG": "log", "ONEDAG_LOG_SAMPLE": "1", "ONEDAG_LOG_WITHOUT": "coupon"}
    options = ("--workers", str(workers))
    with server(shop, unused_port, *options, variables=variables) as process:
        with httpx.Client(base_url=f"http://127.0.0.1:{unused_port}", timeout=30) as http:
            wait_until_ready(process, http)
        ids = set()
        for number in range(20):  # each on a connection of its own, so that any worker answers
            row = {**ROW, "basket": float(number), "event_timestamp": "2024-03-10T12:00:00Z"}
            url = f"http://127.0.0.1:{unused_port}/v1/services/buys/features"
            answer = httpx.post(url, json={"rows": [row]}, timeout=30)
            assert answer.status_code == 200
            ids.add(answer.headers["x-request-id"])
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    found = logged(shop)
    assert {row["request_id"] for row in found} == ids
    assert sorted(row["input.basket"] for row in found) == [float(n) for n in range(20)]
    assert all(row["feature.basket_centred"] == row["input.basket"] - 50.0 for row in found)
