"""Bodies that are too long, too deep or too many, and that both parsers say the same."""

from __future__ import annotations

import enum
import json
import time
import uuid
from datetime import date, datetime
from typing import Literal

import pydantic
import pytest

from onedag import FeatureService
from onedag.errors import RequestError
from online_api import create_app
from online_api.body import LONG, BodyReader
from online_api.limits import Limits

JSON = {"content-type": "application/json"}
GOOD = b'{"customer_id": 1, "basket": 25.0}'
PATH = "/v1/services/buys/features"


class Colour(enum.Enum):
    RED = "red"


class Everything(pydantic.BaseModel):
    number: int = 0
    real: float = 0.0
    text: str = ""
    flag: bool = False
    at: datetime | None = None
    day: date | None = None
    colour: Colour = Colour.RED
    kind: Literal["a", "b"] = "a"
    id: uuid.UUID | None = None


READER = BodyReader(FeatureService("everything", ["x"], Everything), Limits(max_rows=3))

TEXTS = {
    "number": ["1", "-0", "1.0", '"1"', "true", "null", "1e2", str(2**63 - 1), str(2**63)],
    "real": [
        "1",
        "1.5",
        "-0.0",
        "1e-400",
        "1e400",
        "NaN",
        "-Infinity",
        str(2**53 + 1),
        str(10**30),
        "0.1",
        "5e-324",
        "2.2250738585072011e-308",
        "1.7976931348623157e308",
        '"1"',
        "true",
    ],
    "text": ['""', '"\\u00e9"', '"\\ud83d\\ude00"', '"\\ud800"', "1", "null", '"\\u0000"'],
    "flag": ["true", "1", '"true"', "null"],
    "at": [
        '"2024-03-10T12:00:00Z"',
        '"2024-03-10T13:00:00+02:00"',
        '"2024-03-10"',
        "1",
        '"1"',
        '"2024-03-10T12:00:00.1234567Z"',
        "null",
        '"today"',
        "true",
    ],
    "day": ['"2024-03-10"', '"2024-03-10T00:00:00"', "1", "null"],
    "colour": ['"red"', '"blue"', "1", "null"],
    "kind": ['"a"', '"c"', "1"],
    "id": ['"6f1c2b1e-8a38-4e0c-9d0a-3d5f2f0b8a11"', '"no"', "1", "null"],
}
CASES = [(name, text) for name, texts in TEXTS.items() for text in texts]


@pytest.mark.parametrize(("name", "text"), CASES, ids=[f"{n}-{t}" for n, t in CASES])
def test_the_fast_parser_says_what_the_plain_one_says(name, text):
    body = f'{{"rows": [{{"{name}": {text}, "{name}": {text}}}]}}'.encode()
    try:
        plain = READER.model.model_validate(json.loads(body)).rows
    except pydantic.ValidationError as error:
        messages = [problem["msg"] for problem in error.errors()]
        with pytest.raises(RequestError) as caught:
            READER.parse(body)
        assert [detail["message"] for detail in caught.value.details] == messages
        assert {detail["row"] for detail in caught.value.details} == {0}
    else:
        assert repr(READER.parse(body)) == repr(plain)


def test_of_a_field_that_stands_twice_the_last_counts():
    (row,) = READER.parse(b'{"rows": [], "rows": [{"number": 1, "number": 2}]}')
    assert row.number == 2


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_other_encodings_of_unicode_are_read(encoding):
    (row,) = READER.parse('{"rows": [{"text": "é"}]}'.encode(encoding))
    assert row.text == "é"


WRONG = {
    "invalid UTF-8": (b'{"rows": [{"text": "\xff"}]}', "not UTF-8 at byte 20"),
    "deep lists": (b"[" * 100_000, "nested too deeply"),
    "deep objects": (b'{"rows":' * 100_000, "nested too deeply"),
    "deep and whole": (b'{"rows": ' + b"[" * 500 + b"]" * 500 + b"}", "valid dictionary"),
    "a huge integer": (b'{"rows": [{"number": ' + b"9" * 5000 + b"}]}", "integer"),
    "null": (b"null", "valid dictionary"),
    "a long body that isn't JSON": (b" " * LONG + b"{", "not JSON at character"),
}


@pytest.mark.parametrize(("body", "message"), WRONG.values(), ids=WRONG)
def test_garbage_is_one_clear_error(body, message):
    with pytest.raises(RequestError, match=message):
        READER.parse(body)


@pytest.mark.parametrize("row", ["{}", "0", "[]", '{"x": 1}'])
def test_a_hundred_thousand_rows_are_one_error(row):
    body = f'{{"rows": [{",".join([row] * 100_000)}]}}'.encode()
    with pytest.raises(RequestError, match="at most 3 items") as caught:
        READER.parse(body)
    assert [detail["field"] for detail in caught.value.details] == ["rows"]


def test_of_a_hundred_thousand_unknown_fields_some_are_named():
    fields = ", ".join(f'"k{n}": 1' for n in range(100_000))
    with pytest.raises(RequestError) as caught:
        READER.parse(f'{{"rows": [{{}}, {{{fields}}}]}}'.encode())
    assert [(d["row"], d["field"]) for d in caught.value.details] == [
        (1, f"k{n}") for n in range(10)
    ]


def test_of_very_many_unknown_fields_of_the_body_some_are_named():
    body = b"{" + b",".join(b'"k%d":1' % number for number in range(100_000)) + b"}"
    started = time.process_time()
    with pytest.raises(RequestError) as raised:
        READER.parse(body)
    assert time.process_time() - started < 0.5
    assert [each["field"] for each in raised.value.details] == [f"k{n}" for n in range(10)]


def test_rows_of_mixed_fields_are_named_one_by_one():
    with pytest.raises(RequestError) as caught:
        READER.parse(b'{"rows": [{"number": 1}, {"real": "x"}, {"hue": 1}]}')
    assert [(d["row"], d["field"]) for d in caught.value.details] == [(1, "real"), (2, "hue")]


@pytest.fixture
def post(shop, run_app):
    shop.publish()
    limits = Limits(max_body_bytes=1000)
    with run_app(create_app(shop.project, clock=shop.clock, limits=limits)) as client:
        yield lambda **options: client.post(PATH, **options)


def test_a_body_of_the_longest_length_is_read(post):
    body = b'{"rows": [' + GOOD + b"]}"
    assert post(content=body.ljust(1000), headers=JSON).status_code == 200


async def in_pieces():
    for _ in range(11):
        yield b" " * 100


@pytest.mark.parametrize("content", [b" " * 1001, b" " * 10_000_000, in_pieces()])
def test_a_body_that_is_too_long_names_the_limit(post, content):
    answer = post(content=content, headers=JSON)
    assert answer.status_code == 413
    error = answer.json()["error"]
    assert error["type"] == "BodyTooLong"
    assert error["details"][0]["field"] == "body"
    assert "longer than 1000 bytes" in error["message"]


@pytest.mark.parametrize("kind", ["text/plain", "application/jsonp", "multipart/form-data", ""])
def test_another_content_type_is_refused(post, kind):
    answer = post(content=b'{"rows": [' + GOOD + b"]}", headers={"content-type": kind})
    assert answer.status_code == 422
    assert "application/json" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "Application/JSON", "application/vnd.api+json"]
)
def test_json_by_another_name_is_read(post, kind):
    answer = post(content=b'{"rows": [' + GOOD + b"]}", headers={"content-type": kind})
    assert answer.status_code == 200
