"""What is told of sources, entities, services and views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from onedag.snapshots import Snapshot
from onedag.snapshots.changes import compare
from onedag.snapshots.definitions import (
    ColumnChange,
    EntityChange,
    ServiceChange,
    SourceChange,
    ViewChange,
)

Take = Callable[..., Snapshot]

LATE = {'"orders.parquet", timestamp="at"': '"orders.parquet", timestamp="at", delay="5min"'}
COLUMNS = {"user_id": "int64", "amount": "double", "at": "timestamp[us, tz=UTC]"}
PROFILES = {"user_id": "int64", "age": "int64", "at": "timestamp[us, tz=UTC]"}


def schemas(orders: dict[str, Any], profiles: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"orders": orders, "profiles": PROFILES if profiles is None else profiles}


def test_the_definition_of_a_source(take: Take) -> None:
    changes = compare(take(), take(LATE))
    assert changes.sources == (SourceChange("orders", "changed", ("delay none -> 5min",)),)
    renamed = {'"orders.parquet", timestamp="at"': '"orders.parquet", "at", columns={"a": "b"}'}
    [source] = compare(take(), take(renamed)).sources
    assert source.definition == ("renamed {} -> {'a': 'b'}",)


def test_tags_of_columns(take: Take) -> None:
    old = take()
    tagged = replace(old.sources["profiles"], tags={"age": ("pii",)})
    new = replace(old, sources={**old.sources, "profiles": tagged})
    [source] = compare(old, new).sources
    assert source.definition == ("tags of column age: none -> pii",)


def test_columns_with_those_who_read_them(take: Take) -> None:
    old = take()
    new = take(
        schemas=schemas(
            {**COLUMNS, "amount": "int64", "new": "bool"}, {**PROFILES, "age": "string"}
        )
    )
    [orders, profiles] = compare(old, new).sources
    assert orders.columns == (
        ColumnChange("amount", "double", "int64", ("discounted", "last_amount")),
        ColumnChange("new", None, "bool", ()),
    )
    assert profiles.columns == (ColumnChange("age", "int64", "string", ("service buys",)),)
    [orders] = compare(old, take(schemas=schemas({"user_id": "string", "at": "x"}))).sources
    assert orders.columns[0] == ColumnChange(
        "amount", "double", None, ("discounted", "last_amount")
    )
    assert ColumnChange("user_id", "int64", "string", ("entity user",)) in orders.columns


def test_a_source_that_cant_be_opened_has_no_columns_to_compare(take: Take) -> None:
    assert compare(take(), take(schemas={"profiles": PROFILES})).sources == ()


def test_what_only_a_plan_says_isnt_told_without_one(take: Take) -> None:
    for changes in (compare(take(), take(schemas={})), compare(take(schemas={}), take())):
        assert changes.unplanned == ("buys",)
        assert (changes.services, changes.views) == ((), ())


def test_entities(take: Take) -> None:
    two = {'Entity("user", "user_id")': 'Entity("user", ["user_id", "amount"])'}
    [entity] = compare(take(), take(two)).entities
    assert entity == EntityChange("user", "changed", ("user_id",), ("user_id", "amount"))
    more = '\nitem = Entity("item", "item_id")\n'
    assert compare(take(), take(more=more)).entities == (
        EntityChange("item", "added", (), ("item_id",)),
    )
    assert compare(take(more=more), take()).entities == (
        EntityChange("item", "removed", ("item_id",), ()),
    )


def test_features_of_a_service(take: Take) -> None:
    other = {
        '["price_above", "spent_1d", "last_amount", "age"]': '["age", "price_above", "spent_7d"]'
    }
    [service] = compare(take(), take(other)).services
    assert service == ServiceChange(
        "buys",
        "changed",
        added=("spent_7d",),
        removed=("spent_1d", "last_amount"),
        reordered=True,
        meaning=True,
    )


def test_the_request_of_a_service(take: Take) -> None:
    edits = {
        "    price: float\n": "    price: int = 3\n    shop: str | None = None\n",
        "Who buys what.": "Who buys.",
        "request=Request\n": 'request=Request, on_store_error="missing"\n',
    }
    [service] = compare(take(), take(edits)).services
    assert service.request == (
        "field price: double -> int64, optional",
        "field shop: added",
        "on_store_error refuse -> missing",
        "docstring",
    )
    assert compare(take(edits), take()).services[0].request[1] == "field shop: removed"


def test_a_change_upstream_is_one_of_the_services_meaning(take: Take) -> None:
    [service] = compare(take(), take({"RATE = 0.9": "RATE = 0.8"})).services
    assert service == ServiceChange("buys", "changed", meaning=True)
    assert compare(take(), take({"Who buys what.": "Who."})).services[0].meaning is False


def test_services_that_come_and_go(take: Take) -> None:
    more = '\nmore = FeatureService("more", ["spent_1d"], request=Request)\n'
    assert compare(take(), take(more=more)).services == (ServiceChange("more", "added"),)
    assert compare(take(more=more), take()).services == (ServiceChange("more", "removed"),)


def test_views_to_materialize(take: Take) -> None:
    changed = compare(take(), take({"RATE = 0.9": "RATE = 0.8"})).views
    assert changed == (ViewChange("user_orders", "changed"),)
    assert changed[0].to_materialize
    window = compare(take(), take({'over=["1d", "7d"]': 'over=["1d", "7d", "30d"]'})).views
    assert window == (ViewChange("user_orders", "changed", added=("spent_30d",)),)
    gone = compare(take(), take({', "age"]': "]"})).views
    assert gone == (ViewChange("user_profiles", "removed"),)
    assert not gone[0].to_materialize
    assert compare(take(), take({"price.mean()": "price.median()"})).views == ()


def test_how_data_is_opened_is_not_told(take: Take) -> None:
    new = take({'"orders.parquet"': '"s3://key:hush@bucket/orders.parquet?sig=hush"'})
    assert new.sources["orders"].data == "s3://bucket/orders.parquet?…"
