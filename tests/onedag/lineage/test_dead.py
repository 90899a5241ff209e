"""Functions that no service needs."""

from __future__ import annotations

from collections.abc import Callable

from onedag.lineage import Lineage, dead_functions, dead_nodes

MakeLineage = Callable[..., Lineage]

SOME = """
def is_big(amount: pd.Series) -> pd.Series: ...

def is_small(amount: pd.Series) -> pd.Series: ...

@aggregate(orders, by=user)
def big_share(is_big: pd.Series) -> float: ...

@aggregate(orders, by=user, over=["1d", "7d"])
def small_share(is_small: pd.Series) -> float: ...

def lonely(amount: pd.Series) -> pd.Series: ...

class Request(pydantic.BaseModel):
    user_id: int

buys = FeatureService("buys", ["big_share", "small_share_1d"], Request)
"""
FUNCTIONS = ["is_big", "is_small", "big_share", "small_share_1d", "small_share_7d", "lonely"]


def test_windows_that_are_kept_for_nobody_and_what_nothing_takes(whole_of: MakeLineage) -> None:
    lineage = whole_of(SOME)
    assert dead_functions(lineage, FUNCTIONS) == ("small_share_7d", "lonely")
    assert dead_nodes(lineage) == ("view:user_orders:small_share_7d",)


def test_what_only_a_dead_one_takes_is_dead(whole_of: MakeLineage) -> None:
    lineage = whole_of(SOME.replace('"big_share", "small_share_1d"', '"small_share_1d"'))
    assert dead_functions(lineage, FUNCTIONS) == (
        "is_big",
        "big_share",
        "small_share_7d",
        "lonely",
    )
    assert set(dead_nodes(lineage)) == {
        "source:orders:is_big",
        "view:user_orders:big_share",
        "view:user_orders:small_share_7d",
    }


def test_a_function_whose_name_the_request_carries_is_not_called(whole_of: MakeLineage) -> None:
    lineage = whole_of(
        """
        def doubled(amount: pd.Series) -> pd.Series: ...

        class Request(pydantic.BaseModel):
            doubled: float

        s = FeatureService("s", ["doubled"], Request)
        """
    )
    assert dead_functions(lineage, ["doubled"]) == ("doubled",)


def test_nothing_is_dead(whole_of: MakeLineage, chain: Lineage) -> None:
    assert dead_nodes(whole_of()) == ()
    assert dead_functions(chain, list(chain.nodes)[1:-1]) == ()
