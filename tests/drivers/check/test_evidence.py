"""What only many rows, one far out, or the last bit show, and what it says of the cause."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from drivers.check import Problem, check
from onedag import Project

Build = Callable[..., Project]


@pytest.fixture
def problem_of(build: Build, rows: pd.DataFrame) -> Callable[[str], Problem]:
    def found(source: str) -> Problem:
        [problem] = check(build(source), rows, "s").problems
        return problem

    return found


def test_a_row_far_out_is_asked_for_alone_too(problem_of: Callable[[str], Problem]) -> None:
    """No value of the sample is an outlier, and the answers for other rows stay False."""
    problem = problem_of(
        "def f(x: pd.Series) -> pd.Series:\n    return (x - x.mean()).abs() > 3.0 * x.std()"
    )
    assert (problem.kind, "a mean looks across rows" in problem.message) == ("row-wise", True)


def test_what_begins_with_a_number_of_rows_is_found_and_counted(
    problem_of: Callable[[str], Problem],
) -> None:
    problem = problem_of(
        "def f(x: pd.Series) -> pd.Series:\n    return x - x.mean() if len(x) > 100 else x"
    )
    assert "among these 101 rows" in problem.message


def test_a_sign_of_zero_counts(problem_of: Callable[[str], Problem]) -> None:
    """With a null among the rows the years are floats, and 0.0 * -1 is -0.0."""
    problem = problem_of(
        "def f(n: pd.Series, event_timestamp: pd.Series, y: pd.Series) -> pd.Series:\n"
        "    w = event_timestamp.where(y.notna())\n"
        "    return ((w.dt.year - 2024) * -n).astype('float64').fillna(7.0)"
    )
    assert "answers -0.0 among these 2 rows, and 0.0 for the row alone" in problem.message
    assert "where another row is null pandas makes floats of integers" in problem.message


def test_rounding_is_told_from_looking_at_other_rows(
    problem_of: Callable[[str], Problem],
) -> None:
    source = "def f(x: pd.Series, n: pd.Series) -> pd.Series:\n"
    source += "    total = np.column_stack([x * 1.37, n * 0.7, x / 3.0]).ravel()\n"
    source += "    return x + (len(total) // 3 - 1) * 1e-15 * x"
    assert "differ in rounding alone" in problem_of(source).message
