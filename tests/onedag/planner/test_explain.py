from __future__ import annotations

from collections.abc import Callable
from typing import Any

from onedag import Plan

FUNCTIONS = '''
@aggregate(orders, by=user, over=["1d", "7d"])
def spent(amount: pd.Series) -> float:
    """What the user spent.

    In dollars."""

@aggregate(orders, by=None)
def spent_by_all(amount: pd.Series) -> float: ...

@latest(orders, by=user, max_age="48h")
def last_amount(amount: pd.Series) -> pd.Series: ...

def spread(basket: pd.Series, discount: pd.Series) -> float:
    """How much baskets differ."""

def is_big(basket: pd.Series, spread: float, spent_7d: pd.Series) -> pd.Series:
    """Whether a basket is big."""

def is_adult(age: pd.Series) -> pd.Series: ...
'''


def test_a_small_service_as_a_whole(planner: Callable[[str], Callable[..., Plan]]) -> None:
    request: dict[str, Any] = {
        "user_id": int,
        "basket": float,
        "discount": float,
        "note": (str | None, None),
        "colour": (str, "red"),
    }
    features = ["is_big", "spent_1d", "is_adult", "spent_by_all", "last_amount", "basket"]
    plan = planner(FUNCTIONS)(*features, request=request)
    assert plan.explain() == str(plan)
    assert (
        "\n" + plan.explain() + "\n"
        == """
Service s: 6 features

The request carries:
  user_id   int64   join key
  basket    double  input
  discount  double  read in training
  note      string  read by nothing, None if left out
  colour    string  read by nothing, 'red' if left out

Read from the store, in one round trip, from 3 views:
  last_amount   user_orders (user_id)                       latest of orders, at most 2d old
  spent_1d      user_orders (user_id)                       aggregate of orders over 1d
  spent_7d      user_orders (user_id)                       aggregate of orders over 7d
  age           user_profiles (user_id)                     latest of profiles, a raw column
  spent_by_all  everything_orders (one row for everything)  aggregate of orders over all history

Fitted over the training frame, pinned by the published run:
  spread  (basket, discount)  How much baskets differ.

Computed for the row in hand, in this order:
  is_big    (basket, spread, spent_7d)  Whether a basket is big.
  is_adult  (age)

The features, in the model's order:
  is_big        computed
  spent_1d      store
  is_adult      computed
  spent_by_all  store
  last_amount   store
  basket        request
"""
    )


def test_a_service_of_nothing_but_its_request(
    planner: Callable[[str], Callable[..., Plan]],
) -> None:
    assert (
        "\n" + planner("")("x", request={"x": bool | None}).explain() + "\n"
        == """
Service s: 1 feature

The request carries:
  x  bool or null  input

Read from the store, in one round trip, from 0 views:
  (nothing)

Fitted over the training frame, pinned by the published run:
  (nothing)

Computed for the row in hand, in this order:
  (nothing)

The features, in the model's order:
  x  request
"""
    )


def test_a_view_that_is_refreshed_says_so(planner: Callable[[str], Callable[..., Plan]]) -> None:
    plan = planner(
        """
        @latest(orders, by=user, max_age="36h", refresh="1d")
        def last_amount(amount: pd.Series) -> pd.Series: ...
        """
    )("last_amount", request={"user_id": int})
    assert (
        "from 1 view:\n"
        "  last_amount  user_orders_every_1d (user_id)  "
        "latest of orders, at most 36h old, refreshed every 1d\n"
    ) in plan.explain()


def test_a_key_may_be_an_input_too(planner: Callable[[str], Callable[..., Plan]]) -> None:
    plan = planner("")("age", "user_id", request={"user_id": int})
    assert "  user_id  int64  join key and input\n" in plan.explain()
