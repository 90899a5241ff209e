"""A shop on disk: names of columns in the data, personal data, two windows, a fitted value."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from onedag import Project

__all__ = ["NOW", "SPINE", "shop_in"]

NOW = datetime(2024, 1, 6, tzinfo=UTC)

SHOP = '''
import pandas as pd
import pydantic
from hamilton.function_modifiers import tag
from onedag import Entity, FeatureService, Source, aggregate, latest

customer = Entity("customer", ["customer_id"])
shop = Entity("shop", ["shop_id"])

orders = Source(
    "orders", data="data/orders.parquet", timestamp="ordered_at", known_at="known_at",
    columns={"CUSTOMER": "customer_id", "AMT": "amount"}, tags={"amount": ["pii"]},
)
profiles = Source("profiles", data="data/profiles*.csv", timestamp="changed_at", key=customer)


def in_cents(amount: pd.Series) -> pd.Series:
    """The amount in cents."""
    return amount * 100


@tag(owner="sales")
@aggregate(orders, by=customer, over=["1d", "7d"])
def spent(in_cents: pd.Series) -> float:
    """Sum of the customer's orders in the window."""
    return in_cents.sum()


@aggregate(orders, by=None, over="7d")
def orders_of_all(shop_id: pd.Series) -> int:
    """Orders in the window."""
    return len(shop_id)


@latest(orders, by=customer)
def last_amount(amount: pd.Series) -> pd.Series:
    """The customer's last order."""
    return amount


def spent_lately(spent_1d: pd.Series, spent_7d: pd.Series) -> pd.Series:
    """The share of a week that was spent today."""
    return spent_1d / spent_7d


def basket_mean(basket: pd.Series) -> float:
    """Mean basket of the training rows."""
    return basket.mean()


@tag(pii="false")
def is_spender(last_amount: pd.Series, basket_mean: float) -> pd.Series:
    """Whether the last order was above the mean basket."""
    return last_amount > basket_mean


class Request(pydantic.BaseModel):
    customer_id: int
    basket: float


buys = FeatureService(
    "buys",
    ["spent_7d", "spent_lately", "is_spender", "orders_of_all_7d", "points", "basket"],
    Request,
    may_use=["amount"],
)
'''

SPINE = pd.DataFrame(
    {
        "event_timestamp": pd.to_datetime(["2024-01-03", "2024-01-05"], utc=True),
        "customer_id": [1, 2],
        "basket": [10.0, 30.0],
        "label": [True, False],
    }
)


@contextmanager
def shop_in(root: Path, **options: Any) -> Iterator[Project]:
    """The project with its data below a folder that is called ``shop``."""
    folder = root / "shop"
    (folder / "data").mkdir(parents=True)
    times = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-04"], utc=True)
    orders = {"CUSTOMER": [1, 2, 1], "AMT": [5.0, 7.0, 9.0], "shop_id": [1, 1, 2]}
    frame = pd.DataFrame({**orders, "ordered_at": times, "known_at": times})
    frame.to_parquet(folder / "data" / "orders.parquet")
    (folder / "data" / "profiles1.csv").write_text(
        "customer_id,points,changed_at\n1,5,2024-01-01T00:00:00Z\n"
    )
    module = types.ModuleType("openlineage_shop")
    sys.modules[module.__name__] = module
    try:
        exec(SHOP, vars(module))
        given = {"store": "sqlite:///s.db", "offline": "offline", **options}
        yield Project([module], root=folder, **given)
    finally:
        del sys.modules[module.__name__]
