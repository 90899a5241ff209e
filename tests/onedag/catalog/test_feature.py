"""What is known of a feature."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from onedag.catalog import Catalog, feature_facts
from onedag.errors import UnknownName
from onedag.lineage import NodeKind
from tests.onedag.catalog.conftest import STATISTICS


def test_a_stored_feature_with_all_that_it_comes_from(catalog: Catalog) -> None:
    facts = feature_facts(catalog, "big_share_7d")
    assert (facts.kind, facts.owner, facts.doc) == ("aggregate", "risk", "Share of big orders.")
    assert facts.definition is not None
    assert (facts.definition.over, facts.definition.refresh) == ("7d", "1d")
    assert facts.inputs == ("is_big",)
    assert facts.users == ("band", "risk")
    assert [(place.kind, place.view) for place in facts.places] == [
        (NodeKind.STORED, "user_orders_every_1d")
    ]
    [origin] = facts.origins
    assert (origin.source, origin.name, origin.type) == ("orders", "amount", "double")
    assert origin.way == ("orders.amount", "is_big", "big_share_7d")
    assert origin.nodes[0] == "source:orders:amount"
    assert origin.tags == ("pii",)
    assert facts.type == "double"  # as it is stored: it is no feature of a run


def test_the_services_that_use_it_through_others(catalog: Catalog) -> None:
    [use] = feature_facts(catalog, "big_share_7d").uses
    assert (use.service, use.direct, use.through) == ("buys", False, ("risk", "band"))
    assert use.way == ("big_share_7d", "risk", "buys")


def test_a_function_is_told_at_each_place_where_it_is_computed(catalog: Catalog) -> None:
    assert [(place.kind, place.source) for place in feature_facts(catalog, "is_big").places] == [
        (NodeKind.MAPPED, "orders")
    ]
    places = feature_facts(catalog, "above_mean").places
    assert [(place.kind, place.service) for place in places] == [(NodeKind.COMPUTED, "buys")]


def test_what_a_feature_is_made_of_is_not_what_it_is_looked_up_by(catalog: Catalog) -> None:
    facts = feature_facts(catalog, "risk")
    names = {(of.kind, of.source or of.service, of.name) for of in facts.origins}
    assert names == {
        (NodeKind.COLUMN, "orders", "amount"),
        (NodeKind.REQUEST, "buys", "price"),
    }


def test_the_rows_time_has_the_name_of_its_column(catalog: Catalog) -> None:
    [time] = feature_facts(catalog, "last_hour").origins
    assert (time.name, time.type) == ("at", "timestamp[us, tz=UTC]")
    assert time.way == ("orders.at", "last_hour")


def test_personal_data_ends_where_a_function_says_so(catalog: Catalog) -> None:
    assert [of.way for of in feature_facts(catalog, "risk").personal] == [
        ("orders.amount", "is_big", "big_share_7d", "risk")
    ]
    assert feature_facts(catalog, "band").personal == ()
    flows = {flow.feature for flow in catalog.pii}
    listed = catalog.snapshot.services["buys"].features
    assert flows == {name for name in listed if feature_facts(catalog, name).personal}


def test_a_column_that_is_looked_up_is_a_feature(catalog: Catalog) -> None:
    facts = feature_facts(catalog, "age")
    assert (facts.kind, facts.function, facts.doc, facts.inputs) == ("column", None, "", ())
    assert facts.definition is not None
    assert (facts.definition.source, facts.definition.entity) == ("profiles", "user")
    assert [place.kind for place in facts.places] == [NodeKind.STORED]
    assert [use.direct for use in facts.uses] == [True]


def test_a_field_that_is_a_feature(catalog: Catalog) -> None:
    facts = feature_facts(catalog, "price")
    assert (facts.kind, facts.type, facts.users) == (
        "field",
        "double",
        ("above_mean", "mean_price"),
    )
    assert facts.uses[0].through == ("risk", "price")


def test_what_training_and_jobs_say_of_it(catalog: Catalog) -> None:
    facts = feature_facts(catalog, "risk")
    assert facts.runs["buys"].statistics == STATISTICS
    assert facts.drift["buys"].verdict == "drifted"
    assert facts.skew["buys"].causes == {"late-data": 2}
    assert feature_facts(catalog, "band").runs["buys"].statistics is None
    assert feature_facts(catalog, "mean_price").runs["buys"].fitted == "7.5"
    assert feature_facts(catalog, "last_hour").runs == {}


def test_how_fresh_it_is_or_why_nobody_knows(catalog: Catalog) -> None:
    [fresh] = feature_facts(catalog, "big_share_1d").freshness.values()
    assert fresh.age == timedelta(hours=12)
    [never] = feature_facts(catalog, "last_hour").freshness.values()
    assert (never.stored, never.age) == (None, None)
    assert "onedag materialize" in never.unknown
    down = replace(catalog, views={}, store_error="Nobody answers.")
    [unknown] = feature_facts(down, "big_share_1d").freshness.values()
    assert unknown.unknown == "The store can't be read: Nobody answers."
    damaged = replace(catalog, views={}, unread_views={"user_orders_every_1d": "It is damaged."})
    [unread] = feature_facts(damaged, "big_share_1d").freshness.values()
    assert unread.unknown == "It is damaged."


def test_what_nobody_uses(catalog: Catalog) -> None:
    facts = feature_facts(catalog, "all_orders")
    assert facts.unused
    assert "all_orders" in catalog.dead
    assert [place.kind for place in facts.places] == [NodeKind.STORED]
    assert not feature_facts(catalog, "is_big").unused


def test_what_only_a_service_uses_that_cant_be_planned(catalog: Catalog) -> None:
    facts = feature_facts(catalog, "nobody")
    assert [(use.service, use.direct, use.through) for use in facts.uses] == [
        ("broken", True, ("nobody",))
    ]
    assert facts.places == ()
    assert facts.uses[0].way == ()


def test_an_unknown_name_gets_a_suggestion(catalog: Catalog) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'big_share_7d'"):
        feature_facts(catalog, "big_share_7")
    with pytest.raises(UnknownName, match="No feature is named 'town'"):
        feature_facts(catalog, "town")  # a column that nobody looks up
