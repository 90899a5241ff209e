"""Targets, and the comparison of answers: a benchmark of different work compares nothing."""

from __future__ import annotations

import pyarrow as pa
import pytest

from benchmarks.agreement import compare
from benchmarks.report import Target

LEFT = pa.table({"row": [0, 1, 2], "x": [1.0, None, 3.0], "s": ["a", None, "c"]})


@pytest.mark.parametrize(
    ("value", "at_most", "reached"),
    [(1.5, True, True), (1.6, True, False), (1.5, False, True), (1.4, False, False)],
)
def test_a_bound_itself_is_good_enough(value: float, at_most: bool, reached: bool) -> None:
    assert Target("ratio", value, 1.5, at_most).reached is reached


def test_what_was_not_measured_is_neither_reached_nor_missed() -> None:
    assert Target("ratio", None, 1.5).reached is None


def test_order_does_not_matter_and_nan_is_null() -> None:
    right = pa.table({"row": [2, 0, 1], "x": [3.0, 1.0, float("nan")], "s": ["c", "a", None]})
    assert compare("both", LEFT, right).differing == 0
    assert compare("both", LEFT, right).compared == 6


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("x", [1.0, None, 3.1]),
        ("x", [1.0, 2.0, 3.0]),
        ("s", ["a", "b", "c"]),
        ("s", ["a", None, "d"]),
        ("row", [0, 1, 3]),
    ],
)
def test_a_cell_that_differs_is_counted(column: str, values: list[object]) -> None:
    position = LEFT.column_names.index(column)
    right = LEFT.set_column(position, column, pa.array(values))
    assert compare("both", LEFT, right).differing == 1


def test_a_lost_row_is_counted() -> None:
    assert compare("both", LEFT, LEFT.slice(1)).differing == 1


def test_the_tolerance_is_relative() -> None:
    right = LEFT.set_column(1, "x", pa.array([1.0, None, 3.0 * (1 + 1e-7)]))
    assert compare("both", LEFT, right).differing == 1
    assert compare("both", LEFT, right, tolerance=1e-6).differing == 0
