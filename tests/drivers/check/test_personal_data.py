"""Personal data that a service may not use fails the check."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pandas as pd

from drivers.check import CheckReport, check
from onedag import Project

SOURCE = '''
import pandas as pd
import pydantic
from hamilton.function_modifiers import tag
from onedag import Entity, FeatureService, Source, latest

person = Entity("person", "person_id")
register = Source("register", REGISTER, timestamp="at", key=person, tags={"born": ["pii"]})

def age(born: pd.Series, event_timestamp: pd.Series) -> pd.Series:
    """Years."""
    return event_timestamp.dt.year - born
TAG
def age_band(age: pd.Series) -> pd.Series:
    """Of 30 years."""
    return age // 30

class Request(pydantic.BaseModel):
    person_id: int

s = FeatureService("s", ["age_band"], Request, may_use=MAY_USE)
'''
REGISTER = pd.DataFrame(
    {"person_id": [1, 2], "born": [1980, 1990], "at": pd.to_datetime(["2024"] * 2)}
)


def report(
    make_module: Callable[..., ModuleType], tag: str = "", may_use: str = "[]"
) -> CheckReport:
    source = SOURCE.replace("TAG", tag).replace("MAY_USE", may_use)
    return check(Project([make_module(source, REGISTER=REGISTER)], store="memory://"))


def test_a_feature_is_named_with_the_way_that_the_data_took(
    make_module: Callable[..., ModuleType],
) -> None:
    [problem] = report(make_module).problems
    assert (problem.function, problem.kind) == ("age_band", "pii")
    assert "service 's' may not use 'born'" in problem.message
    assert "register.born -> born -> age -> age_band" in problem.message
    assert "may_use=['born']" in problem.message


def test_a_service_that_may(make_module: Callable[..., ModuleType]) -> None:
    found = report(make_module, may_use="['born']")
    assert found.ok
    assert not found.warnings


def test_a_function_that_makes_it_harmless(make_module: Callable[..., ModuleType]) -> None:
    found = report(make_module, tag='\n@tag(pii="false")')
    assert found.ok


def test_a_permission_for_nothing_is_a_warning(make_module: Callable[..., ModuleType]) -> None:
    found = report(make_module, may_use="['born', 'shoe_size']")
    assert found.ok
    [warning] = found.warnings
    assert (warning.function, warning.kind) == ("s", "pii")
    assert "may_use names 'shoe_size'" in warning.message


def test_a_tag_of_a_function_that_says_nothing(make_module: Callable[..., ModuleType]) -> None:
    found = report(make_module, tag='\n@tag(pii="no")', may_use="['born']")
    [problem] = found.problems
    assert (problem.function, problem.kind) == ("age_band", "pii")
    assert "pii='no'" in problem.message
    assert '@tag(pii="false")' in problem.message
