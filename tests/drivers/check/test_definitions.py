"""What is said of definitions, before a function is called."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pandas as pd
import pytest

from drivers.check import CheckReport, Problem, check
from onedag import Project

MakeModule = Callable[..., ModuleType]
Make = Callable[..., CheckReport]

HEAD = """
import pandas as pd
import pydantic
from onedag import Entity, FeatureService, Source, aggregate, latest

user = Entity("user", "user_id")
orders = Source("orders", ORDERS, timestamp="at")
profiles = Source("profiles", PROFILES, timestamp="at", key=user)
"""
AT = pd.to_datetime(["2024-01-01", "2024-01-02"], utc=True)
ORDERS = pd.DataFrame({"user_id": [1, 2], "amount": [1.0, 2.0], "city": ["a", "b"], "at": AT})
PROFILES = pd.DataFrame({"user_id": [1, 2], "age": [30, 40], "at": AT})


@pytest.fixture
def report(make_module: MakeModule) -> Make:
    """What is found in a module, without a spine."""

    def make(source: str, **frames: pd.DataFrame) -> CheckReport:
        names = {"ORDERS": ORDERS, "PROFILES": PROFILES, **frames}
        return check(Project([make_module(HEAD + source, **names)], store="memory://"))

    return make


def service(features: list[str], fields: str = "user_id: int") -> str:
    body = "\n    ".join(fields.split("; "))
    return f"class R(pydantic.BaseModel):\n    {body}\ns = FeatureService('s', {features}, R)\n"


def only(problems: tuple[Problem, ...], kind: str) -> list[tuple[str, str]]:
    return [(p.function, p.message) for p in problems if p.kind == kind]


SPENT = """
@aggregate(orders, by=user, over=["1d", "7d"])
def spent(amount: pd.Series) -> float:
    '''Sum.'''
    return amount.sum()
"""


# Types along edges


def test_a_request_s_field_that_contradicts_an_annotation(report: Make) -> None:
    source = "def f(name: float) -> float:\n    '''F.'''\n    return name\n"
    found = report(source + service(["f"], "name: str"))
    [(name, said)] = only(found.problems, "types")
    assert name == "f"
    assert "Parameter 'name' of function 'f'" in said
    assert "is annotated float and is given string" in said


def test_a_column_that_contradicts_an_annotation(report: Make) -> None:
    source = """
def is_far(city: float) -> bool:
    '''Whether.'''
    return city > 3.0

@aggregate(orders, by=user)
def far_share(is_far: pd.Series) -> float:
    '''Share.'''
    return is_far.mean()
"""
    found = report(source + service(["far_share"]))
    assert [name for name, _ in only(found.problems, "types")] == ["is_far"]
    assert len(found.problems) == 1


def test_a_looked_up_column_that_contradicts_one(report: Make) -> None:
    source = """
def f(age: str) -> str:
    '''F.'''
    return age

def g(f: str) -> str:
    '''G; what it gets isn't known, and nothing is said of it.'''
    return f

def h(user_id: int, spent_1d: float) -> float:
    '''H, which fits.'''
    return spent_1d / user_id
"""
    found = report(SPENT + source + service(["g", "h", "spent_7d"]))
    assert [name for name, _ in only(found.problems, "types")] == ["f"]


def test_join_keys_that_never_meet(report: Make) -> None:
    found = report(SPENT + service(["spent_1d", "spent_7d"], "user_id: str"))
    [(name, said)] = only(found.problems, "types")
    assert name == "s"
    assert "join key 'user_id' is string here and int64 in source 'orders'" in said


def test_a_column_that_contradicts_one_beside_a_fitted_value(report: Make) -> None:
    source = """
def mean(amount: pd.Series) -> float:
    '''Mean.'''
    return amount.mean()

def f(name: float, mean: float) -> float:
    '''F.'''
    return name - mean
"""
    found = report(source + service(["f"], "name: str; amount: float"))
    assert [name for name, _ in only(found.problems, "types")] == ["f"]


# Docstrings and use


def test_a_function_without_a_docstring(report: Make) -> None:
    source = SPENT.replace("'''Sum.'''", "") + service(["spent_1d", "spent_7d"])
    found = report(source)
    assert found.ok
    assert [name for name, _ in only(found.warnings, "docstring")] == ["spent_1d"]


def test_functions_that_nothing_reaches(report: Make) -> None:
    source = """
def twice(amount: pd.Series) -> pd.Series:
    '''Of an unused one.'''
    return amount * 2

def four_times(twice: pd.Series) -> pd.Series:
    '''Unused.'''
    return twice * 2
"""
    found = report(SPENT + source + service(["spent_1d", "spent_7d"]))
    assert found.ok
    assert [name for name, _ in only(found.warnings, "unused")] == ["four_times", "twice"]


def test_stored_features_that_no_service_uses(report: Make) -> None:
    source = """
def large(amount: pd.Series) -> pd.Series:
    '''Used by a stored feature.'''
    return amount > 1

@aggregate(orders, by=user)
def large_share(large: pd.Series) -> float:
    '''Share.'''
    return large.mean()
"""
    found = report(SPENT + source + service(["spent_1d"]))
    said = dict(only(found.warnings, "unused"))
    assert set(said) == {"spent_7d", "large_share"}
    assert "no service uses this stored feature" in said["large_share"]


def test_a_stored_feature_that_another_one_needs_is_used(report: Make) -> None:
    source = """
@latest(profiles, by=user)
def age_then(age: pd.Series) -> pd.Series:
    '''Age.'''
    return age

@aggregate(orders, by=None)
def mean_age(age_then: pd.Series) -> float:
    '''Of those who ordered.'''
    return age_then.mean()
"""
    assert not only(report(source + service(["mean_age", "user_id"])).warnings, "unused")
    assert len(only(report(source + service(["age"])).warnings, "unused")) == 2


def test_without_services_nothing_is_unused(report: Make) -> None:
    assert not report(SPENT).warnings


def test_fields_that_nothing_reads(report: Make) -> None:
    fields = (
        "user_id: int; colour: str; size: int; event_timestamp: __import__('datetime').datetime"
    )
    found = report(SPENT + service(["spent_1d", "spent_7d"], fields))
    [(name, said)] = only(found.warnings, "unused")
    assert name == "s"
    assert "nothing reads 'colour', 'size' of its request" in said


# Names


def test_a_column_that_hides_a_function_in_its_source_s_rows(report: Make) -> None:
    source = """
def city(zip: pd.Series) -> pd.Series:
    '''City.'''
    return zip

@latest(orders, by=user)
def last_city(city: pd.Series) -> pd.Series:
    '''Of the column.'''
    return city
"""
    [(name, said)] = only(report(source + service(["last_city"])).warnings, "name")
    assert name == "city"
    assert "source 'orders' has a column of this name" in said
    assert "last_city" in said


def test_a_field_that_hides_a_stored_feature(report: Make) -> None:
    found = report(SPENT + service(["spent_1d", "spent_7d"], "user_id: int; spent_7d: float"))
    [(name, said)] = only(found.warnings, "name")
    assert name == "spent_7d"
    assert "used instead of the stored feature" in said


def test_a_function_that_hides_a_column_to_look_up(report: Make) -> None:
    source = "def age(born: pd.Series) -> pd.Series:\n    '''Years.'''\n    return 2024 - born\n"
    found = report(source + service(["age"], "user_id: int; born: int"))
    [(name, said)] = only(found.warnings, "name")
    assert name == "age"
    assert "source 'profiles' has a column of this name" in said


def test_a_field_may_win_over_a_row_function_and_a_column(report: Make) -> None:
    source = "def twice(x: pd.Series) -> pd.Series:\n    '''Twice.'''\n    return 2 * x\n"
    found = report(source + service(["twice", "age"], "twice: float; age: int"))
    assert not only(found.warnings, "name")


def test_a_function_under_the_name_of_the_row_s_time(report: Make) -> None:
    source = """
def event_timestamp(x: pd.Series) -> pd.Series:
    '''Never called.'''
    return x

def f(event_timestamp: pd.Series) -> pd.Series:
    '''F.'''
    return event_timestamp.dt.hour
"""
    found = report(source + service(["f"], "x: int"))
    [(name, said)] = only(found.warnings, "name")
    assert (name, "never called" in said) == ("event_timestamp", True)


# Constants


def test_a_feature_that_is_always_the_same(
    build: Callable[..., Project], rows: pd.DataFrame
) -> None:
    source = """
def f(x: pd.Series) -> pd.Series:
    '''Always so.'''
    return x >= 0.0

def g(x: pd.Series) -> pd.Series:
    '''Not always.'''
    return x >= 4.0
"""
    project = build(source, "f", "g")
    [(name, said)] = only(check(project, pd.concat([rows] * 2)).warnings, "constant")
    assert name == "f"
    assert "it is True in all 24 rows of the sample" in said
    assert not only(check(project, rows).warnings, "constant")  # of 12 rows nothing can be said
