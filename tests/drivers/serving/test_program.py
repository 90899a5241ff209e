"""The straight run over slots: what evaluating the same functions on pandas gives."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from drivers.serving.program import Program
from onedag.errors import FunctionError
from onedag.evaluate import evaluate
from onedag.graph import FunctionGraph, FunctionNode
from onedag.numpy_series import NumpySeries, from_series, to_series

MakeModule = Callable[[str], ModuleType]

FUNCTIONS = '''
import numpy as np
import pandas as pd

def doubled(x: pd.Series) -> pd.Series:
    return x * 2

def length(doubled: pd.Series, k: float) -> pd.Series:
    """Named as the program's own variable is."""
    return doubled + k

def as_array(x: np.ndarray) -> np.ndarray:
    x[x > 2] = 0.0
    return x

def per_row(x: float | None) -> float:
    return 0.0 if x is None else x + 1

def ranked(x: pd.Series) -> pd.Series:
    """Not a function of single rows, but one that a stand-in refuses."""
    return x.rank()

def swallowed(x: pd.Series) -> pd.Series:
    try:
        return x.rank()
    except:
        return x

def as_category(x: pd.Series) -> pd.Series:
    return x.astype("category")

def of_category(as_category: pd.Series, x: pd.Series) -> pd.Series:
    return as_category.cat.codes + x

def table(x: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"a": x, "b": x})

def of_table(table: pd.DataFrame) -> pd.Series:
    return table["a"] + table["b"]

def optional(x: pd.Series, bonus: pd.Series = None) -> pd.Series:
    return x if bonus is None else x + bonus

def nullable(n: pd.Series) -> pd.Series:
    return n / 2

def fails(x: pd.Series) -> pd.Series:
    raise ValueError("no")
'''

ALL = [
    "doubled", "length", "as_array", "per_row", "ranked", "swallowed", "as_category",
    "of_category", "table", "of_table", "optional", "nullable",
]  # fmt: skip
GIVEN = {
    "x": pd.Series([1.0, np.nan, 3.0, -0.0]),
    "n": pd.Series([1, None, 3, 0], dtype="Int64"),
}


@pytest.fixture
def steps(make_module: MakeModule) -> dict[str, FunctionNode]:
    graph = FunctionGraph.from_modules([make_module(FUNCTIONS)])
    return {name: graph[name] for name in graph}


@pytest.mark.parametrize("on_numpy", ["all", "none", "some"])
@pytest.mark.parametrize("rows", [[0, 1, 2, 3], [1], []], ids=["many", "one", "none"])
def test_as_on_pandas(steps: dict[str, FunctionNode], on_numpy: str, rows: list[int]) -> None:
    chosen = {"all": ALL, "none": [], "some": ["length", "of_category", "per_row"]}[on_numpy]
    given = {name: column.take(rows).reset_index(drop=True) for name, column in GIVEN.items()}
    expected: dict[str, Any] = {**given, "k": 0.5}
    evaluate([steps[name] for name in ALL], expected, len(rows))
    program = Program([steps[n] for n in ALL], ["x", "n"], {"k": 0.5}, ALL, frozenset(chosen))
    slots = [from_series(column) for column in given.values()]
    for _ in range(2):  # nothing of a run stays for the next one
        for name, column in zip(ALL, program.run(slots, len(rows)), strict=True):
            if isinstance(expected[name], pd.DataFrame):
                pd.testing.assert_frame_equal(column, expected[name])
            else:
                series = to_series(column) if type(column) is NumpySeries else column
                pd.testing.assert_series_equal(series, expected[name], check_exact=True)


def test_what_raises_raises_what_it_does_on_pandas(steps: dict[str, FunctionNode]) -> None:
    program = Program([steps["fails"]], ["x"], {}, ["fails"], frozenset(["fails"]))
    with pytest.raises(FunctionError, match=r"'fails' of .* raised ValueError: no .*x: float64"):
        program.run([from_series(GIVEN["x"])], 4)


def test_stopping_is_not_an_error_of_a_function(
    steps: dict[str, FunctionNode], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: object, other: object) -> object:
        raise KeyboardInterrupt

    program = Program([steps["doubled"]], ["x"], {}, ["doubled"], frozenset(["doubled"]))
    monkeypatch.setattr(NumpySeries, "__mul__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        program.run([from_series(GIVEN["x"])], 4)


def test_no_column_is_wanted() -> None:
    """As of a service all of whose features are looked up or carried."""
    assert list(Program([], ["x"], {}, [], frozenset()).run([from_series(GIVEN["x"])], 4)) == []


def test_a_fitted_list_is_each_function_s_own(make_module: MakeModule) -> None:
    source = """
import pandas as pd

def one(x: pd.Series, seen: list[float]) -> pd.Series:
    seen.append(1.0)
    return x + len(seen)
"""
    step = FunctionGraph.from_modules([make_module(source)])["one"]
    for on_numpy in (frozenset(["one"]), frozenset[str]()):
        program = Program([step], ["x"], {"seen": [1.0]}, ["one"], on_numpy)
        for _ in range(2):
            [column] = program.run([from_series(pd.Series([1.0]))], 1)
            assert to_series(column).tolist() == [3.0]  # type: ignore[arg-type]
