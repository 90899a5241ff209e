"""What is known of a source and its columns."""

from __future__ import annotations

from dataclasses import replace

import pytest

from onedag.catalog import Catalog, SourceColumn, source_facts
from onedag.errors import UnknownName


def columns(catalog: Catalog, source: str) -> dict[str, SourceColumn]:
    return {column.name: column for column in source_facts(catalog, source).columns}


def test_columns_with_types_tags_and_who_uses_them(catalog: Catalog) -> None:
    found = columns(catalog, "orders")
    assert list(found) == ["user_id", "amount", "at"]
    amount = found["amount"]
    assert (amount.type, amount.tags) == ("double", ("pii",))
    assert amount.users == ("is_big", "all_orders")
    assert [(use.service, use.through) for use in amount.uses] == [
        ("buys", ("risk", "big_share_1d", "band"))
    ]


def test_a_join_key_is_used_to_look_up(catalog: Catalog) -> None:
    key = columns(catalog, "orders")["user_id"]
    assert key.users == ()
    assert key.key_of == ("big_share_1d", "big_share_7d", "last_hour")
    assert [(use.service, use.through, use.way) for use in key.uses] == [
        ("buys", (), ()),
        ("visits", (), ()),
    ]


def test_the_rows_time_is_under_its_own_name(catalog: Catalog) -> None:
    assert columns(catalog, "orders")["at"].users == ("last_hour",)


def test_a_column_that_nobody_uses(catalog: Catalog) -> None:
    town = columns(catalog, "profiles")["town"]
    assert (town.node, town.users, town.uses) == ("", (), ())


def test_what_is_made_of_it(catalog: Catalog) -> None:
    facts = source_facts(catalog, "orders")
    assert (facts.name, facts.complete, facts.mapped) == ("orders", True, ("is_big",))
    assert set(facts.views) == {"user_orders_every_1d", "user_orders", "everything_orders"}
    assert set(facts.features) == {"big_share_1d", "big_share_7d", "last_hour", "all_orders"}
    assert facts.services == ("buys", "visits")


def test_without_types_there_are_the_columns_that_are_used_or_tagged(catalog: Catalog) -> None:
    sources = catalog.snapshot.sources
    unknown = {**sources, "orders": replace(sources["orders"], columns={})}
    blind = replace(catalog, snapshot=replace(catalog.snapshot, sources=unknown))
    facts = source_facts(blind, "orders")
    assert not facts.complete
    assert [column.name for column in facts.columns] == ["amount", "at", "user_id"]
    assert {column.type for column in facts.columns} == {""}


def test_an_unknown_name_gets_a_suggestion(catalog: Catalog) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'orders'"):
        source_facts(catalog, "order")
