"""A small project whose every answer can be worked out by hand."""

from __future__ import annotations

import linecache
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from onedag import Project

SHOP = '''
import pandas as pd
import pydantic
from onedag import Entity, FeatureService, Source, aggregate, latest

customer = Entity("customer", ["customer_id"])

orders = Source("orders", data=ORDERS, timestamp="ordered_at", delay="1h")
profiles = Source("profiles", data=PROFILES, timestamp="changed_at", key=customer)


def is_large(amount: pd.Series) -> pd.Series:
    """Whether the order is above 100."""
    return amount > 100.0


@aggregate(orders, by=customer, over=["1d", "7d"])
def spent(amount: pd.Series) -> float:
    """Sum of the customer's orders in the window."""
    return amount.sum()


@aggregate(orders, by=customer)
def large_share(is_large: pd.Series) -> float:
    """Share of the customer's orders that were above 100."""
    return is_large.mean()


@aggregate(orders, by=None, over="1d", refresh="1d")
def shop_orders(amount: pd.Series) -> int:
    """Orders of the day before, in the whole shop."""
    return len(amount)


@latest(orders, by=customer, max_age="2d")
def last_amount(amount: pd.Series) -> pd.Series:
    """The customer's last order."""
    return amount


def basket_mean(basket: pd.Series) -> float:
    """Mean basket of the training rows."""
    return basket.mean()


def basket_over_mean(basket: pd.Series, basket_mean: float) -> pd.Series:
    """How far the basket is above the mean."""
    return basket - basket_mean


def basket_over_last(basket_over_mean: pd.Series, last_amount: pd.Series) -> pd.Series:
    """The basket above the mean, over the last order."""
    return basket_over_mean / last_amount


def is_loyal(points: pd.Series) -> pd.Series:
    """Whether the customer has 10 points or more."""
    return points >= 10


class BasketRequest(pydantic.BaseModel):
    customer_id: int | None
    basket: float


basket = FeatureService(
    "basket",
    ["spent_1d", "spent_7d", "large_share", "shop_orders_1d", "last_amount", "basket_over_mean",
     "basket_over_last", "is_loyal", "points", "basket"],
    request=BasketRequest,
)
'''


def day(text: str) -> pd.Timestamp:
    """A day of January 2024, with an hour: ``"03 12:30"``."""
    return pd.Timestamp(f"2024-01-{text}", tz="UTC")


@pytest.fixture
def shop_source() -> str:
    """The module's text; it wants ORDERS and PROFILES as frames."""
    return SHOP


@pytest.fixture
def orders() -> pd.DataFrame:
    """Customer 1 orders three times, customer 2 once, and once nobody knows who."""
    return pd.DataFrame(
        {
            "customer_id": pd.array([1, 1, 2, 1, None], dtype="Int64"),
            "amount": [50.0, 150.0, 10.0, np.nan, 7.0],
            "ordered_at": [day("01 10"), day("02 10"), day("02 12"), day("05 10"), day("02 11")],
        }
    )


@pytest.fixture
def profiles() -> pd.DataFrame:
    """Customer 1 gains points, customer 2 never had a profile."""
    return pd.DataFrame(
        {
            "customer_id": [1, 1],
            "points": [5, 12],
            "changed_at": [day("01 00"), day("03 00")],
        }
    )


@pytest.fixture
def spine() -> pd.DataFrame:
    """Rows out of order, repeated, before all history, of unknown and null customers."""
    return pd.DataFrame(
        {
            "event_timestamp": [
                day("05 12"),
                day("02 11"),
                day("02 10:59"),
                day("01 00"),
                day("02 11"),
                day("04 00"),
                day("04 00"),
            ],
            "customer_id": pd.array([1, 1, 1, 2, 1, 99, None], dtype="Int64"),
            "basket": [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0],
            "label": [1, 0, 1, 0, 1, 0, 1],
        },
        index=[7, 3, 3, 0, 11, 5, 2],
    )


@pytest.fixture
def make_module() -> Iterator[Callable[..., types.ModuleType]]:
    """Make a module of source text, with some names in it already."""
    made: list[str] = []

    def make(source: str, name: str = "shop", **names: object) -> types.ModuleType:
        module = types.ModuleType(f"{name}_{len(made)}_of_a_test")
        vars(module).update(names)
        sys.modules[module.__name__] = module
        made.append(module.__name__)
        lines = source.splitlines(keepends=True)
        linecache.cache[module.__name__] = (len(source), None, lines, module.__name__)
        exec(compile(source, module.__name__, "exec"), vars(module))
        return module

    yield make
    for name in made:
        del sys.modules[name], linecache.cache[name]


@pytest.fixture
def shop(
    make_module: Callable[..., types.ModuleType],
    orders: pd.DataFrame,
    profiles: pd.DataFrame,
    tmp_path: Path,
) -> Project:
    """The project, with a store in memory."""
    module = make_module(SHOP, ORDERS=orders, PROFILES=profiles)
    return Project([module], store="memory://", root=tmp_path)


@pytest.fixture
def edited(
    make_module: Callable[..., types.ModuleType],
    shop_source: str,
    orders: pd.DataFrame,
    profiles: pd.DataFrame,
) -> Callable[[str, str], Project]:
    """The project after an edit of its code."""

    def edit(old: str, new: str) -> Project:
        assert old in shop_source
        source = shop_source.replace(old, new)
        return Project([make_module(source, ORDERS=orders, PROFILES=profiles)], store="memory://")

    return edit
