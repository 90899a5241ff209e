"""Bad input: each is one clear error, in one shape, and changes nothing."""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from drivers.stored.records import current_key, run_key
from drivers.stores import open_store
from onedag import FeatureService
from online_api import create_app
from online_api.limits import Limits
from tests.online_api.shop import Shop

GOOD = {"customer_id": 1, "basket": 25.0}
JSON = {"content-type": "application/json"}


def body(row: str) -> str:
    return f'{{"rows": [{{"customer_id": 1, "basket": 25.0}}, {{{row}}}]}}'


def entries(shop: Shop) -> list[Any]:
    with closing(sqlite3.connect(shop.root / "s.db")) as connection:
        return connection.execute("SELECT * FROM entries ORDER BY key").fetchall()


WRONG_FIELDS = {
    "missing": ('"customer_id": 1', "basket", "Field required"),
    "unknown": ('"customer_id": 1, "basket": 1.0, "colour": 1', "colour", "not permitted"),
    "text for an integer": ('"customer_id": "1", "basket": 1.0', "customer_id", "valid integer"),
    "float for an integer": ('"customer_id": 1.0, "basket": 1.0', "customer_id", "valid integer"),
    "bool for an integer": ('"customer_id": true, "basket": 1.0', "customer_id", "valid integer"),
    "text for a float": ('"customer_id": 1, "basket": "1.0"', "basket", "valid number"),
    "number for text": ('"customer_id": 1, "basket": 1.0, "coupon": 5', "coupon", "valid string"),
    "null": ('"customer_id": null, "basket": 1.0', "customer_id", "valid integer"),
    "NaN": ('"customer_id": 1, "basket": NaN', "basket", "finite number"),
    "infinity": ('"customer_id": 1, "basket": Infinity', "basket", "finite number"),
    "minus infinity": ('"customer_id": 1, "basket": -Infinity', "basket", "finite number"),
    "overflowing float": ('"customer_id": 1, "basket": 1e999', "basket", "finite number"),
    "beyond 64 bits": (
        '"customer_id": 9223372036854775808, "basket": 1.0',
        "customer_id",
        "the integer is beyond 64 bits",
    ),
    "below 64 bits": (
        '"customer_id": -9223372036854775809, "basket": 1.0',
        "customer_id",
        "the integer is beyond 64 bits",
    ),
    "text for a nested float": (
        '"customer_id": 1, "basket": 1.0, "discount": "0.5"',
        "discount",
        "valid number",
    ),
    "NaN for a nested float": (
        '"customer_id": 1, "basket": 1.0, "discount": NaN',
        "discount",
        "finite number",
    ),
    "the model's own limit": (
        '"customer_id": 1, "basket": -1.0',
        "basket",
        "greater than or equal",
    ),
    "number for a time": (
        '"customer_id": 1, "basket": 1.0, "opened_at": 1710072000',
        "opened_at",
        "a number doesn't say its unit",
    ),
    "digits for a time": (
        '"customer_id": 1, "basket": 1.0, "event_timestamp": "1710072000"',
        "event_timestamp",
        "a number doesn't say its unit",
    ),
    "a time before the year 1": (
        '"customer_id": 1, "basket": 1.0, "event_timestamp": "0001-01-01T00:00:00+01:00"',
        "event_timestamp",
        "outside of the years 1 to 9999",
    ),
    "half a surrogate pair": (
        '"customer_id": 1, "basket": 1.0, "coupon": "\\ud800"',
        "coupon",
        "surrogate",
    ),
    "an unknown field that isn't Unicode": (
        '"customer_id": 1, "basket": 1.0, "\\ud800": 1',
        "row",
        "unicode string",
    ),
}


@pytest.mark.parametrize(("row", "field", "message"), WRONG_FIELDS.values(), ids=WRONG_FIELDS)
@pytest.mark.parametrize("operation", ["features", "predict"])
def test_a_wrong_field_is_named_with_its_row(shop, run_app, operation, row, field, message):
    shop.write_model(shop.publish())
    before = entries(shop)
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        answer = client.post(f"/v1/services/buys/{operation}", content=body(row), headers=JSON)
        assert client.features("buys", GOOD).status_code == 200
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["type"] == "RequestError"
    assert [(d["row"], d["field"]) for d in error["details"]] == [(1, field)]
    assert message in error["details"][0]["message"]
    assert f"row 1, {field}" in error["message"]
    assert entries(shop) == before


WRONG_BODIES = {
    "not JSON": ('{"rows": [', "body", "not JSON at character 10"),
    "nothing": ("", "body", "Field required"),
    "a list": ("[]", "body", "valid dictionary"),
    "no rows": ("{}", "rows", "Field required"),
    "an empty list of rows": ('{"rows": []}', "rows", "at least 1 item"),
    "rows that are no list": ('{"rows": {}}', "rows", "valid list"),
    "something beside the rows": (
        '{"rows": [{"customer_id": 1, "basket": 1.0}], "row": 1}',
        "row",
        "not permitted",
    ),
}


@pytest.mark.parametrize(("content", "field", "message"), WRONG_BODIES.values(), ids=WRONG_BODIES)
def test_a_wrong_body_says_what_is_wrong(shop, run_app, content, field, message):
    with run_app(create_app(shop.project)) as client:
        answer = client.post("/v1/services/buys/features", content=content, headers=JSON)
    assert answer.status_code == 422
    (detail,) = answer.json()["error"]["details"]
    assert (detail["row"], detail["field"]) == (None, field)
    assert message in detail["message"]


def test_a_row_that_is_no_object_is_named(shop, run_app):
    with run_app(create_app(shop.project)) as client:
        answer = client.post("/v1/services/buys/features", json={"rows": [GOOD, 5]})
    assert answer.status_code == 422
    (detail,) = answer.json()["error"]["details"]
    assert (detail["row"], detail["field"]) == (1, "row")


@pytest.mark.parametrize("content", [b'{"rows": [{"coupon": "\xff"}]}', b"[" * 100_000])
def test_a_body_that_cannot_be_decoded_is_refused(shop, run_app, content):
    with run_app(create_app(shop.project)) as client:
        answer = client.post("/v1/services/buys/features", content=content, headers=JSON)
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]["message"]


def test_a_body_of_another_kind_says_which_it_should_be(shop, run_app):
    with run_app(create_app(shop.project)) as client:
        answer = client.post("/v1/services/buys/features", data={"customer_id": 1})
    assert answer.status_code == 422
    assert "application/json" in answer.json()["error"]["message"]


def test_more_rows_than_allowed_name_the_limit(shop, run_app):
    shop.publish()
    with run_app(create_app(shop.project, clock=shop.clock, limits=Limits(max_rows=3))) as client:
        assert client.features("buys", *[GOOD] * 3).status_code == 200
        answer = client.features("buys", *[GOOD] * 4)
    assert answer.status_code == 422
    (detail,) = answer.json()["error"]["details"]
    assert detail["field"] == "rows"
    assert "at most 3 items" in detail["message"]


def test_a_wrong_query_names_the_parameter(shop, run_app):
    with run_app(create_app(shop.project)) as client:
        answer = client.features("buys", GOOD, query="?statuses=perhaps")
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["field"] == "statuses"


@pytest.mark.parametrize("operation", ["features", "predict"])
def test_an_unknown_service_names_those_there_are(shop, run_app, operation):
    with run_app(create_app(shop.project)) as client:
        answer = client.post(f"/v1/services/buy/{operation}", content="not even JSON")
    assert answer.status_code == 404
    assert answer.json()["error"] == {
        "type": "UnknownName",
        "message": "No service is named 'buy'. Did you mean 'buys'? Available: buys, tests_items.",
        "details": [],
    }


def test_an_unknown_path_and_a_wrong_method_have_the_same_shape(shop, run_app):
    with run_app(create_app(shop.project)) as client:
        nowhere, got = client.get("/v2"), client.get("/v1/services/buys/features")
    assert (nowhere.status_code, nowhere.json()["error"]["type"]) == (404, "NotFound")
    assert (got.status_code, got.json()["error"]["type"]) == (405, "MethodNotAllowed")
    assert got.headers["allow"] == "POST"


def test_a_view_that_was_never_materialized_is_a_conflict(shop, run_app):
    memory = open_store("memory://", shop.root)
    run = shop.publish()
    with memory.write() as writer:
        writer.put(
            [run_key(run.run_id), current_key("buys")], [run.to_bytes(), run.run_id.encode()], 0
        )
    with run_app(create_app(shop.project, store=memory)) as client:
        answer = client.features("buys", GOOD)
    assert answer.status_code == 409
    assert answer.json()["error"]["type"] == "NotPublished"
    assert "was never materialized" in answer.json()["error"]["message"]


def test_a_function_that_raises_is_the_servers_error(shop, run_app, caplog):
    shop.publish("tests_items")
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        answer = client.features("tests_items", {**GOOD, "items": 101})
        assert client.features("tests_items", GOOD).status_code == 200
    assert answer.status_code == 500
    assert answer.json()["error"]["type"] == "FunctionError"
    assert "'tested'" in answer.json()["error"]["message"]
    assert "more than a cart holds" in answer.json()["error"]["message"]
    (logged,) = [record for record in caplog.records if record.exc_info]
    assert logged.levelno == logging.ERROR
    assert logged.exc_info[0] is ValueError


def test_an_error_that_is_not_ours_keeps_its_text_to_itself(shop, run_app):
    app = create_app(shop.project)
    app.add_api_route("/breaks", lambda: {}["secret"])
    with run_app(app) as client:
        answer = client.get("/breaks")
    assert answer.status_code == 500
    assert answer.json()["error"]["type"] == "InternalError"
    assert "secret" not in answer.text


def other_program(shop: Shop) -> None:
    with closing(sqlite3.connect(shop.root / "s.db")) as connection:
        connection.execute("PRAGMA user_version = 77")


def other_format(shop: Shop) -> None:
    run = shop.publish()
    content = json.loads(run.to_bytes()) | {"format": 77}
    with closing(sqlite3.connect(shop.root / "s.db")) as connection, connection:
        connection.execute(
            "UPDATE entries SET blob = ? WHERE key = ?",
            (json.dumps(content).encode(), run_key(run.run_id)),
        )


def other_features(shop: Shop) -> None:
    shop.publish()
    service = FeatureService("buys", ["spent_7d", "is_big"], shop.features.Basket)
    shop.features.buys = service
    shop.project = shop.at("sqlite:///s.db")


def no_database(shop: Shop) -> None:
    (shop.root / "s.db").write_text("something else", encoding="utf-8")


OTHER_SCHEMAS = {
    other_program: ("StoreError", "user_version 77"),
    other_format: ("StoreError", "format 77"),
    other_features: ("SchemaMismatch", "last_amount, basket_centred, per_item went"),
    no_database: ("StoreError", "not a SQLite database"),
}


@pytest.mark.parametrize("change", OTHER_SCHEMAS)
def test_a_store_of_another_schema_is_a_conflict(shop, run_app, change):
    change(shop)
    kind, message = OTHER_SCHEMAS[change]
    before = (shop.root / "s.db").read_bytes()
    with run_app(create_app(shop.project)) as client:
        answer, ready = client.features("buys", GOOD), client.get("/readyz")
    assert answer.status_code == 409
    assert answer.json()["error"]["type"] == kind
    assert message in answer.json()["error"]["message"]
    assert ready.status_code == 503
    assert message in ready.json()["error"]["message"]
    assert (shop.root / "s.db").read_bytes() == before


def test_a_store_that_is_down_is_named_quickly_and_without_its_password(shop, run_app, unused_port):
    url = f"redis://reader:hunter2@127.0.0.1:{unused_port}/3"
    started = time.monotonic()
    with run_app(create_app(shop.at(url))) as client:
        answers = [client.features("buys", GOOD), client.predict("buys", GOOD)]
        answers.append(client.get("/readyz"))
        health = client.get("/healthz")
    assert time.monotonic() - started < 5
    assert health.status_code == 200
    for answer in answers:
        assert answer.status_code == 503
        assert f"redis://127.0.0.1:{unused_port}/3" in answer.json()["error"]["message"]
        assert "hunter2" not in answer.text
    assert answers[0].json()["error"]["type"] == "StoreUnavailable"


def test_a_store_that_goes_down_and_comes_back_needs_no_restart(shop, run_app):
    shop.publish()
    file: Path = shop.root / "s.db"
    with run_app(create_app(shop.project, clock=shop.clock)) as client:
        statuses = [client.features("buys", GOOD).status_code]
        hidden = file.rename(file.with_suffix(".hidden"))
        file.mkdir()
        statuses.append(client.features("buys", GOOD).status_code)
        file.rmdir()
        hidden.rename(file)
        statuses.append(client.features("buys", GOOD).status_code)
    assert statuses == [200, 503, 200]
