"""Aggregates that engines are tried on: known reductions, anything else, and what is in between.

Functions are annotated as a user would, and pandas' stubs can't know what a column holds.
"""

# mypy: disable-error-code="no-any-return, return-value"

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from onedag.testing.expressions import ARITHMETIC, EXPRESSIONS
from onedag.testing.statistics import ENDS, STATISTICS

__all__ = [
    "OTHERS",
    "REDUCTIONS",
    "amount_max",
    "amount_mean",
    "guarded_ratio",
    "median_or_mean",
    "price_mean",
    "price_sum",
    "size_mean",
    "size_sum",
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


def median_or_mean(size: pd.Series) -> float:
    try:
        return size.median()
    except Exception:
        return size.mean()


def minimum_of_odd(sure: pd.Series, size: pd.Series) -> int | None:
    return size.max() if hasattr(sure, "iloc") else size.min()


# What only the function itself can say


def many(size: pd.Series) -> int:
    return size.count() if len(size) > 2 else -1


def dtypes(price: pd.Series, amount: pd.Series, late: pd.Series, label: pd.Series) -> str:
    return f"{price.dtype} {amount.dtype} {late.dtype} {label.dtype}"


def guarded_ratio(late: pd.Series, size: pd.Series) -> float:
    total = size.sum()
    if total == 0:
        return -1.0
    return late.sum() / total


def sum_with_minimum(price: pd.Series) -> float:
    try:
        return price.sum(min_count=2)
    except TypeError:
        return price.count()


def sum_of_series(size: pd.Series) -> int:
    return size.sum() if isinstance(size, pd.Series) else size.count()


def second_price(price: pd.Series) -> float | None:
    return price.iloc[1] if len(price) > 1 else None


def sizes_above(size: pd.Series) -> float | None:
    return size.where(size > 0).sum()


def hour_sum(seen: pd.Series) -> float:
    return seen.dt.hour.sum()


def labels_per_label(label: pd.Series) -> float:
    return label.nunique() / label.nunique() if label.count() else -1.0


def single(size: pd.Series) -> float:
    return (size / 3).astype("float32").sum()


def whole_or_rest(size: pd.Series) -> int:
    rows = len(size)
    return size.iloc[-1] if rows else 0


def doubled_in_place(size: pd.Series) -> int:
    same = size
    size += size
    return same.sum()


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
    late_rate,
    late_any,
    late_all,
    sure_sum,
    not_late,
    dearer,
    labelled,
    median_or_mean,
    minimum_of_odd,
    *STATISTICS,
    *ENDS,
    *EXPRESSIONS,
    *ARITHMETIC,
)
OTHERS: Sequence[Callable[..., Any]] = (
    many,
    dtypes,
    guarded_ratio,
    sum_with_minimum,
    sum_of_series,
    second_price,
    sizes_above,
    hour_sum,
    labels_per_label,
    single,
    whole_or_rest,
    doubled_in_place,
)
