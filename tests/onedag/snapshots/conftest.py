"""Snapshots of modules made of a string."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import TypeAlias

import pytest

from onedag import Project
from onedag.snapshots import Snapshot, snapshot_of

Take: TypeAlias = Callable[..., Snapshot]

SHOP = '''
import pandas as pd
import pydantic
from onedag import Entity, FeatureService, Source, aggregate, latest

user = Entity("user", "user_id")
orders = Source("orders", "orders.parquet", timestamp="at")
profiles = Source("profiles", "profiles.parquet", timestamp="at", key=user)


def discounted(amount: pd.Series) -> pd.Series:
    """The amount of an order after discount."""
    return amount * RATE


@aggregate(orders, by=user, over=["1d", "7d"])
def spent(discounted: pd.Series) -> float:
    """What the user spent."""
    return discounted.sum()


@latest(orders, by=user, max_age="2d")
def last_amount(amount: pd.Series) -> pd.Series:
    """The amount of the last order."""
    return amount


def price_mean(price: pd.Series) -> float:
    """The mean price."""
    return price.mean()


def price_share(price: pd.Series, spent_7d: pd.Series) -> pd.Series:
    """The price as a share of the week's."""
    return price / spent_7d


def price_above(price_share: pd.Series, price_mean: float) -> pd.Series:
    """By how much the share is above the mean."""
    return price_share - price_mean


class Request(pydantic.BaseModel):
    """Who buys what."""

    user_id: int
    price: float


RATE = 0.9
buys = FeatureService(
    "buys", ["price_above", "spent_1d", "last_amount", "age"], request=Request
)
'''
SCHEMAS = {
    "orders": {"user_id": "int64", "amount": "double", "at": "timestamp[us, tz=UTC]"},
    "profiles": {"user_id": "int64", "age": "int64", "at": "timestamp[us, tz=UTC]"},
}


@pytest.fixture
def take(make_module: Callable[..., ModuleType]) -> Take:
    """Take a snapshot of the shop: ``take({"old": "new", …})`` with texts replaced in its code."""

    def taken(
        edits: Mapping[str, str] | None = None,
        schemas: Mapping[str, Mapping[str, str]] = SCHEMAS,
        more: str = "",
    ) -> Snapshot:
        source = SHOP + more
        for old, new in (edits or {}).items():
            assert old in source
            source = source.replace(old, new)
        module = make_module(source, "shop")
        return snapshot_of(Project([module]), schemas)

    return taken
