"""What is known of a view, and of an entity."""

from __future__ import annotations

import pytest

from onedag.catalog import Catalog, entity_facts, view_facts
from onedag.errors import UnknownName


def test_a_view_with_its_features_and_readers(catalog: Catalog) -> None:
    facts = view_facts(catalog, "user_orders_every_1d")
    assert facts.name == "user_orders_every_1d"
    assert (facts.join_keys, facts.services) == (("user_id",), ("buys",))
    assert [(of.name, of.type, of.services) for of in facts.features] == [
        ("big_share_1d", "double", ("buys",)),
        ("big_share_7d", "double", ("buys",)),
    ]
    assert facts.freshness.stored is not None
    assert facts.freshness.stored.keys == 3


def test_a_view_of_everything_that_nobody_reads(catalog: Catalog) -> None:
    facts = view_facts(catalog, "everything_orders")
    assert (facts.join_keys, facts.services) == ((), ())
    assert [(of.name, of.type, of.services) for of in facts.features] == [("all_orders", "", ())]


def test_a_view_of_a_column(catalog: Catalog) -> None:
    [age] = view_facts(catalog, "user_profiles").features
    assert (age.name, age.function, age.services) == ("age", None, ("buys",))


def test_an_entity_with_its_views(catalog: Catalog) -> None:
    facts = entity_facts(catalog, "user")
    assert (facts.name, facts.entity.join_keys) == ("user", ("user_id",))
    assert {view.name for view in facts.views} == {
        "user_orders",
        "user_orders_every_1d",
        "user_profiles",
    }
    assert set(facts.features) == {"big_share_1d", "big_share_7d", "last_hour", "age"}
    assert (facts.keyed, facts.services) == (("profiles",), ("buys", "visits"))


def test_unknown_names_get_suggestions(catalog: Catalog) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'user_profiles'"):
        view_facts(catalog, "user_profile")
    with pytest.raises(UnknownName, match="Did you mean 'user'"):
        entity_facts(catalog, "users")
