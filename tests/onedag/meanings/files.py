"""A little project of two packages, and edits of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

FILES: Mapping[str, str] = {
    "tools/__init__.py": "",
    "tools/constants.py": '''"""Constants."""

import re

RATE = 2.0
DISCOUNT = 0.5
UNUSED = 1
LIMITS = {"low": 1.0, "high": 9.0}
WORDS = frozenset({"one", "two", "three"})
PATTERN = re.compile(r"^a+b")
''',
    "tools/helpers.py": '''"""Helpers."""

import numpy as np

from tools.constants import WORDS


def capped(x):
    """No more than most."""
    return np.minimum(x, most())


def most():
    # A helper's helper.
    return 80


def discount(x, *, by, least=3):
    return (x - by).clip(lower=least)


def adder(amount):
    def add(x):
        return x + amount

    return add


add_three = adder(33)


def known(word):
    return word in WORDS


def unused(x):
    return x
''',
    "tools/classes.py": '''"""Classes."""

from dataclasses import dataclass
from enum import Enum


class Size(Enum):
    """How large."""

    SMALL = 11
    LARGE = 12

    @classmethod
    def of(cls, price):
        return cls.LARGE if price >= 50 else cls.SMALL


@dataclass(frozen=True)
class Band:
    low: float = 21.0
    high: float = 22.0


class Base:
    fee = 41

    def with_fee(self, x):
        return x + self.fee


class Price(Base):
    def __init__(self, rate):
        self.rate = rate

    @property
    def doubled(self):
        return self.rate * 2

    def total(self, x):
        return self.with_fee(x) * self.doubled
''',
    "tools/decorators.py": '''"""Decorators."""

import functools


def shifted(by, *, twice):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs) + by * (2 if twice else 1)

        return wrapper

    return decorate
''',
    "shop/__init__.py": "",
    "shop/definitions.py": '''"""Entities and sources."""

from onedag import Entity, Source

customer = Entity("customer", ["customer_id"])
buyer = Entity("buyer", ["buyer_id"])
orders = Source("orders", "orders.parquet", timestamp="ordered_at", delay="1h")
profiles = Source(
    "profiles", "profiles.csv", timestamp="changed_at", key=customer, columns={"p": "points"}
)
refunds = Source("refunds", "refunds.csv", timestamp="refunded_at", known_at="known_at")
''',
    "shop/rows.py": '''"""Row functions."""

import pandas as pd
from hamilton.function_modifiers import extract_columns, parameterize, source, tag, value

from tools import constants, helpers
from tools.classes import Band, Price, Size
from tools.constants import LIMITS, RATE as rate_of_tax
from tools.decorators import shifted

EXTRA = 71


@tag(owner="shop", unit="EUR")
def taxed(price: pd.Series) -> pd.Series:
    """With the tax."""
    return price * rate_of_tax  # of all goods


def capped(taxed: pd.Series) -> pd.Series:
    return helpers.capped(taxed)


def discounted(price: pd.Series) -> pd.Series:
    return helpers.discount(price, by=constants.DISCOUNT)


def size(price: pd.Series) -> pd.Series:
    return price.map(lambda p: Size.of(p).value + 61)


def in_band(price: pd.Series) -> pd.Series:
    band = Band()
    return (price > band.low) & (price <= band.high) | (price == 0)


def total(price: pd.Series) -> pd.Series:
    return price.map(Price(3).total)


def matched(word: pd.Series) -> pd.Series:
    return word.map(lambda w: bool(constants.PATTERN.match(w)) and w not in ("x", "y"))


def known(word: pd.Series) -> pd.Series:
    return word.map(helpers.known)


def limited(price: pd.Series) -> pd.Series:
    return price.clip(LIMITS["low"], LIMITS["high"])


def nested(price: pd.Series) -> pd.Series:
    def by(x, amount=5):
        return x + amount

    return by(price)


def closed(price: pd.Series) -> pd.Series:
    return helpers.add_three(price)


@shifted(91, twice=True)
def decorated(price: pd.Series) -> pd.Series:
    return price


def listed(price: pd.Series) -> pd.Series:
    values = [p * 7 for p in price if p > 4]
    return price - sum(values)


def labelled(price: pd.Series) -> pd.Series:
    return price.map(lambda p: f"{p:.2f} EUR")


def walrus(price: pd.Series) -> pd.Series:
    if (most := 1_000) > 10:
        return price + most
    return price


def guarded(price: pd.Series) -> pd.Series:
    try:
        found = price // 6
    except ZeroDivisionError:
        found = price * -1
    else:
        found += EXTRA
    return found


@parameterize(
    doubled={"x": source("taxed"), "by": value(2)},
    tripled={"x": source("taxed"), "by": value(3)},
)
def times(x: pd.Series, by: int) -> pd.Series:
    return x * by


@extract_columns("lower", "upper")
def bounds(doubled: pd.Series, tripled: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"lower": doubled - 1, "upper": tripled + 1})


def mean_price(price: pd.Series) -> float:
    """Mean of the training rows."""
    return price.mean()


def over_mean(price: pd.Series, mean_price: float) -> pd.Series:
    return price - mean_price


def per_item(price: float, count: int) -> float:
    return price / count if count else 0.0
''',
    "shop/stored.py": '''"""Stored features."""

import pandas as pd

from onedag import aggregate, latest
from shop.definitions import buyer, customer, orders, profiles, refunds


@aggregate(orders, by=customer, over=["1d", "7d"])
def spent(taxed: pd.Series) -> float:
    """Sum of the window."""
    return taxed.sum()


@aggregate(refunds, by=buyer, refresh="1d")
def refunded(amount: pd.Series) -> float:
    return amount.sum()


@latest(profiles, by=customer, max_age="9d")
def rank(points: pd.Series) -> pd.Series:
    return points // 10


def spent_by_rank(spent_7d: pd.Series, rank: pd.Series) -> pd.Series:
    return spent_7d / rank
''',
}

Edit: TypeAlias = tuple[str, str, str]
"""A file, a text in it, and the text in its place."""


def edited(*edits: Edit) -> dict[str, str]:
    """The files after edits, each of one place."""
    files = dict(FILES)
    for file, old, new in edits:
        assert files[file].count(old) == 1, f"{old!r} is {files[file].count(old)} times in {file}"
        files[file] = files[file].replace(old, new)
    return files
