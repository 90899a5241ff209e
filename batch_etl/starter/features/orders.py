"""What the order in hand says, alone and beside what is known of its customer."""

from __future__ import annotations

import pandas as pd


def amount_over_usual(
    amount: pd.Series, spent_30d: pd.Series, orders_made_30d: pd.Series
) -> pd.Series:
    """The order's amount above the customer's mean of 30 days, in euros; null without orders."""
    return amount - spent_30d / orders_made_30d


def amount_mean(amount: pd.Series) -> float:
    """Mean amount of the training rows: one value, so it is fitted and kept with the run."""
    return amount.mean()


def amount_std(amount: pd.Series) -> float:
    """Standard deviation of the training rows' amounts."""
    return amount.std()


def amount_zscore(amount: pd.Series, amount_mean: float, amount_std: float) -> pd.Series:
    """How many standard deviations the amount lies above the mean."""
    return (amount - amount_mean) / amount_std


def customer_age_days(event_timestamp: pd.Series, signed_up_at: pd.Series) -> pd.Series:
    """Days from the customer's signing up to the order."""
    return (event_timestamp - signed_up_at).dt.total_seconds() / 86_400.0


def is_night(event_timestamp: pd.Series) -> pd.Series:
    """Whether the order is made between midnight and 6 o'clock UTC."""
    return event_timestamp.dt.hour < 6
