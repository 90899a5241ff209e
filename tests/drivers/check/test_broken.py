"""What can't be loaded, read or planned is one problem each, and the rest is checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from drivers.check import check, check_loaded
from onedag import Project

MakeModule = Callable[..., ModuleType]

SOURCE = """
import pandas as pd
import pydantic
from onedag import Entity, FeatureService, Source, aggregate, latest

user = Entity("user", "user_id")
orders = Source("orders", "orders.parquet", timestamp="at")
profiles = Source("profiles", "profiles.parquet", timestamp="at", key=user)

@aggregate(orders, by=user)
def spent(amount: pd.Series) -> float:
    '''Sum.'''
    return amount.sum()

def half(amount: pd.Series) -> pd.Series:
    '''Half.'''
    return amount / amount.sum()

@latest(orders, by=user)
def last_half(half: pd.Series) -> pd.Series:
    '''Newest.'''
    return half

def f(x: pd.Series) -> pd.Series:
    '''Not row-wise.'''
    return x - x.mean()

def forgotten(x: pd.Series) -> pd.Series:
    '''Unused.'''
    return x

class Request(pydantic.BaseModel):
    user_id: int
    x: float

fields = FeatureService("fields", ["f"], Request)
stored = FeatureService("stored", ["spent", "last_half"], Request)
looked_up = FeatureService("looked_up", ["age"], Request)
impossible = FeatureService("impossible", ["nothing_of_this_name"], Request)
"""


@pytest.fixture
def project(make_module: MakeModule, tmp_path: Path) -> Project:
    at = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"], utc=True)
    orders = pd.DataFrame({"user_id": [1, 2, 1], "amount": [1.0, 2.0, 4.0], "at": at})
    orders.to_parquet(tmp_path / "orders.parquet")
    profiles = pd.DataFrame({"user_id": [1, 2], "age": [30, 40], "at": at[:2]})
    profiles.to_parquet(tmp_path / "profiles.parquet")
    return Project([make_module(SOURCE)], store="memory://", root=tmp_path)


@pytest.fixture
def spine() -> pd.DataFrame:
    at = pd.date_range("2024-01-05", periods=4, tz="UTC")
    return pd.DataFrame({"event_timestamp": at, "user_id": [1, 2, 3, 1], "x": [1.0, 2.0, 3.0, 4.0]})


def test_a_service_that_cannot_be_planned(project: Project, spine: pd.DataFrame) -> None:
    found = {(p.function, p.kind) for p in check(project, spine).problems}
    assert found == {("half", "row-wise"), ("f", "row-wise"), ("impossible", "plan")}


def test_a_source_without_a_file(project: Project, spine: pd.DataFrame) -> None:
    (project.root / "profiles.parquet").unlink()
    report = check(project, spine)
    found = [(p.function, p.kind) for p in report.problems]
    assert found.count(("profiles", "source")) == 1
    assert set(found) == {
        ("profiles", "source"),
        ("half", "row-wise"),
        ("f", "row-wise"),
    }  # whether the others could be planned with it, nobody knows
    [problem] = [p for p in report.problems if p.kind == "source"]
    assert "there is no file" in problem.message


def test_a_source_whose_views_cannot_be_tried(project: Project, spine: pd.DataFrame) -> None:
    (project.root / "orders.parquet").write_bytes(b"not Parquet")
    report = check(project, spine)
    found = [(p.function, p.kind) for p in report.problems]
    assert found == [("orders", "source"), ("impossible", "plan"), ("f", "row-wise")]
    functions = ("spent", "half", "last_half", "forgotten")
    unused = [w.function for w in report.warnings if w.function in functions]
    assert unused == ["forgotten"]  # of those that the source's features need nothing is said


def test_a_column_that_a_source_lacks(project: Project, spine: pd.DataFrame) -> None:
    orders = pd.read_parquet(project.root / "orders.parquet")
    orders.drop(columns="amount").to_parquet(project.root / "orders.parquet")
    report = check(project, spine)
    [problem] = [p for p in report.problems if p.function == "user_orders"]
    assert problem.kind == "plan"
    assert "'amount'" in problem.message
    assert ("f", "row-wise") in {(p.function, p.kind) for p in report.problems}


def test_tags_of_a_column_that_a_file_lacks(
    make_module: MakeModule, project: Project, spine: pd.DataFrame
) -> None:
    tagged = SOURCE.replace("key=user)", "key=user, tags={'shoe_size': ['pii']})")
    other = Project([make_module(tagged)], store="memory://", root=project.root)
    [problem] = [p for p in check(other, spine).problems if p.kind == "source"]
    assert problem.function == "profiles"
    assert "tags for 'shoe_size'" in problem.message


@pytest.mark.parametrize(
    ("spine", "said"),
    [
        ("nowhere.parquet", "nowhere.parquet can't be read"),
        ("orders.parquet", "has no column 'event_timestamp'"),
    ],
)
def test_a_spine_that_cannot_be_read(project: Project, spine: str, said: str) -> None:
    report = check(project, spine, "fields")
    [problem] = [p for p in report.problems if p.function == "fields"]
    assert problem.kind == "spine"
    assert said in problem.message


def test_a_project_whose_functions_don_t_fit(make_module: MakeModule) -> None:
    source = """
import pandas as pd
def f(x: pd.Series) -> float: return x.mean()
def g(f: str) -> pd.Series: return f
"""
    report = check_loaded(lambda: Project([make_module(source)]))
    [problem] = report.problems
    assert (problem.function, problem.kind) == ("project", "project")
    assert "The functions don't fit together: function 'g'" in problem.message
    assert "takes 'f' as str, and function 'f'" in problem.message


def test_a_module_that_raises_when_it_is_imported(make_module: MakeModule) -> None:
    report = check_loaded(lambda: Project([make_module("1 / 0")]))
    [problem] = report.problems
    assert problem.kind == "project"
    assert "can't be imported: ZeroDivisionError" in problem.message
    assert problem.place == ""  # it isn't of a file


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = 1\n1 / 0\n", "ZeroDivisionError"),
        ("x = 1\ndef f(:\n    pass\n", "SyntaxError"),
        ("import onedag\nonedag.Source('orders', 7, 'at')\n", "data must be a path"),
    ],
)
def test_the_line_that_raises_when_it_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, said: str
) -> None:
    name = f"features_that_raise_{said[:4].lower()}"
    (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    [problem] = check_loaded(lambda: Project([name])).problems
    assert said in problem.message
    assert problem.place == f"{name}.py:2"
