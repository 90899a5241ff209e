"""Three newest values of a customer."""

from __future__ import annotations

import pandas as pd
import pydantic

from onedag import Entity, FeatureService, Source, latest

customer = Entity("customer", join_keys=["key"])
events = Source("events", data="events.parquet", timestamp="event_timestamp")


@latest(events, by=customer)
def last_amount(amount: pd.Series) -> pd.Series:
    """What the customer paid last."""
    return amount


@latest(events, by=customer)
def last_quantity(quantity: pd.Series) -> pd.Series:
    """How many pieces the customer bought last."""
    return quantity


@latest(events, by=customer)
def last_status(status: pd.Series) -> pd.Series:
    """How far the customer's last order is."""
    return status


class ByNumber(pydantic.BaseModel):
    """A customer by number."""

    key: int


class ByText(pydantic.BaseModel):
    """A customer by name."""

    key: str


FEATURES = ["last_amount", "last_quantity", "last_status"]

by_number = FeatureService("by_number", FEATURES, request=ByNumber)
by_text = FeatureService("by_text", FEATURES, request=ByText)
