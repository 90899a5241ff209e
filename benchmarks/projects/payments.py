"""A payment beside the customer's earlier ones: three stored features, three row functions."""

from __future__ import annotations

import pandas as pd
import pydantic

from onedag import Entity, FeatureService, Source, aggregate, latest

customer = Entity("customer", join_keys=["key"])
events = Source("events", data="events.parquet", timestamp="event_timestamp")


@aggregate(events, by=customer, over=["30d"])
def mean_amount(amount: pd.Series) -> float:
    """What the customer paid each time in the window."""
    return amount.mean()


@aggregate(events, by=customer, over=["30d"])
def payments(amount: pd.Series) -> int:
    """How often the customer paid in the window."""
    return amount.count()


@latest(events, by=customer)
def last_amount(amount: pd.Series) -> pd.Series:
    """What the customer paid last."""
    return amount


def amount_over_mean(asked_amount: pd.Series, mean_amount_30d: pd.Series) -> pd.Series:
    """The payment as a multiple of the mean of 30 days."""
    return asked_amount / mean_amount_30d


def amount_change(asked_amount: pd.Series, last_amount: pd.Series) -> pd.Series:
    """How much more than the last one the payment is; 0 for the first."""
    return (asked_amount - last_amount).fillna(0.0)


def is_unusual(amount_over_mean: pd.Series, payments_30d: pd.Series) -> pd.Series:
    """Whether a customer who pays often pays twice as much as usual."""
    return (amount_over_mean > 2.0) & (payments_30d >= 3)


class PaymentRequest(pydantic.BaseModel):
    """A payment that is asked for."""

    key: int
    asked_amount: float


class CustomerRequest(pydantic.BaseModel):
    """A customer."""

    key: int


STORED = ["mean_amount_30d", "payments_30d", "last_amount"]
COMPUTED = ["amount_over_mean", "amount_change", "is_unusual"]

payment = FeatureService("payment", [*STORED, *COMPUTED], request=PaymentRequest)
customer_payments = FeatureService("customer_payments", STORED, request=CustomerRequest)
