"""What functions are tried on: rows of sources, and values that are drawn from history."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from drivers.check import CheckReport, check
from onedag import Project

MakeModule = Callable[..., ModuleType]
Make = Callable[..., CheckReport]

SOURCE = """
import pandas as pd
import pydantic
from onedag import Entity, FeatureService, Source, aggregate, latest

user = Entity("user", "user_id")
orders = Source("orders", ORDERS, timestamp="at", delay="1h")
profiles = Source("profiles", PROFILES, timestamp="at", key=user)

@latest(orders, by=user, refresh="1d")
def last_amount(amount: pd.Series) -> pd.Series:
    return amount

@aggregate(orders, by=user, over="30d")
def spent(amount: pd.Series) -> float:
    return amount.sum()

BODY

class Request(pydantic.BaseModel):
    user_id: int

s = FeatureService("s", ["f"], Request)
"""
TIMES = pd.date_range("2024-01-01", periods=40, freq="6h", tz="UTC")
ORDERS = pd.DataFrame(
    {"user_id": np.arange(40) % 4, "amount": [1.0, 4.0, 2.0, 8.0] * 10, "at": TIMES}
)
PROFILES = pd.DataFrame({"user_id": range(4), "age": [20, 30, 50, 80], "at": TIMES[:4]})
STRANGERS = pd.DataFrame({"event_timestamp": TIMES[:30], "user_id": range(100, 130)})


@pytest.fixture
def report(make_module: MakeModule) -> Make:
    """What is found with a spine of keys that no source has."""

    def make(body: str, orders: pd.DataFrame = ORDERS) -> CheckReport:
        module = make_module(SOURCE.replace("BODY", body), ORDERS=orders, PROFILES=PROFILES)
        return check(Project([module], store="memory://"), STRANGERS)

    return make


@pytest.mark.parametrize("name", ["last_amount", "spent_30d", "age"])
def test_functions_of_looked_up_values(report: Make, name: str) -> None:
    found = report(f"def f({name}: pd.Series) -> pd.Series: return {name} - {name}.mean()")
    [problem] = found.problems
    assert (problem.function, problem.kind) == ("f", "row-wise")
    assert f"({name}=" in problem.message


def test_a_looked_up_value_may_always_be_missing(report: Make) -> None:
    [problem] = report("def f(age: pd.Series) -> pd.Series: return age.astype('int64')").problems
    assert (problem.function, problem.kind) == ("f", "raises")
    assert "(age=null)" in problem.message


def test_values_that_may_never_occur_together_only_warn(report: Make) -> None:
    body = """
def f(age: float, last_amount: float) -> float:
    if age > 70 and last_amount < 2:
        raise ValueError("nobody that old buys so little")
    return age / last_amount
"""
    found = report(body)
    assert found.ok, str(found)
    [warning] = [w for w in found.warnings if w.kind == "raises"]
    assert "nobody that old buys so little" in warning.message
    assert "these values may never occur together" in warning.message


def test_a_source_without_rows(report: Make) -> None:
    body = "def f(last_amount: pd.Series, spent_30d: pd.Series) -> pd.Series:\n"
    found = report(body + "    return spent_30d - last_amount", ORDERS.iloc[:0])
    assert found.ok, str(found)
    assert set(found.checked) == {"last_amount", "f"}


def test_functions_after_one_that_fails_are_left_out(report: Make) -> None:
    body = """
def g(age: pd.Series) -> pd.Series:
    raise ValueError("always")

def f(g: pd.Series) -> pd.Series:
    return g
"""
    found = report(body)
    assert [p.function for p in found.problems] == ["g"]
    assert "f" not in found.checked


def test_a_fitted_value_that_fails(report: Make) -> None:
    body = """
def age_mean(age: pd.Series) -> float:
    return "thirty"

def f(age: pd.Series, age_mean: float) -> pd.Series:
    return age - age_mean
"""
    [problem] = report(body).problems
    assert (problem.function, problem.kind) == ("age_mean", "raises")
