"""The lineage of a whole project: with models, and with what no service uses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from onedag.lineage import Lineage

MakeLineage = Callable[..., Lineage]

UNUSED = """
def is_big(amount: pd.Series) -> pd.Series: ...

@aggregate(orders, by=user, over=["1d", "7d"])
def big_share(is_big: pd.Series) -> float: ...

@aggregate(orders, by=user)
def spent(amount: pd.Series) -> float: ...

def lonely(amount: pd.Series) -> pd.Series: ...

class Request(pydantic.BaseModel):
    user_id: int

buys = FeatureService("buys", ["big_share_1d"], Request)
"""


def shape(lineage: Lineage) -> tuple[list[str], tuple[tuple[str, str], ...], frozenset[object]]:
    """What doesn't depend on the name of the module."""
    return list(lineage.nodes), lineage.edges, frozenset(lineage.keys)


def test_what_no_service_uses_is_there_with_its_origins(whole_of: MakeLineage) -> None:
    lineage = whole_of(UNUSED)
    assert set(lineage.named("user_orders")) == {
        "view:user_orders:big_share_1d",
        "view:user_orders:big_share_7d",
        "view:user_orders:spent",
    }
    assert ("source:orders:is_big", "view:user_orders:big_share_7d") in lineage.edges
    assert ("source:orders:user_id", "view:user_orders:spent") in lineage.keys
    assert "lonely" not in {node.label for node in lineage.nodes.values()}


def test_what_services_use_is_as_without(whole_of: MakeLineage, lineage_of: MakeLineage) -> None:
    served = lineage_of(UNUSED)
    whole = whole_of(UNUSED)
    assert shape(whole.upstream(["service:buys"])) == shape(served)
    assert shape(whole_of()) == shape(lineage_of())


def test_a_feature_that_can_not_be_planned_leaves_the_others(whole_of: MakeLineage) -> None:
    source = (
        UNUSED
        + """
@aggregate(orders, by=user)
def lacking(colour: pd.Series) -> float: ...
"""
    )
    assert shape(whole_of(source)) == shape(whole_of(UNUSED))


def test_models_come_from_their_services(whole_of: MakeLineage) -> None:
    lineage = whole_of(models=("returns",))
    assert lineage.nodes["model:returns"].detail == "returns.onnx"
    assert "model:buys" not in lineage.nodes
    assert "model:returns" in lineage.downstream(["orders.amount"]).nodes
    assert "model:returns" not in lineage.downstream(["hour"]).nodes


@pytest.mark.parametrize("said", ["true", "false"])
def test_tags_of_functions(whole_of: MakeLineage, said: str) -> None:
    lineage = whole_of(
        f'''
        from hamilton.function_modifiers import tag

        @tag(pii="{said}", owner="growth", kind="money")
        def doubled(amount: pd.Series) -> pd.Series: ...

        class Request(pydantic.BaseModel):
            amount: float

        s = FeatureService("s", ["doubled"], Request)
        '''
    )
    node = lineage.nodes["service:s:doubled"]
    assert (node.tags, node.denied) == ((("pii",), ()) if said == "true" else ((), ("pii",)))
    assert node.owner == "growth"
