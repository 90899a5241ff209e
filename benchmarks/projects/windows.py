"""Four aggregates of what a customer paid, over five windows each."""

from __future__ import annotations

import pandas as pd
import pydantic

from onedag import Entity, FeatureService, Source, aggregate

DAYS = (1, 3, 7, 14, 30)
WINDOWS = [f"{days}d" for days in DAYS]

customer = Entity("customer", join_keys=["key"])
events = Source("events", data="events.parquet", timestamp="event_timestamp")


@aggregate(events, by=customer, over=WINDOWS)
def amount_count(amount: pd.Series) -> int:
    """How often the customer paid."""
    return amount.count()


@aggregate(events, by=customer, over=WINDOWS)
def amount_sum(amount: pd.Series) -> float:
    """What the customer paid."""
    return amount.sum()


@aggregate(events, by=customer, over=WINDOWS)
def amount_mean(amount: pd.Series) -> float:
    """What the customer paid each time."""
    return amount.mean()


@aggregate(events, by=customer, over=WINDOWS)
def amount_std(amount: pd.Series) -> float:
    """How much that varies."""
    return amount.std()


class ByNumber(pydantic.BaseModel):
    """A customer by number."""

    key: int


class ByText(pydantic.BaseModel):
    """A customer by name."""

    key: str


FEATURES = [f"amount_{what}_{w}" for w in WINDOWS for what in ("count", "sum", "mean", "std")]

by_number = FeatureService("by_number", FEATURES, request=ByNumber)
by_text = FeatureService("by_text", FEATURES, request=ByText)
