from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import ModuleType

import pytest

from onedag import Entity, Source
from onedag.errors import DuplicateName
from onedag.graph import FunctionGraph
from onedag.modifiers import Aggregate, Latest
from onedag.planner import StoredFeature, View, declared_views, merge_views
from onedag.planner.views import view_name, view_of

user = Entity("user", "user_id")
orders = Source("orders", "o.parquet", "at")


@pytest.mark.parametrize(
    ("definition", "name"),
    [
        (Latest(orders, user), "user_orders"),
        (Latest(orders, user, max_age=timedelta(days=1)), "user_orders"),
        (Aggregate(orders, user, timedelta(days=1)), "user_orders"),
        (Aggregate(orders, None, timedelta(days=1)), "everything_orders"),
        (Latest(orders, user, refresh=timedelta(hours=24)), "user_orders_every_1d"),
        (Latest(orders, user, refresh=timedelta(minutes=90)), "user_orders_every_90min"),
    ],
)
def test_names_of_views(definition: Latest | Aggregate, name: str) -> None:
    assert view_name(definition) == name


def test_features_of_one_source_entity_and_refresh_are_one_view(
    make_module: Callable[..., ModuleType],
) -> None:
    graph = FunctionGraph.from_modules(
        [
            make_module(
                """
                @aggregate(orders, by=user, over=["7d", "1d"])
                def total(amount: pd.Series) -> float: ...

                @latest(orders, by=user, max_age="1h")
                def newest(amount: pd.Series) -> pd.Series: ...

                @aggregate(orders, by=user, over="1d", refresh="24h")
                def daily(amount: pd.Series) -> float: ...

                @latest(orders, by=user, refresh="1d")
                def newest_daily(amount: pd.Series) -> pd.Series: ...

                @aggregate(orders, by=None)
                def everything(amount: pd.Series) -> float: ...

                def row(amount: pd.Series) -> pd.Series: ...
                """,
                preamble=True,
            )
        ]
    )
    views = declared_views(graph)
    assert {name: [f.name for f in view.features] for name, view in views.items()} == {
        "user_orders": ["newest", "total_1d", "total_7d"],
        "user_orders_every_1d": ["daily_1d", "newest_daily"],
        "everything_orders": ["everything"],
    }
    assert views["user_orders"].join_keys == ("user_id",)
    assert views["everything_orders"].join_keys == ()
    assert views["user_orders_every_1d"].refresh == timedelta(days=1)
    assert [f.name for f in views["user_orders"].only(["total_7d", "newest"]).features] == [
        "newest",
        "total_7d",
    ]


def raw(name: str, definition: Latest) -> View:
    return view_of(StoredFeature(name, definition, None))


def test_merging_repeats_nothing() -> None:
    views = [raw(name, Latest(orders, user)) for name in ("b", "a", "b")]
    (merged,) = merge_views(views).values()
    assert [feature.name for feature in merged.features] == ["a", "b"]
    assert merge_views([]) == {}


hour = timedelta(hours=1)
everything = Entity("everything", "k")


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        (
            Latest(Source("c", "x.parquet", "at"), Entity("a_b", "k")),
            Latest(Source("b_c", "x.parquet", "at"), Entity("a", "k")),
            "a_b_c",
        ),
        (Latest(orders, user), Latest(orders, Entity("user", "other_id")), "user_orders"),
        (Latest(orders, None), Latest(orders, everything), "everything_orders"),
        (
            Latest(orders, user, refresh=hour),
            Latest(Source("orders_every_1h", "x.parquet", "at"), user),
            "user_orders_every_1h",
        ),
    ],
)
def test_two_views_of_one_name(first: Latest, second: Latest, name: str) -> None:
    with pytest.raises(DuplicateName, match=f"View '{name}' is defined twice"):
        merge_views([raw("x", first), raw("y", second)])
