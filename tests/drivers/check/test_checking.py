"""`check` names each function that isn't row-wise, and says why."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pandas as pd
import pydantic
import pytest

from drivers.check import check
from onedag import FeatureService, Project


class Request(pydantic.BaseModel):
    x: float
    colour: str


SPINE = pd.DataFrame(
    {
        "event_timestamp": pd.date_range("2024-01-01", periods=12, tz="UTC"),
        "x": [float(value % 5) for value in range(12)],
        "colour": ["red", "blue", "green"] * 4,
    }
)

FUNCTION = """
import numpy as np
import pandas as pd

def f(x: pd.Series, colour: pd.Series) -> pd.Series:
    {body}
"""

ROW_WISE = [
    "return x * 2",
    "return x.where(x > 2)",
    "return pd.Series(np.where(x > 2, 1.0, 0.0))",
    "return (colour == 'red') & (x > 1)",
    "return colour.str.upper()",
    "return x.fillna(0.0).clip(lower=1.0)",
]
NOT_ROW_WISE = {
    "return x - x.mean()": "annotated `-> float`",
    "return x.rank()": "thresholds",
    "return x.shift(1)": "@latest",
    "return x.ffill().diff()": "diff",
    "return x.cumsum()": "running total",
    "return x.sort_values()": "order of rows",
    "return pd.get_dummies(colour)['red']": "for each",
    "return pd.Series(colour.factorize()[0])": "fixed mapping",
    "return x.head(1)": "keeps the rows",
    "return pd.cut(x, 3).astype('str')": "given the edges",
    "return x + len(x)": "",
    "return pd.Series(range(len(x)))": "",
}


@pytest.fixture
def project(make_module: Callable[..., ModuleType]) -> Callable[[str], Project]:
    def build(body: str) -> Project:
        module = make_module(FUNCTION.format(body=body))
        module.service = FeatureService("s", ["f"], Request)
        return Project([module], store="memory://")

    return build


@pytest.mark.parametrize("body", ROW_WISE)
def test_a_row_wise_function_passes(project: Callable[[str], Project], body: str) -> None:
    report = check(project(body), SPINE)
    assert report.ok, str(report)
    assert report.checked == ("f",)


@pytest.mark.parametrize("body", NOT_ROW_WISE)
def test_any_other_is_named_with_the_usual_cause(
    project: Callable[[str], Project], body: str
) -> None:
    report = check(project(body), SPINE)
    assert {problem.function for problem in report.problems} == {"f"}
    assert NOT_ROW_WISE[body] in str(report)


def test_a_dtype_that_depends_on_the_values(project: Callable[[str], Project]) -> None:
    report = check(project("return colour.map({'red': 1, 'blue': 2})"), SPINE)
    (problem,) = report.problems
    assert (problem.function, problem.kind) == ("f", "dtype")
    assert "astype" in problem.message


def test_functions_of_sources_are_checked_too(
    make_module: Callable[..., ModuleType],
    shop_source: str,
    orders: pd.DataFrame,
    profiles: pd.DataFrame,
    spine: pd.DataFrame,
) -> None:
    source = shop_source.replace("return amount > 100.0", "return amount > amount.mean()")
    project = Project([make_module(source, ORDERS=orders, PROFILES=profiles)], store="memory://")
    report = check(project, spine)
    assert [problem.function for problem in report.problems] == ["is_large"]
    assert "last_amount" in report.checked
    assert "basket_over_last" in report.checked


def test_without_a_spine_it_says_so(project: Callable[[str], Project]) -> None:
    report = check(project("return x"))
    assert report.ok
    assert report.unsampled == ("s",)
    assert "[tool.onedag.training.s]" in str(report)


def test_a_service_that_cannot_be_planned(make_module: Callable[..., ModuleType]) -> None:
    source = "import pandas as pd\ndef f(y: pd.Series) -> pd.Series:\n    return y\n"
    module = make_module(source)
    module.service = FeatureService("s", ["f"], Request)
    (problem,) = check(Project([module], store="memory://"), SPINE).problems
    assert (problem.function, problem.kind) == ("s", "plan")
    assert "'y'" in problem.message
