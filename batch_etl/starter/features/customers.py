"""What is known of a customer before an order comes."""

from __future__ import annotations

import pandas as pd

from features.shop import customer, orders, outcomes
from onedag import aggregate


@aggregate(orders, by=customer, over=["7d", "30d"])
def spent(amount: pd.Series) -> float:
    """What the customer's orders in the window cost, in euros."""
    return amount.sum()


@aggregate(orders, by=customer, over="30d")
def orders_made(amount: pd.Series) -> int:
    """How many orders the customer made in the window."""
    return amount.count()


@aggregate(outcomes, by=customer, over="90d")
def return_rate(came_back: pd.Series) -> float:
    """Share of the customer's settled orders in the window that came back."""
    return came_back.mean()
