"""What a service means: its features in their order, where they come from, what a request says."""

from __future__ import annotations

from collections.abc import Mapping

import pydantic
import pytest

from onedag.fingerprints import fingerprint
from onedag.service import FeatureService
from onedag.snapshots import ServiceSnapshot
from tests.onedag.snapshots.conftest import SCHEMAS, Take

FIELDS = "    user_id: int\n    price: float\n"

SEMANTIC: Mapping[str, Mapping[str, str]] = {
    "order of features": {'"spent_1d", "last_amount"': '"last_amount", "spent_1d"'},
    "a feature more": {'"age"]': '"age", "spent_7d"]'},
    "a feature less": {', "age"]': "]"},
    "another window": {'"spent_1d"': '"spent_7d"'},
    "added field": {FIELDS: f"{FIELDS}    age: int\n"},
    "default": {FIELDS: f"{FIELDS.rstrip()} = 1.0\n"},
    "another default": {FIELDS: f"{FIELDS.rstrip()} = 2.0\n"},
    "type of a field": {"price: float\n": "price: int\n"},
    "may be null": {"price: float\n": "price: float | None\n"},
    "on a store's error": {"request=Request": 'request=Request, on_store_error="missing"'},
    "function": {"amount * RATE": "amount / RATE"},
    "constant": {"RATE = 0.9": "RATE = 0.8"},
    "fitted value": {"price.mean()": "price.median()"},
    "age of what is looked up": {'max_age="2d"': 'max_age="3d"'},
    "source of a column": {'"profiles.parquet", timestamp="at"': '"p.parquet", timestamp="at"'},
    "its delay": {'timestamp="at", key=user': 'timestamp="at", delay="1h", key=user'},
    "join keys": {'Entity("user", "user_id")': 'Entity("user", ["user_id", "price"])'},
}
COSMETIC: Mapping[str, Mapping[str, str]] = {
    "docstring": {'"""What the user spent."""': '"""The sum."""'},
    "docstring of the request": {'"""Who buys what."""': '"""A purchase."""'},
    "order of fields": {FIELDS: "    price: float\n    user_id: int\n"},
    "description": {FIELDS: f"{FIELDS.rstrip()} = pydantic.Field(description='In euros.')\n"},
    "tag of a field": {
        FIELDS: f"{FIELDS.rstrip()} = pydantic.Field(json_schema_extra={{'tags': ['pii']}})\n"
    },
    "what it may use": {"request=Request": 'request=Request, may_use=["user_id"]'},
    "tag of a column": {'parquet", timestamp="at")': 'parquet", "at", tags={"user_id": ["pii"]})'},
}


def meaning_of(take: Take, edits: Mapping[str, str]) -> ServiceSnapshot:
    return take(edits).services["buys"]


@pytest.mark.parametrize("edits", SEMANTIC.values(), ids=SEMANTIC)
def test_an_edit_that_changes_a_service(take: Take, edits: Mapping[str, str]) -> None:
    before = meaning_of(take, {})
    after = meaning_of(take, edits)
    assert before.origins
    assert before.meaning != after.meaning


@pytest.mark.parametrize("edits", COSMETIC.values(), ids=COSMETIC)
def test_an_edit_that_changes_none(take: Take, edits: Mapping[str, str]) -> None:
    before = meaning_of(take, {})
    after = meaning_of(take, edits)
    assert before.meaning == after.meaning


def test_each_default_is_another(take: Take) -> None:
    defaults = [SEMANTIC["default"], SEMANTIC["another default"]]
    assert len({meaning_of(take, edits).meaning for edits in defaults}) == 2


def test_a_service_that_cannot_be_planned_has_a_meaning(take: Take) -> None:
    """Nobody knows where ``age`` comes from; what the others mean is known."""
    schemas = {"orders": SCHEMAS["orders"]}
    before = take(schemas=schemas).services["buys"]
    after = take({"amount * RATE": "amount / RATE"}, schemas).services["buys"]
    assert before.origins == after.origins == {}
    assert before.meaning != after.meaning
    assert take(schemas=schemas).services["buys"] == before


def test_types_of_columns_are_no_part_of_a_meaning(take: Take) -> None:
    schemas = {**SCHEMAS, "profiles": {**SCHEMAS["profiles"], "age": "double"}}
    before, after = take(), take(schemas=schemas)
    assert before.id != after.id
    assert before.services == after.services
    assert before.sources["profiles"].meaning == after.sources["profiles"].meaning


def test_a_function_that_names_a_service_tells_all_of_it() -> None:
    class Request(pydantic.BaseModel):
        x: int

    one = FeatureService("s", ["x"], Request)
    other = FeatureService("s", ["x"], Request, on_store_error="missing")
    assert fingerprint(one).text != fingerprint(other).text
