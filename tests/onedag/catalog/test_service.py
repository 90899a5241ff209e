"""What is known of a service."""

from __future__ import annotations

from dataclasses import replace

import pytest

from onedag.catalog import Catalog, service_facts
from onedag.errors import UnknownName
from tests.onedag.catalog.conftest import STATISTICS


def test_features_in_the_models_order_with_their_origins(catalog: Catalog) -> None:
    facts = service_facts(catalog, "buys")
    assert [(of.name, of.origin) for of in facts.features] == [
        ("risk", "computed"),
        ("big_share_1d", "store"),
        ("age", "store"),
        ("price", "request"),
        ("band", "computed"),
    ]
    assert [of.view for of in facts.features] == [
        "", "user_orders_every_1d", "user_profiles", "", "",
    ]  # fmt: skip
    assert [of.name for of in facts.features if of.personal] == ["risk", "big_share_1d"]
    risk = facts.features[0]
    assert (risk.type, risk.statistics, risk.doc) == ("double", STATISTICS, "Both.")
    assert risk.drift is not None
    assert risk.drift.psi == 0.3
    assert risk.skew is not None
    assert risk.skew.differing == 2
    assert facts.features[1].owner == "risk"


def test_what_it_reads_and_needs(catalog: Catalog) -> None:
    facts = service_facts(catalog, "buys")
    assert facts.name == "buys"
    assert facts.sources == ("orders", "profiles")
    assert {of.view: of.stored is not None for of in facts.views} == {
        "user_orders_every_1d": True,
        "user_profiles": False,
    }
    assert facts.needs["fitted"] == ("mean_price",)
    assert set(facts.needs["store"]) == {"big_share_7d", "big_share_1d"}  # age is no function
    assert set(facts.needs["computed"]) == {"above_mean", "risk", "band"}
    assert {(flow.origin, flow.allowed) for flow in facts.personal} == {("amount", True)}


def test_its_run_or_why_there_is_none(catalog: Catalog) -> None:
    assert service_facts(catalog, "buys").run_unknown == ""
    visits = service_facts(catalog, "visits")
    assert visits.run is None
    assert "onedag train visits" in visits.run_unknown
    down = replace(catalog, runs={}, store_error="Nobody answers.")
    assert service_facts(down, "buys").run_unknown == "The store can't be read: Nobody answers."
    old = replace(catalog, runs={}, unread_runs={"buys": "It has format 1."})
    assert service_facts(old, "buys").run_unknown == "It has format 1."
    assert service_facts(old, "buys").features[0].type == ""


def test_one_that_cant_be_planned_is_told_as_it_is_defined(catalog: Catalog) -> None:
    facts = service_facts(catalog, "broken")
    assert facts.unplanned == "It lacks a price."
    assert [(of.name, of.origin) for of in facts.features] == [("nobody", "")]
    assert (facts.views, facts.sources, facts.needs) == ((), (), {})


def test_an_unknown_name_gets_a_suggestion(catalog: Catalog) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'buys'"):
        service_facts(catalog, "buy")
