"""Aggregates that engines are tried on: known reductions, anything else, and what is in between.

Functions are annotated as a user would, and pandas' stubs can't know what a column holds.
"""

# mypy: disable-error-code="no-any-return, return-value"

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

__all__ = [
    "OTHERS",
    "REDUCTIONS",
    "amount_filled",
    "amount_max",
    "amount_mean",
    "amount_sum",
    "dearer",
    "dtypes",
    "guarded_ratio",
    "labelled",
    "labels",
    "last_label",
    "last_seen",
    "last_size",
    "late_all",
    "late_any",
    "late_per_size",
    "late_rate",
    "many",
    "median_or_mean",
    "minimum_of_odd",
    "not_late",
    "price_change",
    "price_count",
    "price_max",
    "price_mean",
    "price_median",
    "price_min",
    "price_sum",
    "prices_missing",
    "shares",
    "size_mean",
    "size_min",
    "size_span",
    "size_sum",
    "sum_of_series",
    "sum_with_minimum",
    "sure_sum",
]

# Known reductions


def price_sum(price: pd.Series) -> float:
    return price.sum()


def price_mean(price: pd.Series) -> float:
    return price.mean()


def price_count(price: pd.Series) -> int:
    return price.count()


def price_min(price: pd.Series) -> float:
    return price.min()


def price_max(price: pd.Series) -> float:
    return price.max()


def prices_missing(price: pd.Series) -> int:
    return price.isna().sum()


def amount_sum(amount: pd.Series) -> int:
    return amount.sum()


def amount_mean(amount: pd.Series) -> float:
    return amount.mean()


def amount_max(amount: pd.Series) -> int | None:
    return amount.max()


def amount_filled(amount: pd.Series) -> int:
    return amount.fillna(0).sum()


def size_sum(size: pd.Series) -> float:
    return size.sum()


def size_mean(size: pd.Series) -> float:
    return size.mean()


def size_min(size: pd.Series) -> int | None:
    return size.min()


def size_span(size: pd.Series) -> float:
    return size.max() - size.min()


def late_rate(late: pd.Series) -> float:
    return late.mean()


def late_any(late: pd.Series) -> bool:
    return late.any()


def late_all(late: pd.Series) -> bool:
    return late.all()


def sure_sum(sure: pd.Series) -> int:
    return sure.sum()


def not_late(late: pd.Series) -> int:
    return (~late).sum()


def dearer(price: pd.Series, amount: pd.Series) -> float:
    return (price > amount).mean()


def labelled(label: pd.Series) -> int:
    return (label == "x").sum()


def late_per_size(late: pd.Series, size: pd.Series) -> float:
    return late.sum() / size.sum()


def shares(sure: pd.Series, late: pd.Series) -> float:
    return 1 - sure.sum() / late.count() * 0.5


# What only the function itself can say


def last_label(label: pd.Series) -> str | None:
    return label.iloc[-1] if len(label) else None


def last_size(size: pd.Series) -> int | None:
    return size.iloc[-1] if len(size) else None


def price_median(price: pd.Series) -> float:
    return price.median()


def price_change(price: pd.Series) -> float | None:
    return price.iloc[-1] - price.iloc[0] if len(price) > 1 else None


def labels(label: pd.Series) -> int:
    return label.nunique()


def last_seen(seen: pd.Series) -> datetime | None:
    return seen.max()


def many(size: pd.Series) -> int:
    return size.count() if len(size) > 2 else -1


def dtypes(price: pd.Series, amount: pd.Series, late: pd.Series, label: pd.Series) -> str:
    return f"{price.dtype} {amount.dtype} {late.dtype} {label.dtype}"


# What looks like a known reduction


def guarded_ratio(late: pd.Series, size: pd.Series) -> float:
    total = size.sum()
    if total == 0:
        return -1.0
    return late.sum() / total


def median_or_mean(size: pd.Series) -> float:
    try:
        return size.median()
    except Exception:
        return size.mean()


def sum_with_minimum(price: pd.Series) -> float:
    try:
        return price.sum(min_count=2)
    except TypeError:
        return price.count()


def sum_of_series(size: pd.Series) -> int:
    return size.sum() if isinstance(size, pd.Series) else size.count()


def minimum_of_odd(sure: pd.Series, size: pd.Series) -> int | None:
    return size.max() if hasattr(sure, "iloc") else size.min()


REDUCTIONS: Sequence[Callable[..., Any]] = (
    price_sum,
    price_mean,
    price_count,
    price_min,
    price_max,
    prices_missing,
    amount_sum,
    amount_mean,
    amount_max,
    amount_filled,
    size_sum,
    size_mean,
    size_min,
    size_span,
    late_rate,
    late_any,
    late_all,
    sure_sum,
    not_late,
    dearer,
    labelled,
    late_per_size,
    shares,
)
OTHERS: Sequence[Callable[..., Any]] = (
    last_label,
    last_size,
    price_median,
    price_change,
    labels,
    last_seen,
    many,
    dtypes,
    guarded_ratio,
    median_or_mean,
    sum_with_minimum,
    sum_of_series,
    minimum_of_odd,
)
