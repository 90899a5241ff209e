"""A snapshot that was kept stays readable, and one of a later version of this format is too."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from onedag.errors import RegistryError
from onedag.snapshots import Snapshot

FIRST: dict[str, Any] = {
    "commit": {"hash": "abc", "dirty": False},
    "entities": {"user": {"name": "user", "join_keys": ["user_id"]}},
    "format": 1,
    "functions": {
        "spent": {
            "certain": True,
            "code": "def spent(amount): ...",
            "definition": {"source": "orders", "entity": "user", "view": "user_orders"},
            "doc": "",
            "inputs": ["amount"],
            "kind": "aggregate",
            "meaning": "12",
            "module": "features",
            "name": "spent",
            "own": "34",
            "owner": "",
            "per_row": False,
            "returns": "float",
            "tags": {},
        }
    },
    "services": {
        "buys": {
            "doc": "",
            "features": ["spent"],
            "fields": [
                {
                    "description": "",
                    "name": "user_id",
                    "nullable": False,
                    "required": True,
                    "type": "int64",
                }
            ],
            "may_use": [],
            "meaning": "56",
            "name": "buys",
            "on_store_error": "refuse",
            "origins": {"spent": "store"},
            "views": ["user_orders"],
        }
    },
    "sources": {
        "orders": {
            "columns": {"amount": "double"},
            "data": "orders.parquet",
            "delay": None,
            "key": None,
            "known_at": None,
            "meaning": "78",
            "name": "orders",
            "renamed": {},
            "tags": {},
            "timestamp": "at",
        }
    },
    "versions": ["Python 3.11"],
    "views": {
        "user_orders": {
            "entity": "user",
            "features": ["spent"],
            "meaning": "90",
            "name": "user_orders",
            "refresh": None,
            "source": "orders",
        }
    },
}
"""With no more than the first version of onedag wrote. It never changes: snapshots don't either."""


def _with_more(content: Any) -> Any:
    """As a later version may write it: with more in each definition."""
    if isinstance(content, list):
        return [_with_more(each) for each in content]
    if not isinstance(content, dict):
        return content
    more = {name: _with_more(each) for name, each in content.items()}
    return more | ({"of_a_later_version": [1]} if {"name", "hash", "source"} & {*content} else {})


def test_one_of_the_first_version_is_read() -> None:
    blob = json.dumps(FIRST).encode()
    snapshot = Snapshot.from_bytes(blob)
    assert snapshot.id == hashlib.sha256(blob).hexdigest()
    assert snapshot.functions["spent"].inputs == ("amount",)
    assert snapshot.services["buys"].fields[0].made == ""


def test_one_of_a_later_version_is_read() -> None:
    blob = json.dumps(_with_more(FIRST) | {"of_a_later_version": {}}).encode()
    assert blob.count(b"of_a_later_version") > 8
    snapshot = Snapshot.from_bytes(blob)
    assert snapshot.id == hashlib.sha256(blob).hexdigest()
    assert snapshot.to_bytes() == Snapshot.from_bytes(json.dumps(FIRST).encode()).to_bytes()


def test_it_is_written_and_read_again(take: Any) -> None:
    snapshot = take()
    again = Snapshot.from_bytes(snapshot.to_bytes())
    assert again == snapshot
    assert again.id == snapshot.id


@pytest.mark.parametrize("content", [{**FIRST, "format": 2}, {"format": 1}, [], None])
def test_what_cannot_be_read_is_told(content: object) -> None:
    with pytest.raises(RegistryError, match="snapshot"):
        Snapshot.from_bytes(json.dumps(content).encode())
