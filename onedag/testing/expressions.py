"""Known reductions of row-wise expressions, and arithmetic of several.

Functions are annotated as a user would, and pandas' stubs can't know what a column holds.
"""

# mypy: disable-error-code="no-any-return, return-value"

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

__all__ = ["ARITHMETIC", "EXPRESSIONS", "late_per_size"]


def late_spent(price: pd.Series, late: pd.Series) -> float:
    return price.where(late.fillna(False)).sum()


def price_kept(price: pd.Series, sure: pd.Series) -> float:
    return price.mask(sure, 0.0).max()


def price_clipped(price: pd.Series) -> float:
    return price.clip(0, 2.5).max()


def amount_clipped(amount: pd.Series) -> int | None:
    return amount.clip(upper=50).max()


def size_positive(size: pd.Series) -> int:
    return size.where(size > 0, 0).sum()


def listed(label: pd.Series) -> int:
    return label.isin(["x", "ü"]).sum()


def sizes_listed(size: pd.Series) -> float:
    return size.isin({1, 2, 100}).mean()


def between(price: pd.Series) -> float:
    return price.between(0, 2.5, inclusive="left").mean()


def as_floats(amount: pd.Series) -> float:
    return (amount.astype(float) / 2).median()


def as_integers(sure: pd.Series) -> float:
    return sure.astype(int).max() + 1


def as_bools(size: pd.Series) -> int:
    return size.astype(bool).sum()


def at_night(seen: pd.Series) -> float:
    return (seen.dt.hour == 23).mean()


def weekend(seen: pd.Series) -> int:
    return (seen.dt.day_of_week >= 5).sum()


def short(label: pd.Series) -> int:
    return (label.str.len() <= 1).sum()


def either(sure: pd.Series, late: pd.Series) -> float:
    return (sure | ~late).mean()


def apart(size: pd.Series, amount: pd.Series) -> float:
    return (size - amount).abs().max()


def unlike(price: pd.Series, weight: pd.Series) -> int:
    return (price != weight).sum()


def prices_paired(price: pd.Series, weight: pd.Series) -> int:
    return (price + weight).nunique()


def product(size: pd.Series, amount: pd.Series) -> int:
    return (size * amount).sum()


def missing_share(label: pd.Series) -> float:
    return label.isna().mean()


def joined(label: pd.Series) -> int:
    return (label + "x").nunique()


def size_span(size: pd.Series) -> float:
    return size.max() - size.min()


def late_per_size(late: pd.Series, size: pd.Series) -> float:
    return late.sum() / size.sum()


def shares(sure: pd.Series, late: pd.Series) -> float:
    return 1 - sure.sum() / late.count() * 0.5


def amount_span(amount: pd.Series) -> float:
    return amount.max() - amount.min()


def price_span(price: pd.Series) -> float:
    return price.quantile(0.9) - price.quantile(0.1)


def label_share(label: pd.Series) -> float:
    return label.nunique() / label.count()


def label_percent(label: pd.Series) -> float:
    return 100 * label.nunique() / label.count()


def labels_more(label: pd.Series) -> int:
    return label.nunique() - 1


def amount_over_price(amount: pd.Series, price: pd.Series) -> float:
    return amount.max() - price.median()


def last_in_sizes(size: pd.Series) -> float:
    return size.iloc[-1] / size.sum() if len(size) else -1.0


def last_above_median(amount: pd.Series) -> float | None:
    return amount.iloc[-1] - amount.median() if len(amount) else None


EXPRESSIONS: Sequence[Callable[..., Any]] = (
    late_spent,
    price_kept,
    price_clipped,
    amount_clipped,
    size_positive,
    listed,
    sizes_listed,
    between,
    as_floats,
    as_integers,
    as_bools,
    at_night,
    weekend,
    short,
    either,
    apart,
    unlike,
    prices_paired,
    product,
    missing_share,
    joined,
)
ARITHMETIC: Sequence[Callable[..., Any]] = (
    size_span,
    late_per_size,
    shares,
    amount_span,
    price_span,
    label_share,
    label_percent,
    labels_more,
    amount_over_price,
    last_in_sizes,
    last_above_median,
)
