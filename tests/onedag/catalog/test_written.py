"""Facts as JSON."""

from __future__ import annotations

import json

import pytest

from onedag.catalog import Catalog, entity_facts, feature_facts, service_facts, to_json


def test_facts_become_plain_values(catalog: Catalog) -> None:
    written = to_json(feature_facts(catalog, "big_share_1d"))
    again = json.loads(json.dumps(written, allow_nan=False))
    assert again == written
    assert again["places"][0]["kind"] == "stored"
    freshness = again["freshness"]["user_orders_every_1d"]
    assert freshness["age"] == 12 * 3600
    assert freshness["stored"]["as_of"] == "2024-03-01T00:00:00+00:00"
    assert again["definition"]["over"] == "1d"


def test_statistics_are_as_the_store_keeps_them(catalog: Catalog) -> None:
    written = to_json(service_facts(catalog, "buys"))
    kept = {"type": "double", "rows": 4, "nulls": 1, "statuses": {}}
    assert written["features"][0]["statistics"] == kept
    assert written["run"]["statistics"] == {"rows": 4, "features": {"risk": kept, "age": kept}}


def test_every_kind_of_fact_can_be_written(catalog: Catalog) -> None:
    json.dumps(to_json(entity_facts(catalog, "user")))
    json.dumps(to_json(tuple(catalog.pii)))


def test_what_has_no_form_is_an_error() -> None:
    with pytest.raises(TypeError, match="has no form in JSON"):
        to_json({"a": {1, 2}})
