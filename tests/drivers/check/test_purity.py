"""Functions that answer otherwise next time: randomness and the wall clock."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from drivers.check import CheckReport, check
from onedag import Project

Build = Callable[..., Project]

RANDOM = {
    "numpy's global numbers": "def f(x: pd.Series) -> pd.Series: return x + np.random.rand(len(x))",
    "those of random": "def f(x: pd.Series) -> pd.Series: return x + random.random()",
    "a value for each row": "def f(x: float) -> float: return x + random.gauss(0.0, 1.0)",
    "a UUID": "def f(x: float) -> str: return str(uuid.uuid4())",
    "a generator of its own": (
        "def f(x: pd.Series) -> pd.Series: return x + np.random.default_rng().normal(size=len(x))"
    ),
    "a generator that is kept": (
        "RNG = np.random.default_rng(0)\n"
        "def f(x: pd.Series) -> pd.Series: return x + RNG.normal(size=len(x))"
    ),
    "drawn and not used": (
        "def f(x: pd.Series) -> pd.Series:\n    np.random.rand()\n    return x * 2.0"
    ),
    "in a branch that no row takes": (
        "def f(x: float) -> float: return x if x < 1e9 else random.random()"
    ),
    "kept from call to call": (
        "SEEN = []\ndef f(x: float) -> int:\n    SEEN.append(x)\n    return len(SEEN)"
    ),
}
CLOCKS = {
    "pandas": "def f(x: pd.Series) -> pd.Series: return x + pd.Timestamp.now().year",
    "datetime": "def f(x: pd.Series) -> pd.Series: return x + datetime.now().year",
    "datetime, UTC": "def f(x: pd.Series) -> pd.Series: return x + datetime.utcnow().year",
    "time": "def f(x: pd.Series) -> pd.Series: return x + time.time() // 1e6",
    "nanoseconds": "def f(x: pd.Series) -> pd.Series: return x + time.perf_counter_ns()",
    "a day": "def f(x: float) -> float: return x + date.today().year",
    "a text": "def f(x: pd.Series) -> pd.Series: return x + pd.to_datetime('today').year",
    "a moment of numpy": "def f(x: float) -> bool: return np.datetime64('now').astype(int) > x",
    "imported within": (
        "def f(x: float) -> float:\n"
        "    from time import time as seconds\n"
        "    return x + seconds() // 1e6"
    ),
    "in a helper": (
        "def _age(v): return _year() - v\n"
        "def _year(): return pd.Timestamp.today().year\n"
        "def f(x: pd.Series) -> pd.Series: return _age(x)"
    ),
    "in a cached helper": (
        "from functools import lru_cache, partial\n"
        "@lru_cache\n"
        "def _year(): return pd.Timestamp.today().year\n"
        "_current = partial(_year)\n"
        "def f(x: pd.Series) -> pd.Series: return x + _current()"
    ),
    "in an object of a class that inherits": (
        "class Base:\n"
        "    def age(self, v): return self.year - v\n"
        "    @property\n"
        "    def year(self): return datetime.now().year\n"
        "class Ages(Base):\n"
        "    def __call__(self, v): return self.age(v)\n"
        "AGES = Ages()\n"
        "def f(x: pd.Series) -> pd.Series: return AGES(x)"
    ),
    "in a closure": (
        "def _made():\n"
        "    now = datetime.now\n"
        "    return lambda v: v + now().year\n"
        "_plus_year = _made()\n"
        "def f(x: pd.Series) -> pd.Series: return _plus_year(x)"
    ),
    "in a method": (
        "class Ages:\n"
        "    @classmethod\n"
        "    def of(cls, v): return datetime.now().year - v\n"
        "def f(x: pd.Series) -> pd.Series: return Ages.of(x)"
    ),
}
REPEATABLE = {
    "a table of random numbers": (
        "TABLE = np.random.default_rng(0).normal(size=5)\n"
        "def f(n: pd.Series) -> pd.Series: return pd.Series(TABLE[n.to_numpy() % 5])"
    ),
    "a UUID of a name": (
        "def f(colour: str) -> str: return str(uuid.uuid5(uuid.NAMESPACE_DNS, colour))"
    ),
    "the row's own time": (
        "def f(event_timestamp: pd.Series) -> pd.Series: return event_timestamp.dt.year"
    ),
    "a given moment": (
        "def f(event_timestamp: datetime) -> int:\n"
        "    return (date(2024, 1, 1) - event_timestamp.date()).days"
    ),
    "a parsed text": "def f(x: pd.Series) -> pd.Series: return x + pd.to_datetime('2024').year",
}


@pytest.mark.parametrize("source", RANDOM.values(), ids=RANDOM)
def test_randomness(build: Build, rows: pd.DataFrame, source: str) -> None:
    [problem] = check(build(source), rows).problems
    assert (problem.function, problem.kind) == ("f", "random"), problem
    assert "Usual cause: it draws random numbers, or keeps something" in problem.message
    assert "Cure: compute it from the row" in problem.message


@pytest.mark.parametrize("source", CLOCKS.values(), ids=CLOCKS)
def test_the_wall_clock(build: Build, rows: pd.DataFrame, source: str) -> None:
    [problem] = check(build(source), rows).problems
    assert (problem.function, problem.kind) == ("f", "clock"), problem
    assert "Usual cause: it reads the wall clock" in problem.message
    assert "Cure: take event_timestamp as an input" in problem.message


@pytest.mark.parametrize("source", REPEATABLE.values(), ids=REPEATABLE)
def test_what_only_looks_like_it(build: Build, rows: pd.DataFrame, source: str) -> None:
    report = check(build(source), rows)
    assert report.ok, str(report)


def test_the_call_is_named_and_the_helper_that_makes_it(build: Build, rows: pd.DataFrame) -> None:
    [problem] = check(build(CLOCKS["in a helper"]), rows).problems
    assert "It calls Timestamp.today() in _age()" in problem.message


def test_a_random_answer_is_shown(build: Build, rows: pd.DataFrame) -> None:
    [problem] = check(build(RANDOM["a UUID"]), rows).problems
    assert "called twice with (x=0.0) it answers '" in problem.message
    assert "It calls uuid.uuid4()" in problem.message


def test_the_global_numbers_are_left_as_they_were(build: Build, rows: pd.DataFrame) -> None:
    np.random.seed(7)
    expected = np.random.rand(3).tolist()
    np.random.seed(7)
    assert not check(build(RANDOM["numpy's global numbers"]), rows).ok
    assert np.random.rand(3).tolist() == expected


def test_a_hash_of_text_differs_in_every_process(build: Build, rows: pd.DataFrame) -> None:
    report = check(build("def f(colour: str) -> int: return hash(colour) % 8"), rows)
    assert report.ok
    assert "pd.util.hash_array" in _warning(report, "random")


SHOP = """
from onedag import Entity, Source, aggregate, latest

shops = Entity("shop", ["colour"])
orders = Source("orders", ORDERS, timestamp="at")

@aggregate(orders, by=shops)
def f(amount: pd.Series) -> float:
    {body}
"""
REDUCTIONS = {
    "return amount.sum() + np.random.rand()": ("random", "It calls numpy.random.rand()"),
    "return amount.sum() + pd.Timestamp.now().year": ("clock", "It calls Timestamp.now()"),
    "amount[amount > 1.0] = 1.0; return amount.sum()": ("mutation", "writes into its input"),
    "return amount.iloc[-1]": ("raises", "of 0 rows"),
}


def _orders() -> pd.DataFrame:
    times = pd.date_range("2024-01-01", periods=12, tz="UTC")
    return pd.DataFrame({"colour": ["red", "blue"] * 6, "amount": range(12), "at": times})


@pytest.mark.parametrize("body", REDUCTIONS)
def test_aggregates(build: Build, rows: pd.DataFrame, body: str) -> None:
    orders = _orders().astype({"amount": "float64"})
    report = check(build(SHOP.format(body=body), ORDERS=orders), rows)
    kind, said = REDUCTIONS[body]
    [problem] = report.problems
    assert (problem.function, problem.kind) == ("f", kind), problem
    assert said in problem.message


def test_aggregates_may_look_across_rows(build: Build, rows: pd.DataFrame) -> None:
    body = "return (amount - amount.mean()).abs().max()"
    report = check(build(SHOP.format(body=body), ORDERS=_orders()), rows)
    assert report.ok, str(report)


def test_a_fitted_value_with_a_clock_is_a_warning(build: Build, rows: pd.DataFrame) -> None:
    source = """
def year(x: pd.Series) -> int:
    return int(x.max()) + date.today().year

def f(x: pd.Series, year: int) -> pd.Series:
    return x + year
"""
    report = check(build(source), rows)
    assert report.ok
    assert "Date" in _warning(report, "clock") or "date.today()" in _warning(report, "clock")


def _warning(report: CheckReport, kind: str) -> str:
    [warning] = [w for w in report.warnings if w.kind == kind]
    return warning.message


STOPWATCH = """
import functools
SECONDS = []

def _timed(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        start = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            SECONDS.append(time.perf_counter() - start)
    return inner

@_timed
def f(x: pd.Series) -> pd.Series:
    return x * 2.0
"""


def test_how_long_a_function_takes_may_be_measured(build: Build, rows: pd.DataFrame) -> None:
    report = check(build(STOPWATCH), rows, "s")
    assert report.checked == ("f",)
    assert report.ok


def test_a_fitted_value_that_is_drawn_is_a_warning(build: Build, rows: pd.DataFrame) -> None:
    source = """
def some(x: pd.Series) -> float:
    return float(x.sample(3).sum())

def f(x: pd.Series, some: float) -> pd.Series:
    return x + some
"""
    report = check(build(source), rows)
    assert report.ok
    assert "called twice with the same 12 rows" in _warning(report, "random")
