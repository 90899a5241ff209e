"""Two newest values and two aggregates of a customer, from many files."""

from __future__ import annotations

import pandas as pd
import pydantic

from onedag import Entity, FeatureService, Source, aggregate, latest

customer = Entity("customer", join_keys=["key"])
events = Source("events", data="events-*.parquet", timestamp="event_timestamp")


@latest(events, by=customer)
def last_amount(amount: pd.Series) -> pd.Series:
    """What the customer paid last."""
    return amount


@latest(events, by=customer)
def last_quantity(quantity: pd.Series) -> pd.Series:
    """How many pieces the customer bought last."""
    return quantity


@aggregate(events, by=customer, over="7d")
def spent(amount: pd.Series) -> float:
    """What the customer paid in the window."""
    return amount.sum()


@aggregate(events, by=customer, over="30d")
def mean_amount(amount: pd.Series) -> float:
    """What the customer paid each time in the window."""
    return amount.mean()


class CustomerRequest(pydantic.BaseModel):
    """A customer."""

    key: int


mixed = FeatureService(
    "mixed",
    ["last_amount", "last_quantity", "spent_7d", "mean_amount_30d"],
    request=CustomerRequest,
)
