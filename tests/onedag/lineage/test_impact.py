"""What a change touches."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from onedag.errors import UnknownName
from onedag.lineage import Impact, Lineage, impact_of

MakeLineage = Callable[..., Lineage]


def test_of_a_column(whole_of: MakeLineage) -> None:
    found = impact_of(whole_of(models=("returns",)), ["orders.amount"])
    assert found == Impact(
        names=("orders.amount",),
        nodes=found.nodes,
        functions=("is_big", "big_share_1d"),
        fitted=(),
        stored=("big_share_1d",),
        views=("user_orders",),
        services=("buys", "returns"),
        models=("returns",),
    )
    assert set(found.nodes) == {
        "source:orders:amount",
        "source:orders:is_big",
        "view:user_orders:big_share_1d",
        "service:buys",
        "service:returns",
        "model:returns",
    }


def test_of_a_function_wherever_it_is_computed(whole_of: MakeLineage) -> None:
    found = impact_of(whole_of(), ["is_big"])
    assert found.functions == ("is_big", "big_share_1d")
    assert {"source:orders:is_big", "service:buys:is_big", "service:returns:is_big"} <= {
        *found.nodes
    }
    assert found.views == ("user_orders",)


def test_of_what_is_fitted_and_of_a_key(whole_of: MakeLineage) -> None:
    lineage = whole_of()
    assert impact_of(lineage, ["request.amount"]).fitted == ("mean_amount",)
    assert impact_of(lineage, ["profiles.user_id"]).stored == ("age",)
    assert impact_of(lineage, ["profiles.user_id"]).functions == ()  # age is a raw column


def test_of_several(whole_of: MakeLineage) -> None:
    found = impact_of(whole_of(), ["hour", "age"])
    assert found.names == ("hour", "age")
    assert found.functions == ("hour",)
    assert found.services == ("buys",)


def test_deep_and_wide(chain: Lineage, lattice: Lineage) -> None:
    assert len(impact_of(chain, ["first"]).nodes) == 3001
    assert len(impact_of(lattice, ["n0"]).functions) == 601


def test_unknown_name(whole_of: MakeLineage) -> None:
    with pytest.raises(UnknownName, match=r"Did you mean 'orders\.amount'"):
        impact_of(whole_of(), ["order.amount"])
