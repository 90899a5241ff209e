"""A snapshot's id follows from its content, and every snapshot stays readable."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from onedag.errors import RegistryError
from onedag.snapshots import Snapshot
from tests.onedag.snapshots.conftest import Take

KEPT = """{"commit":{"dirty":false,"hash":"abc"},"entities":{"user":{"join_keys":["user_id"],
"name":"user"}},"format":1,"functions":{"spent_1d":{"certain":true,"code":"def spent(): ...",
"definition":{"entity":"user","max_age":null,"over":"1d","refresh":null,"source":"orders",
"view":"user_orders"},"doc":"Sum.","inputs":["amount"],"kind":"aggregate","meaning":"m",
"module":"shop","name":"spent_1d","own":"o","owner":"ada","per_row":false,"returns":"float",
"tags":{"owner":"ada"}}},"services":{"basket":{"doc":"","features":["spent_1d"],"fields":[{
"description":"","name":"user_id","nullable":false,"required":true,"tags":["pii"],
"type":"int64"}],"may_use":["user_id"],"meaning":"s","name":"basket","on_store_error":"refuse",
"origins":{"spent_1d":"store"},"views":["user_orders"]}},"sources":{"orders":{"columns":{
"amount":"double"},"data":"orders.parquet","delay":"1h","key":null,"known_at":null,
"meaning":"d","name":"orders","renamed":{"sum":"amount"},"tags":{"user_id":["pii"]},
"timestamp":"at"}},"versions":["onedag 0.1.0"],"views":{"user_orders":{"entity":"user",
"features":["spent_1d"],"meaning":"v","name":"user_orders","refresh":null,
"source":"orders"}}}""".replace("\n", "")
"""As the first version wrote it. It must stay readable: add attributes with defaults only."""


def test_what_the_first_version_wrote_is_readable() -> None:
    snapshot = Snapshot.from_bytes(KEPT.encode())
    assert snapshot.functions["spent_1d"].definition.view == "user_orders"
    assert snapshot.services["basket"].fields[0].tags == ("pii",)
    assert snapshot.sources["orders"].renamed == {"sum": "amount"}
    assert snapshot.commit.hash == "abc"
    assert snapshot.id == hashlib.sha256(KEPT.encode()).hexdigest()


def test_what_a_later_version_added_is_left_out_and_the_id_stays() -> None:
    content: dict[str, Any] = json.loads(KEPT)
    content["functions"]["spent_1d"]["added"] = "later"
    blob = json.dumps(content).encode()
    assert Snapshot.from_bytes(blob).functions == Snapshot.from_bytes(KEPT.encode()).functions
    assert Snapshot.from_bytes(blob).id == hashlib.sha256(blob).hexdigest()


def test_a_snapshot_comes_back_as_it_was(take: Take) -> None:
    snapshot = take()
    again = Snapshot.from_bytes(snapshot.to_bytes())
    assert again == snapshot
    assert again.id == snapshot.id == hashlib.sha256(snapshot.to_bytes()).hexdigest()
    assert again.to_bytes() == snapshot.to_bytes()


def test_two_of_the_same_project_are_one(take: Take) -> None:
    assert take().id == take().id


def test_an_edit_gives_another_id(take: Take) -> None:
    assert take().id != take({"What the user spent.": "All that the user spent."}).id


@pytest.mark.parametrize("blob", [b"", b"{", b"[]", b'{"format": 2}', b'{"format": 1}', b"\xff"])
def test_what_is_no_snapshot_is_told(blob: bytes) -> None:
    with pytest.raises(RegistryError, match=r"snapshot"):
        Snapshot.from_bytes(blob)
