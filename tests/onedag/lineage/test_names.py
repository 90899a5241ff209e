"""What names mean: of nodes, of what they are of, and of nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from onedag.errors import UnknownName
from onedag.lineage import Lineage

MakeLineage = Callable[..., Lineage]

NAMES = {
    "source:orders:amount": ["source:orders:amount"],
    "amount": ["source:orders:amount", "service:buys:amount", "service:returns:amount"],
    "orders.amount": ["source:orders:amount"],
    "request.amount": ["service:buys:amount", "service:returns:amount"],
    "orders": ["source:orders:amount", "source:orders:user_id"],
    "source:orders": ["source:orders:amount", "source:orders:user_id"],
    "user_orders": ["view:user_orders:big_share_1d"],
    "view:user_orders": ["view:user_orders:big_share_1d"],
    "user": ["view:user_orders:big_share_1d", "view:user_profiles:age"],
    "entity:user": ["view:user_orders:big_share_1d", "view:user_profiles:age"],
    "big_share": ["view:user_orders:big_share_1d"],
    "buys": ["service:buys"],
}


@pytest.mark.parametrize("name", NAMES)
def test_names(lineage_of: MakeLineage, name: str) -> None:
    lineage = lineage_of()
    assert set(lineage.named(name)) == set(NAMES[name])


def test_one_name_of_a_service_and_a_source_means_both(lineage_of: MakeLineage) -> None:
    lineage = lineage_of(
        """
        class Request(pydantic.BaseModel):
            user_id: int

        s = FeatureService("profiles", ["age"], Request)
        """
    )
    assert set(lineage.named("profiles")) == {
        "source:profiles:age",
        "source:profiles:user_id",
        "service:profiles",
    }
    assert lineage.named("service:profiles") == ("service:profiles",)
    assert set(lineage.named("source:profiles")) == {
        "source:profiles:age",
        "source:profiles:user_id",
    }


def test_names_of_columns_in_the_data_and_of_times(lineage_of: MakeLineage) -> None:
    lineage = lineage_of(
        """
        people = Source(
            "people",
            pd.DataFrame({"id": [1], "Alter": [30], "am": pd.to_datetime([0], utc=True)}),
            timestamp="am",
            columns={"id": "user_id", "Alter": "years"},
        )

        @latest(people, by=user)
        def years_known(years: pd.Series, event_timestamp: pd.Series) -> pd.Series: ...

        class Request(pydantic.BaseModel):
            user_id: int

        s = FeatureService("s", ["years_known"], Request)
        """
    )
    assert lineage.named("people.Alter") == ("source:people:years",)
    assert lineage.named("people.years") == ("source:people:years",)
    assert lineage.named("people.am") == ("source:people:event_timestamp",)
    assert lineage.nodes["source:people:event_timestamp"].full_name == "people.am"
    with pytest.raises(UnknownName, match=r"Did you mean 'people\.years'"):
        lineage.named("people.year")


def test_a_label_means_all_nodes_of_that_name_and_several_are_joined(
    lineage_of: MakeLineage,
) -> None:
    lineage = lineage_of()
    assert set(lineage.upstream(["is_big"]).nodes) >= set(lineage.named("is_big"))
    both = lineage.upstream(["hour", "service:buys:mean_amount"])
    assert sorted(both.nodes) == [
        "service:buys:amount",
        "service:buys:event_timestamp",
        "service:buys:hour",
        "service:buys:mean_amount",
    ]
    assert lineage.upstream([]).nodes == {}


@pytest.mark.parametrize("method", ["upstream", "downstream"])
def test_an_unknown_name(lineage_of: MakeLineage, method: str) -> None:
    with pytest.raises(UnknownName, match=r"^No node is named 'is_bigg'\. Did you mean 'is_big'"):
        getattr(lineage_of(), method)(["is_bigg"])
