"""What a function keeps from one call for the next, and what caches may."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from drivers.check import check
from onedag import Project

Build = Callable[..., Project]

SEEN = """
CODES = {}

def f(colour: pd.Series) -> pd.Series:
    for each in colour:
        CODES.setdefault(each, len(CODES))
    return colour.map(CODES).astype("int64")
"""
REMEMBERED = """
MEAN = None

def f(x: pd.Series) -> pd.Series:
    global MEAN
    if MEAN is None:
        MEAN = float(x.mean())
    return x - MEAN
"""
ATTRIBUTE = """
class Scaler:
    largest = None

    def __call__(self, column):
        if self.largest is None:
            self.largest = column.max()
        return column / (1.0 + self.largest)

scaler = Scaler()

def f(x: pd.Series) -> pd.Series:
    return scaler(x)
"""


@pytest.mark.parametrize(
    ("source", "named"),
    [(SEEN, "CODES"), (REMEMBERED, "MEAN"), (ATTRIBUTE, "scaler")],
    ids=["seen", "remembered", "attribute"],
)
def test_what_is_remembered_of_the_rows_that_came_first_is_found(
    source: str, named: str, build: Build, rows: pd.DataFrame
) -> None:
    report = check(build(source), rows, "s")
    [problem] = report.problems
    assert (problem.function, problem.kind) == ("f", "random")
    assert f"it keeps something in {named}" in problem.message
    assert "when that is the first call, and" in problem.message
    assert "each server process begin anew" in problem.message


def test_a_mutable_default_is_found(build: Build, rows: pd.DataFrame) -> None:
    inner = "def _g(column, _first=[]):\n    _first.append(column.max())\n"
    inner += "    return column / (1.0 + _first[0])\n"
    [problem] = check(
        build(inner + "def f(x: pd.Series) -> pd.Series:\n    return _g(x)"), rows, "s"
    ).problems
    assert problem.kind == "random"


def test_what_it_kept_is_put_back(build: Build, rows: pd.DataFrame) -> None:
    project = build(SEEN)
    check(project, rows, "s")
    assert project.graph["f"].code.__globals__["CODES"] == {}


MEMO = """
KNOWN = {}

def _length(text):
    if text not in KNOWN:
        KNOWN[text] = len(text)
    return KNOWN[text]

def f(colour: pd.Series) -> pd.Series:
    return colour.map(_length).astype("int64")
"""
CALLS = """
CALLS = []

def f(x: pd.Series) -> pd.Series:
    CALLS.append(1)
    return x * 2.0
"""


@pytest.mark.parametrize("source", [MEMO, CALLS], ids=["memo", "calls"])
def test_what_changes_no_answer_may_be_kept(source: str, build: Build, rows: pd.DataFrame) -> None:
    assert check(build(source), rows, "s").problems == ()


AGGREGATE = """
from onedag import Source, aggregate, Entity

orders = Source("orders", ORDERS, timestamp="at")
FIRST = {}

@aggregate(orders, by=Entity("shop", "colour"), over="9d")
def spent(x: pd.Series) -> float:
    FIRST.setdefault("mean", KEPT)
    return float(x.sum()) - FIRST["mean"]

def f(x: pd.Series) -> pd.Series:
    return x * 2.0
"""


@pytest.mark.parametrize(("kept", "found"), [("x.mean()", True), ("2.5", False)])
def test_of_an_aggregate(kept: str, found: bool, build: Build, rows: pd.DataFrame) -> None:
    orders = rows.rename(columns={"event_timestamp": "at"}).assign(x=range(12))
    report = check(build(AGGREGATE.replace("KEPT", kept), ORDERS=orders.astype({"x": "float64"})))
    messages = [p.message for p in report.problems if p.kind == "random"]
    assert len(messages) == found
    assert all("of 5 rows it answers" in message for message in messages)


HEAVY = """
class Model:
    def __deepcopy__(self, memo):
        raise RuntimeError("a model is never copied")

class Holder:
    def __init__(self):
        self.model, self.calls, self.first = Model(), 0, None

    def centred(self, x):
        self.calls += 1
        if self.first is None:
            self.first = KEPT
        return x - self.first

HOLDER = Holder()

def f(x: pd.Series) -> pd.Series:
    return HOLDER.centred(x)
"""


@pytest.mark.parametrize(("kept", "ok"), [("float(x.mean())", False), ("2.5", True)])
def test_what_stands_beside_a_model_is_watched(
    kept: str, ok: bool, build: Build, rows: pd.DataFrame
) -> None:
    assert check(build(HEAVY.replace("KEPT", kept)), rows, "s").ok == ok
