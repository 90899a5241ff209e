from __future__ import annotations

from collections.abc import Callable

from onedag.lineage import Lineage, NodeKind

MakeLineage = Callable[..., Lineage]


def kinds(lineage: Lineage) -> dict[str, str]:
    return {node.id: node.kind.value for node in lineage.nodes.values()}


def test_everything_is_there_once(lineage_of: MakeLineage) -> None:
    from_buys = lineage_of().upstream(["service:buys"])
    assert kinds(from_buys) == {
        "source:orders:amount": "column",
        "source:orders:user_id": "column",
        "source:orders:is_big": "mapped",
        "source:profiles:age": "column",
        "source:profiles:user_id": "column",
        "view:user_orders:big_share_1d": "stored",
        "view:user_profiles:age": "stored",
        "service:buys:amount": "request",
        "service:buys:user_id": "request",
        "service:buys:event_timestamp": "request",
        "service:buys:is_big": "computed",
        "service:buys:mean_amount": "fitted",
        "service:buys:above_mean": "computed",
        "service:buys:hour": "computed",
        "service:buys": "service",
    }


def test_edges_lead_from_what_is_used_to_what_uses_it(lineage_of: MakeLineage) -> None:
    assert set(lineage_of().upstream(["service:buys"]).edges) == {
        ("source:orders:amount", "source:orders:is_big"),
        ("source:orders:is_big", "view:user_orders:big_share_1d"),
        ("source:orders:user_id", "view:user_orders:big_share_1d"),
        ("source:profiles:age", "view:user_profiles:age"),
        ("source:profiles:user_id", "view:user_profiles:age"),
        ("service:buys:user_id", "service:buys"),
        ("service:buys:amount", "service:buys:is_big"),
        ("service:buys:amount", "service:buys:mean_amount"),
        ("service:buys:amount", "service:buys:above_mean"),
        ("service:buys:mean_amount", "service:buys:above_mean"),
        ("service:buys:event_timestamp", "service:buys:hour"),
        ("service:buys:is_big", "service:buys"),
        ("view:user_orders:big_share_1d", "service:buys"),
        ("service:buys:above_mean", "service:buys"),
        ("view:user_profiles:age", "service:buys"),
        ("service:buys:hour", "service:buys"),
    }


def test_edges_are_not_repeated_and_join_nodes_that_are_there(lineage_of: MakeLineage) -> None:
    lineage = lineage_of()
    assert len(set(lineage.edges)) == len(lineage.edges)
    assert {end for edge in lineage.edges for end in edge} <= lineage.nodes.keys()
    assert all(name == node.id for name, node in lineage.nodes.items())


def test_a_function_on_both_sides_of_the_boundary_is_two_nodes(lineage_of: MakeLineage) -> None:
    lineage = lineage_of()
    nodes = [lineage.nodes[name] for name in lineage.named("is_big")]
    assert {(node.id, node.kind, node.kind.above_boundary) for node in nodes} == {
        ("source:orders:is_big", NodeKind.MAPPED, True),
        ("service:buys:is_big", NodeKind.COMPUTED, False),
        ("service:returns:is_big", NodeKind.COMPUTED, False),
    }


def test_two_services_share_what_is_stored_and_nothing_else(lineage_of: MakeLineage) -> None:
    used = lineage_of().downstream(["view:user_orders:big_share_1d"])
    assert sorted(used.nodes) == [
        "service:buys",
        "service:returns",
        "view:user_orders:big_share_1d",
    ]
    used = lineage_of().downstream(["service:returns:amount"])
    assert sorted(used.nodes) == [
        "service:returns",
        "service:returns:amount",
        "service:returns:is_big",
    ]


def test_upstream_and_downstream_keep_the_edges_within(lineage_of: MakeLineage) -> None:
    up = lineage_of().upstream(["big_share_1d"])
    assert sorted(up.nodes) == [
        "source:orders:amount",
        "source:orders:is_big",
        "source:orders:user_id",
        "view:user_orders:big_share_1d",
    ]
    assert len(up.edges) == 3
    down = up.downstream(["source:orders:amount"])
    assert down.edges == (
        ("source:orders:amount", "source:orders:is_big"),
        ("source:orders:is_big", "view:user_orders:big_share_1d"),
    )


def test_details_are_for_people(lineage_of: MakeLineage) -> None:
    nodes = lineage_of().nodes
    assert {
        name: nodes[name].detail
        for name in (
            "source:orders:amount",
            "source:orders:is_big",
            "view:user_orders:big_share_1d",
            "view:user_profiles:age",
            "service:buys:amount",
            "service:buys:event_timestamp",
            "service:buys",
        )
    } == {
        "source:orders:amount": "orders",
        "source:orders:is_big": 'Whether it is "big".',
        "view:user_orders:big_share_1d": "Share of big orders.",
        "view:user_profiles:age": "user_profiles",
        "service:buys:amount": "buys",
        "service:buys:event_timestamp": "the row's time",
        "service:buys": "5 features",
    }
    assert {node.group for node in nodes.values()} == {
        "",
        "source orders",
        "view user_orders",
        "source profiles",
        "view user_profiles",
    }


def test_a_source_a_view_and_a_service_of_one_name_stay_apart(lineage_of: MakeLineage) -> None:
    lineage = lineage_of(
        """
        twin = Source("user_orders", pd.DataFrame({"amount": [1.0], "at": [0]}), "at")

        def is_big(amount: pd.Series) -> pd.Series: ...

        @aggregate(orders, by=user)
        def share(is_big: pd.Series) -> float: ...

        @aggregate(twin, by=None)
        def twin_share(is_big: pd.Series) -> float: ...

        class Request(pydantic.BaseModel):
            user_id: int
            amount: float

        orders_service = FeatureService("orders", ["is_big", "share", "twin_share"], Request)
        """
    )
    assert sorted(lineage.named("is_big")) == [
        "service:orders:is_big",
        "source:orders:is_big",
        "source:user_orders:is_big",
    ]
    assert ("service:orders:amount", "source:orders:is_big") not in lineage.edges
    assert ("service:orders:amount", "service:orders:is_big") in lineage.edges


def test_a_stored_feature_of_a_stored_feature(lineage_of: MakeLineage) -> None:
    lineage = lineage_of(
        """
        @aggregate(orders, by=user)
        def spent(amount: pd.Series) -> float: ...

        @latest(profiles, by=user)
        def spent_when_changed(spent: pd.Series) -> pd.Series: ...

        class Request(pydantic.BaseModel):
            user_id: int

        s = FeatureService("s", ["spent_when_changed"], Request)
        """
    )
    # The inner look-up is by the key of the source's row, not of the request.
    assert set(lineage.upstream(["spent_when_changed"]).edges) == {
        ("source:orders:amount", "view:user_orders:spent"),
        ("source:orders:user_id", "view:user_orders:spent"),
        ("view:user_orders:spent", "view:user_profiles:spent_when_changed"),
        ("source:profiles:user_id", "view:user_profiles:spent_when_changed"),
    }
    assert ("service:s:user_id", "service:s") in lineage.edges
    assert "service:s:amount" not in lineage.nodes


def test_a_join_key_leads_to_what_uses_the_look_up(lineage_of: MakeLineage) -> None:
    """The keys of one service's requests say nothing about another service."""
    lineage = lineage_of()
    assert sorted(lineage.downstream(["service:returns:user_id"]).nodes) == [
        "service:returns",
        "service:returns:user_id",
    ]
    lineage = lineage_of(
        """
        def is_adult(age: pd.Series) -> pd.Series: ...

        class Request(pydantic.BaseModel):
            user_id: int

        s = FeatureService("s", ["is_adult"], Request)
        """
    )
    assert ("service:s:user_id", "service:s:is_adult") in lineage.edges
    assert ("view:user_profiles:age", "service:s:is_adult") in lineage.edges


def test_stored_features_tell_their_times(lineage_of: MakeLineage) -> None:
    nodes = lineage_of(
        """
        @latest(profiles, by=user, max_age="30d", refresh="1d")
        def known_age(age: pd.Series) -> pd.Series: ...

        class Request(pydantic.BaseModel):
            user_id: int

        s = FeatureService("s", ["known_age"], Request, may_use=["b", "a"])
        """
    ).nodes
    stored = nodes["view:user_profiles_every_1d:known_age"]
    assert (stored.modifier, stored.refresh, stored.max_age) == ("latest", "1d", "30d")
    assert stored.join_keys == ("user_id",)
    assert nodes["service:s"].may_use == ("a", "b")
    assert {node.size for node in nodes.values()} == {1}


def test_features_are_in_the_order_of_the_service(lineage_of: MakeLineage) -> None:
    lineage = lineage_of(
        """
        def doubled(amount: pd.Series) -> pd.Series: ...

        class Request(pydantic.BaseModel):
            user_id: int
            amount: float

        s = FeatureService("s", ["age", "doubled", "user_id"], Request)
        """
    )
    assert lineage.services == ("s",)
    assert lineage.features() == {
        "service:s": ("view:user_profiles:age", "service:s:doubled", "service:s:user_id")
    }
