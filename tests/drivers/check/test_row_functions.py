"""Each usual mistake is caught by name, and the same thing done right passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import pytest

from drivers.check import check
from onedag import Project

Build = Callable[..., Project]


@dataclass(frozen=True)
class Case:
    """A function that is wrong, what is said of it, and one that is right.

    Attributes:
        wrong: source of the function ``f``.
        kind: of the problem.
        said: parts of the message: the smallest example, the cause and the cure.
        right: source of the function ``f`` (and others) that does it right.
    """

    wrong: str
    kind: str
    said: tuple[str, ...]
    right: str


MEAN = """
def x_mean(x: pd.Series) -> float:
    return x.mean()

def f(x: pd.Series, x_mean: float) -> pd.Series:
    return x - x_mean
"""
DEVIATION = MEAN.replace("mean", "std").replace("x - ", "x / ")
CASES = {
    "get_dummies": Case(
        "def f(colour: pd.Series) -> pd.Series: return pd.get_dummies(colour)['red']",
        "row-wise",
        ("for (colour='blue')", "get_dummies makes columns of the values", "`x == value`"),
        "def f(colour: pd.Series) -> pd.Series: return colour == 'red'",
    ),
    "mean": Case(
        "def f(x: pd.Series) -> pd.Series: return x - x.mean()",
        "row-wise",
        ("(x=0.0); (x=1.0)", "for the row alone", "a mean looks across rows", "`-> float`"),
        MEAN,
    ),
    "std": Case(
        "def f(x: pd.Series) -> pd.Series: return x / x.std()",
        "row-wise",
        ("null for the row alone", "a deviation looks across rows", "`-> float`"),
        DEVIATION,
    ),
    "a maximum that clips": Case(
        "def f(x: pd.Series) -> pd.Series: return x.clip(upper=x.max() / 2)",
        "row-wise",
        ("among these 2 rows", "a maximum looks across rows", "@aggregate"),
        "def f(x: pd.Series) -> pd.Series: return x.clip(upper=2.0)",
    ),
    "rank": Case(
        "def f(x: pd.Series) -> pd.Series: return x.rank()",
        "row-wise",
        ("(x=0.0); (x=0.0)", "a rank depends on the other rows", "thresholds"),
        "def f(x: pd.Series) -> pd.Series: return (x > 1.0) * 1 + (x > 2.0) * 1",
    ),
    "shift": Case(
        "def f(x: pd.Series) -> pd.Series: return x.shift(1)",
        "row-wise",
        ("null for the row alone", "shift takes another row's value", "@latest"),
        "def f(x: pd.Series) -> pd.Series: return x",
    ),
    "ffill": Case(
        "def f(y: pd.Series) -> pd.Series: return y.ffill()",
        "row-wise",
        ("for (y=null)", "null for the row alone", "ffill takes another row's value", "fillna()"),
        "def f(y: pd.Series) -> pd.Series: return y.fillna(0.0)",
    ),
    "a null filled with the mean": Case(
        "def f(y: pd.Series) -> pd.Series: return y.fillna(y.mean())",
        "row-wise",
        ("for (y=null)", "a mean looks across rows"),
        "def f(y: pd.Series) -> pd.Series: return y.fillna(1.0)",
    ),
    "sort_values": Case(
        "def f(x: pd.Series) -> pd.Series: return x.sort_values()",
        "row-wise",
        ("another order", "(x=", "sort_values changes the order of rows", "leave the rows"),
        "def f(x: pd.Series) -> pd.Series: return x + 1.0",
    ),
    "sort_values with a new index": Case(
        "def f(x: pd.Series) -> pd.Series: return x.sort_values(ignore_index=True)",
        "row-wise",
        ("among these 2 rows", "sort_values changes the order of rows"),
        "def f(x: pd.Series) -> pd.Series: return x.reset_index(drop=True)",
    ),
    "dropped rows": Case(
        "def f(y: pd.Series) -> pd.Series: return y.dropna()",
        "row-wise",
        ("keeps the rows", "(y=null)", "dropna drops rows", "fillna()"),
        "def f(y: pd.Series) -> pd.Series: return y.where(y > 0.0)",
    ),
    "the index": Case(
        "def f(x: pd.Series) -> pd.Series: return x + x.index",
        "index",
        ("among these 2 rows", "the index only counts the rows in hand", "as a column"),
        "def f(x: pd.Series) -> pd.Series: return pd.Series(x.to_numpy(), index=x.index)",
    ),
    "a label": Case(
        "def f(x: pd.Series) -> pd.Series: return x - x.loc[0]",
        "index",
        ("among these 2 rows", "the index only counts the rows in hand"),
        "def f(x: pd.Series) -> pd.Series: return x.loc[:] * 2.0",
    ),
    "the number of rows": Case(
        "def f(x: pd.Series) -> pd.Series: return x + len(x)",
        "row-wise",
        ("answers 2.0 among these 2 rows, and 1.0", "the number of rows is that of a chunk"),
        "def f(x: pd.Series) -> pd.Series: return pd.Series(np.ones(len(x)), dtype='float64')",
    ),
    "numbered rows": Case(
        "def f(x: pd.Series) -> pd.Series: return pd.Series(np.arange(len(x)))",
        "row-wise",
        ("answers 1 among these 2 rows, and 0 for the row alone",),
        "def f(x: pd.Series) -> pd.Series: return pd.Series(np.zeros(len(x), np.int64))",
    ),
    "a running total": Case(
        "def f(x: pd.Series) -> pd.Series: return x.cumsum()",
        "row-wise",
        ("a running total", "@aggregate"),
        "def f(x: pd.Series) -> pd.Series: return x * 2.0",
    ),
    "bins of what is seen": Case(
        "def f(x: pd.Series) -> pd.Series: return pd.cut(x, 3).astype('str')",
        "row-wise",
        ("cut chooses bins by the values it sees", "the edges"),
        "def f(x: pd.Series) -> pd.Series: return (x > 2.0) * 1",
    ),
    "a mean of an array": Case(
        "def f(x: np.ndarray) -> np.ndarray: return x - x.mean()",
        "row-wise",
        ("(x=0.0); (x=1.0)", "a mean looks across rows"),
        "def f(x: np.ndarray) -> np.ndarray: return x - 1.0",
    ),
    "through a helper": Case(
        "def _centred(v): return v - v.mean()\n"
        "def f(x: pd.Series) -> pd.Series: return _centred(x)",
        "row-wise",
        ("a mean looks across rows",),
        "def _halved(v): return v / 2\ndef f(x: pd.Series) -> pd.Series: return _halved(x)",
    ),
    "a dtype when a row is null": Case(
        "def f(y: pd.Series) -> pd.Series:\n"
        "    return y.round() if y.isna().any() else y.round().astype('int64')",
        "dtype",
        ("(y=null)", "float64", "int64", "the dtype from the values", "astype()"),
        "def f(y: pd.Series) -> pd.Series: return y.astype('float64')",
    ),
    "a dtype of what a mapping lacks": Case(
        "def f(colour: pd.Series) -> pd.Series: return colour.map({'red': 1, 'blue': 2})",
        "dtype",
        ("it returns float64", "int64 for it alone", "astype()"),
        "def f(colour: pd.Series) -> pd.Series:\n"
        "    return colour.map({'red': 1, 'blue': 2}).astype('float64')",
    ),
    "it can't do with a null": Case(
        "def f(y: pd.Series) -> pd.Series: return y.astype('int64')",
        "raises",
        ("(y=null)", "IntCastingNaNError"),
        "def f(y: pd.Series) -> pd.Series: return y.fillna(0.0).astype('int64')",
    ),
    "a column written to": Case(
        "def f(x: pd.Series) -> pd.Series:\n    x[x > 1.0] = 1.0\n    return x",
        "mutation",
        ("writes into its input 'x'", "(x=2.0)", "x.copy()"),
        "def f(x: pd.Series) -> pd.Series:\n    x = x.copy()\n    x[x > 1.0] = 1.0\n    return x",
    ),
    "an array written to": Case(
        "def f(x: np.ndarray) -> np.ndarray:\n    x += 1.0\n    return x",
        "mutation",
        ("writes into its input 'x'", "x.copy()"),
        "def f(x: np.ndarray) -> np.ndarray:\n    return x + 1.0",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_mistake_is_named_with_its_cause_and_cure(
    build: Build, rows: pd.DataFrame, case: Case
) -> None:
    report = check(build(case.wrong), rows)
    [problem] = report.problems
    assert (problem.function, problem.kind) == ("f", case.kind), problem
    for part in case.said:
        assert part in problem.message, problem.message
    assert "Cure: " in problem.message or case.kind == "raises"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_same_done_right_passes(build: Build, rows: pd.DataFrame, case: Case) -> None:
    report = check(build(case.right), rows)
    assert report.ok, str(report)
    assert "f" in report.checked


def test_the_example_has_plain_values_and_two_rows(build: Build, rows: pd.DataFrame) -> None:
    source = "def f(x: pd.Series, n: pd.Series) -> pd.Series: return n - x.mean()"
    [problem] = check(build(source), rows.assign(x=rows["x"] + 0.125)).problems
    assert "(x=0.0, n=0); (x=1.0, n=0)" in problem.message


def test_an_example_of_three_rows_when_two_are_not_enough(build: Build, rows: pd.DataFrame) -> None:
    source = "def f(x: pd.Series) -> pd.Series: return x + (len(x) >= 3)"
    [problem] = check(build(source), rows).problems
    assert "among these 3 rows" in problem.message


def test_what_only_shows_for_a_value_far_out(build: Build, rows: pd.DataFrame) -> None:
    source = "def f(x: pd.Series) -> pd.Series: return x * (x.max() < 100.0)"
    [problem] = check(build(source), rows).problems
    assert problem.kind == "row-wise"
    assert "a maximum looks across rows" in problem.message


def test_a_null_where_the_spine_has_none(build: Build, rows: pd.DataFrame) -> None:
    source = "def f(y: pd.Series) -> pd.Series: return y.fillna(0.0) + y.isna().any()"
    [problem] = check(build(source), rows.assign(y=1.0)).problems
    assert (problem.function, problem.kind) == ("f", "row-wise")
    assert "y=null" in problem.message


@pytest.mark.parametrize("body", ["y.ffill()", "y.fillna(y.mean())", "y.interpolate()"])
def test_a_null_filled_from_other_rows_where_the_spine_has_none(
    build: Build, rows: pd.DataFrame, body: str
) -> None:
    project = build(f"def f(y: pd.Series) -> pd.Series: return {body}")
    [problem] = check(project, rows.assign(y=[float(n) for n in range(12)])).problems
    assert (problem.function, problem.kind) == ("f", "row-wise")
    assert "for (y=null) it answers" in problem.message


def test_a_field_that_may_not_be_null_is_not_made_null(build: Build, rows: pd.DataFrame) -> None:
    source = "def f(x: pd.Series) -> pd.Series: return x.astype('int64')"
    assert check(build(source), rows).ok


def test_what_fails_without_rows_is_a_warning(build: Build, rows: pd.DataFrame) -> None:
    source = (
        "def f(x: pd.Series) -> pd.Series:\n"
        "    '''Twice x.'''\n"
        "    return pd.Series(np.vectorize(lambda v: 2 * v)(x))"
    )
    report = check(build(source), rows)
    assert report.ok
    [warning] = [w for w in report.warnings if w.kind == "raises"]
    assert "without rows" in warning.message


def test_a_table_whose_columns_depend_on_the_rows(build: Build, rows: pd.DataFrame) -> None:
    source = """
from hamilton.function_modifiers import extract_columns

@extract_columns("red")
def colours(colour: pd.Series) -> pd.DataFrame:
    return pd.get_dummies(colour)
"""
    [problem] = check(build(source, "red"), rows).problems
    assert (problem.function, problem.kind) == ("colours", "row-wise")
    assert "its columns are" in problem.message
