"""What a service reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from onedag.errors import UnknownName
from onedag.lineage import (
    Lineage,
    ReadFeature,
    ReadField,
    ReadView,
    ServiceReads,
    reads_of,
)

MakeLineage = Callable[..., Lineage]


def test_all_that_a_service_reads(lineage_of: MakeLineage) -> None:
    share = ReadFeature("big_share_1d", "aggregate", "1d", "")
    age = ReadFeature("age", "latest", "", "")
    keys = ("user_id",)
    assert reads_of(lineage_of(), "buys") == ServiceReads(
        "buys",
        fields=(
            ReadField("amount", False, ()),
            ReadField("event_timestamp", False, ()),
            ReadField("user_id", True, ()),
        ),
        views=(
            ReadView("user_orders", "user", keys, "orders", "", True, (share,)),
            ReadView("user_profiles", "user", keys, "profiles", "", True, (age,)),
        ),
        fitted=("mean_amount",),
        sources={"orders": ("amount", "user_id"), "profiles": ("age", "user_id")},
    )
    assert reads_of(lineage_of(), "service:returns").fitted == ()


def test_what_only_another_stored_feature_reads(lineage_of: MakeLineage) -> None:
    reads = reads_of(
        lineage_of(
            """
            from pydantic import Field

            @aggregate(orders, by=user, refresh="1d")
            def spent(amount: pd.Series) -> float: ...

            @latest(profiles, by=None, max_age="2d")
            def spent_when_changed(spent: pd.Series) -> pd.Series: ...

            class Request(pydantic.BaseModel):
                user_id: int = Field(json_schema_extra={"tags": ["pii"]})

            s = FeatureService("s", ["spent_when_changed", "user_id"], Request)
            """
        ),
        "s",
    )
    assert reads.fields == (ReadField("user_id", False, ("pii",)),)
    views = {view.name: view for view in reads.views}
    assert {name: view.online for name, view in views.items()} == {
        "everything_profiles": True,
        "user_orders_every_1d": False,
    }
    assert views["user_orders_every_1d"].refresh == "1d"
    assert views["everything_profiles"].entity == ""
    assert views["everything_profiles"].features[0].max_age == "2d"


def test_deep(chain: Lineage) -> None:
    reads = reads_of(chain, "end")
    assert reads.sources == {"s": ("first",)}


def test_unknown_service(lineage_of: MakeLineage) -> None:
    with pytest.raises(UnknownName, match=r"No service is named 'buy'\. Did you mean 'buys'"):
        reads_of(lineage_of(), "buy")
