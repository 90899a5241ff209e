"""Known reductions of order: extremes, quantiles, different values, the first and the last row.

Functions are annotated as a user would, and pandas' stubs can't know what a column holds.
"""

# mypy: disable-error-code="no-any-return, return-value"

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

__all__ = ["ENDS", "STATISTICS", "labels", "size_median"]


def price_std(price: pd.Series) -> float:
    return price.std()


def price_var(price: pd.Series) -> float:
    return price.var()


def amount_std(amount: pd.Series) -> float:
    return amount.std()


def amount_var(amount: pd.Series) -> float:
    return amount.var()


def size_std(size: pd.Series) -> float:
    return size.std()


def size_var(size: pd.Series) -> float:
    return size.var()


def late_std(late: pd.Series) -> float:
    return late.std()


def late_var(late: pd.Series) -> float:
    return late.var()


def sure_std(sure: pd.Series) -> float:
    return sure.std()


def sure_var(sure: pd.Series) -> float:
    return sure.var()


def price_median(price: pd.Series) -> float:
    return price.median()


def amount_median(amount: pd.Series) -> float:
    return amount.median()


def size_median(size: pd.Series) -> float:
    return size.median()


def sure_median(sure: pd.Series) -> float:
    return sure.median()


def price_low(price: pd.Series) -> float:
    return price.quantile(0.1)


def price_high(price: pd.Series) -> float:
    return price.quantile(q=0.95)


def price_half(price: pd.Series) -> float:
    return price.quantile()


def amount_third(amount: pd.Series) -> float:
    return amount.quantile(1 / 3)


def size_highest(size: pd.Series) -> float:
    return size.quantile(1)


def size_lowest(size: pd.Series) -> int | None:
    return size.quantile(0)


def price_nunique(price: pd.Series) -> int:
    return price.nunique()


def amount_nunique(amount: pd.Series) -> int:
    return amount.nunique()


def size_nunique(size: pd.Series) -> int:
    return size.nunique()


def late_nunique(late: pd.Series) -> int:
    return late.nunique()


def labels(label: pd.Series) -> int:
    return label.nunique()


def seen_nunique(seen: pd.Series) -> int:
    return seen.nunique()


def late_max(late: pd.Series) -> bool | None:
    return late.max()


def sure_min(sure: pd.Series) -> bool | None:
    return sure.min()


def label_min(label: pd.Series) -> str | None:
    return label.min()


def label_max(label: pd.Series) -> str | None:
    return label.max()


def first_seen(seen: pd.Series) -> datetime | None:
    return seen.min()


def last_seen(seen: pd.Series) -> datetime | None:
    return seen.max()


def amount_min(amount: pd.Series) -> int | None:
    return amount.min()


def price_any(price: pd.Series) -> bool:
    return price.any()


def size_all(size: pd.Series) -> bool:
    return size.all()


def amount_any(amount: pd.Series) -> bool:
    return amount.any()


def last_label(label: pd.Series) -> str | None:
    return label.iloc[-1] if len(label) else None


def last_size(size: pd.Series) -> int | None:
    return size.iloc[-1] if len(size) else None


def first_label(label: pd.Series) -> str | None:
    if label.empty:
        return None
    return label.iloc[0]


def first_price(price: pd.Series) -> float | None:
    if not len(price):
        return None
    return price.iloc[0]


def last_price(price: pd.Series) -> float | None:
    if len(price) == 0:
        return None
    return price.iloc[-1]


def first_amount(amount: pd.Series) -> int | None:
    if len(amount) > 0:
        return amount.iloc[0]
    return None


def last_amount(amount: pd.Series) -> int | None:
    return amount.iloc[-1] if len(amount) >= 1 else None


def last_late(late: pd.Series) -> bool | None:
    return None if late.empty else late.iloc[-1]


def first_sure(sure: pd.Series) -> bool:
    return sure.iloc[0] if len(sure) else False


def newest_seen(seen: pd.Series) -> datetime | None:
    if len(seen) < 1:
        return None
    return seen.iloc[-1]


def price_change(price: pd.Series) -> float | None:
    return price.iloc[-1] - price.iloc[0] if len(price) else None


def amount_change(amount: pd.Series) -> int | None:
    return amount.iloc[-1] - amount.iloc[0] if len(amount) else None


STATISTICS: Sequence[Callable[..., Any]] = (
    price_std,
    price_var,
    amount_std,
    amount_var,
    size_std,
    size_var,
    late_std,
    late_var,
    sure_std,
    sure_var,
    price_median,
    amount_median,
    size_median,
    sure_median,
    price_low,
    price_high,
    price_half,
    amount_third,
    size_highest,
    size_lowest,
    price_nunique,
    amount_nunique,
    size_nunique,
    late_nunique,
    labels,
    seen_nunique,
    late_max,
    sure_min,
    label_min,
    label_max,
    first_seen,
    last_seen,
    amount_min,
    price_any,
    size_all,
    amount_any,
)
ENDS: Sequence[Callable[..., Any]] = (
    last_label,
    last_size,
    first_label,
    first_price,
    last_price,
    first_amount,
    last_amount,
    last_late,
    first_sure,
    newest_seen,
    price_change,
    amount_change,
)
