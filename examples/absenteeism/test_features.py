"""The functions by themselves: plain Hamilton, and row-wise."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from hamilton import driver

from drivers.check import check
from onedag import FeatureService, Project

Make = Callable[[pd.DataFrame], Project]
Load = Callable[[str], ModuleType]

NAIVE = """
import pandas as pd
from hamilton.function_modifiers import extract_columns

DAYS = [f"day_of_the_week_{day}" for day in range(2, 7)]


@extract_columns(*DAYS)
def days_one_hot(day_of_the_week: pd.Series) -> pd.DataFrame:
    return pd.get_dummies(day_of_the_week, prefix="day_of_the_week")
"""
FILLED = """
import pandas as pd
from hamilton.function_modifiers import extract_columns

DAYS = [f"day_of_the_week_{day}" for day in range(2, 7)]


@extract_columns(*DAYS)
def days_one_hot(day_of_the_week: pd.Series) -> pd.DataFrame:
    dummies = pd.get_dummies(day_of_the_week, prefix="day_of_the_week")
    for name in DAYS:
        if name not in dummies:
            dummies[name] = 0
    return dummies[DAYS]
"""


def test_the_module_is_plain_hamilton(features: ModuleType) -> None:
    tree = ast.parse(Path(str(features.__file__)).read_text(encoding="utf-8"))
    imported = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert imported == {"__future__", "pandas", "hamilton.function_modifiers"}


def test_a_stock_hamilton_driver_computes_it(features: ModuleType) -> None:
    columns = [f"seasons_{season}" for season in range(1, 5)]
    stock = driver.Builder().with_modules(features).build()
    result = stock.execute(
        [*columns, "is_summer", "age_zero_mean"],
        inputs={
            "seasons": pd.Series([1, 2, 4]),
            "month": pd.Series([12, 3, 0]),
            "age": pd.Series([30, 40, 50]),
        },
    )
    assert result["is_summer"].tolist() == [True, False, False]
    assert result["age_zero_mean"].tolist() == [-10.0, 0.0, 10.0]
    assert pd.DataFrame(result)[columns].to_numpy().tolist() == [
        [True, False, False, False],
        [False, True, False, False],
        [False, False, False, True],
    ]


@pytest.mark.parametrize("month", range(13))
def test_summer_is_december_to_february(features: ModuleType, month: int) -> None:
    assert features.is_summer(pd.Series([month])).tolist() == [month in (12, 1, 2)]


@pytest.mark.parametrize("name", ["has_children", "has_pet", "is_summer"])
def test_missing_stays_missing(features: ModuleType, name: str) -> None:
    assert getattr(features, name)(pd.Series([1, None], dtype="Int64")).tolist() == [True, pd.NA]


def test_seasons_are_found_by_the_project(
    make_project: Make, records: pd.DataFrame, services: ModuleType
) -> None:
    # No model takes them; a service that asks for them gets them all the same.
    names = [f"seasons_{season}" for season in range(1, 5)]
    project = make_project(records)
    nodes = [project.graph[name] for name in names]
    assert [node.doc for node in nodes] == [f"Whether the season is {s}." for s in range(1, 5)]
    assert {node.inputs for node in nodes} == {("seasons",)}
    service = FeatureService("seasons", names, services.EmployeeRequest)
    report = check(project, _spine(records, services), service)
    assert report.ok, str(report)
    assert set(report.checked) == set(names)


@pytest.mark.parametrize("service", ["absenteeism_from_fields", "absenteeism_from_id"])
def test_every_function_is_row_wise(
    make_project: Make, records: pd.DataFrame, services: ModuleType, service: str
) -> None:
    report = check(make_project(records), _spine(records, services), service)
    assert report.ok, str(report)
    assert {"day_of_the_week_2", "is_summer", "age_zero_mean"} <= set(report.checked)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        pytest.param(NAIVE, "row-wise", id="as many columns as there are days among the rows"),
        pytest.param(FILLED, "dtype", id="0 where a day isn't among the rows"),
    ],
)
def test_check_catches_get_dummies(
    load: Load, records: pd.DataFrame, services: ModuleType, code: str, kind: str
) -> None:
    naive = load(code)
    service = FeatureService("naive", naive.DAYS, services.AbsenceRequest)
    report = check(Project([naive]), _spine(records, services), service)
    assert not report.ok
    [problem] = [p for p in report.problems if p.function == "days_one_hot"]
    assert problem.kind == kind
    assert "get_dummies" in problem.message


def _spine(records: pd.DataFrame, services: ModuleType) -> pd.DataFrame:
    names = services.COLUMNS | {"Date of absence": "event_timestamp"}
    return records.rename(columns=names)


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Makes a module of some code, in a file of its own."""

    def made(code: str) -> ModuleType:
        (tmp_path / "naive_one_hot.py").write_text(code, encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        # Put in and taken out, so that the end of the test takes out what the import puts in.
        monkeypatch.setitem(sys.modules, "naive_one_hot", None)
        monkeypatch.delitem(sys.modules, "naive_one_hot")
        return importlib.import_module("naive_one_hot")

    return made
