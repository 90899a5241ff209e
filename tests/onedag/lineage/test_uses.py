"""Which services and models use a column, and through what."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from onedag.errors import UnknownName
from onedag.lineage import Lineage, Use, uses_of

MakeLineage = Callable[..., Lineage]

STORED = "view:user_orders:big_share_1d"


def test_of_a_value(whole_of: MakeLineage) -> None:
    path = ("source:orders:amount", "source:orders:is_big", STORED)
    assert uses_of(whole_of(models=("returns",)), ["orders.amount"]) == (
        Use("buys", False, "big_share_1d", path, key=False),
        Use("returns", True, "big_share_1d", path, key=False),
    )


def test_of_a_key_above_and_below_the_boundary(whole_of: MakeLineage) -> None:
    lineage = whole_of()
    above = uses_of(lineage, ["orders.user_id"])
    assert {(use.service, use.feature, use.path, use.key) for use in above} == {
        (service, "big_share_1d", ("source:orders:user_id", STORED), True)
        for service in ("buys", "returns")
    }
    below = uses_of(lineage, ["service:buys:user_id"])
    assert [(use.feature, use.path, use.key) for use in below] == [
        ("big_share_1d", ("service:buys:user_id", STORED), True),
        ("age", ("service:buys:user_id", "view:user_profiles:age"), True),
    ]


def test_the_way_of_a_value_is_told_before_that_of_a_key(lineage_of: MakeLineage) -> None:
    lineage = lineage_of(
        """
        @latest(orders, by=user)
        def last_user(user_id: pd.Series) -> pd.Series: ...

        def shifted(user_id: pd.Series) -> pd.Series: ...

        def mixed(shifted: pd.Series, age: pd.Series) -> pd.Series: ...

        class Request(pydantic.BaseModel):
            user_id: int

        s = FeatureService("s", ["mixed", "last_user"], Request)
        """
    )
    [first, second] = uses_of(lineage, ["request.user_id"])
    assert first.path == ("service:s:user_id", "service:s:shifted", "service:s:mixed")
    assert (first.key, second.key, second.feature) == (False, True, "last_user")
    [use] = uses_of(lineage, ["orders.user_id"])
    assert (use.feature, use.key) == ("last_user", False)


def test_of_what_no_service_takes(whole_of: MakeLineage) -> None:
    lineage = whole_of(
        """
        @aggregate(orders, by=user)
        def spent(amount: pd.Series) -> float: ...
        """
    )
    assert uses_of(lineage, ["orders.amount"]) == ()


def test_of_a_feature_and_of_several_names(whole_of: MakeLineage) -> None:
    uses = uses_of(whole_of(), ["hour", "mean_amount"])
    assert [(use.feature, len(use.path)) for use in uses] == [("above_mean", 2), ("hour", 1)]


def test_deep_and_wide(chain: Lineage, lattice: Lineage) -> None:
    [use] = uses_of(chain, ["first"])
    assert use.path == tuple(chain.nodes)[:-1]
    assert uses_of(lattice, ["n0"]) == ()


def test_unknown_name(whole_of: MakeLineage) -> None:
    with pytest.raises(UnknownName, match=r"No node is named 'orders\.colour'"):
        uses_of(whole_of(), ["orders.colour"])
