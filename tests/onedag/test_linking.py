"""What a function of single values is, and which annotations go together along an edge."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from types import ModuleType

import pytest
from hamilton import driver

from onedag.errors import InvalidDefinition
from onedag.graph import AnyForm, FunctionGraph, Kind

MakeModule = Callable[..., ModuleType]
GraphOf = Callable[[str], FunctionGraph]

HEAD = """
import numpy as np
import numpy.typing as npt
import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

class Colour(StrEnum):
    RED = "red"
"""


@pytest.fixture
def graph_of(make_module: MakeModule) -> GraphOf:
    def make(source: str) -> FunctionGraph:
        return FunctionGraph.from_modules(
            [make_module(HEAD + textwrap.dedent(source), preamble=True)]
        )

    return make


PER_ROW = {
    "an input from outside": "def f(x: float) -> float: ...",
    "several": "def f(x: int, y: str | None) -> bool: ...",
    "the row's time": "def f(event_timestamp: datetime) -> int: ...",
    "a default beside it": "def f(x: float, y: float = 1.8) -> float: ...",
    "a row function": "def g(x: pd.Series) -> pd.Series: ...\ndef f(g: float) -> float: ...",
    "an array": "def g(x: np.ndarray) -> np.ndarray: ...\ndef f(g: float) -> float: ...",
    "another one, defined later": "def f(g: float) -> str: ...\ndef g(x: int) -> int: ...",
    "a stored feature": """
        @aggregate(orders, by=user, over="1d")
        def g(amount: pd.Series) -> float: ...
        def f(g_1d: float) -> float: ...
        """,
    "a fitted value beside a column": """
        def g(x: pd.Series) -> float: ...
        def f(x: float, g: float) -> float: ...
        """,
    "any fitted value": """
        def g(x: pd.Series) -> dict[str, float]: ...
        def f(x: str, g: dict[str, float]) -> float: ...
        """,
    "an Annotated, a Literal": "def f(x: Annotated[float, 'm'], y: Literal['a']) -> float: ...",
    "an Enum, a UUID, a date": "def f(x: Colour, y: uuid.UUID, z: date) -> Colour | None: ...",
}
FITTED = {
    "of nothing": "def f() -> float: ...",
    "of a fitted value": "def g(x: pd.Series) -> float: ...\ndef f(g: float) -> float: ...",
    "of a column": "def f(x: pd.Series) -> float: ...",
    "of an array": "def f(x: np.ndarray) -> float: ...",
    "of a column and one value": "def f(x: pd.Series, y: float = 1.0) -> float: ...",
    "of defaults": "def f(x: float = 2.0) -> float: ...",
    "that no column could hold": "def f(x: float) -> dict[str, float]: ...",
    "of what is no single value": "def f(x: list) -> float: ...",
    "of anything": "def f(x: Any) -> float: ...",
}


@pytest.mark.parametrize("source", PER_ROW.values(), ids=PER_ROW)
def test_a_function_of_single_values_of_a_row_is_a_row_function(
    graph_of: GraphOf, source: str
) -> None:
    node = graph_of(source)["f"]
    assert (node.kind, node.per_row) == (Kind.ROW, True)


@pytest.mark.parametrize("source", FITTED.values(), ids=FITTED)
def test_any_other_is_fitted(graph_of: GraphOf, source: str) -> None:
    node = graph_of(source)["f"]
    assert (node.kind, node.per_row) == (Kind.FITTED, False)


def test_a_function_of_columns_is_not_called_for_each_row(graph_of: GraphOf) -> None:
    graph = graph_of("def f(x: pd.Series) -> pd.Series: ...\ndef g(x: float) -> float: ...")
    assert [node.per_row for node in graph.values()] == [False, True]


def test_the_newest_value_of_single_values(graph_of: GraphOf) -> None:
    node = graph_of("@latest(orders, by=user)\ndef f(amount: float) -> bool: ...")["f"]
    assert (node.kind, node.per_row, node.returns) == (Kind.LATEST, True, bool)


FIT = {
    "forms of one input": """
        def a(x: pd.Series) -> pd.Series: ...
        def b(x: np.ndarray) -> np.ndarray: ...
        def c(x: npt.NDArray[np.float64]) -> pd.Series: ...
        def d(x: Annotated[pd.Series, 'm']) -> pd.Series: ...
        def e(x: float) -> float: ...
        def f(x: int | None) -> int: ...
        """,
    "forms along edges": """
        def a(x: float) -> float: ...
        def b(a: np.ndarray) -> np.ndarray: ...
        def c(b: pd.Series) -> pd.Series: ...
        def d(c: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]: ...
        def e(d: np.ndarray, c: np.ndarray) -> np.ndarray: ...
        def f(e: float | None, a: float) -> float: ...
        def g(a: pd.Series) -> pd.Series: ...
        """,
    "an integer is a float": "def a(x: int) -> int: ...\ndef b(a: float) -> float: ...",
    "none is left out": "def a(x: int) -> int | None: ...\ndef b(a: int) -> int: ...",
    "a day is a time": "def a(x: date) -> date: ...\ndef b(a: datetime) -> int: ...",
    "a stored array": """
        @latest(orders, by=user)
        def a(amount: np.ndarray) -> np.ndarray: ...
        def b(a: float) -> float: ...
        def c(a: np.ndarray) -> pd.Series: ...
        """,
    "what is aggregated": """
        def late(amount: float) -> bool: ...
        @aggregate(orders, by=user)
        def a(late: pd.Series) -> float: ...
        """,
    "an optional number": """
        def a(x: pd.Series, by: int = 2) -> pd.Series: ...
        def b(x: float, by: float = 2.0) -> float: ...
        """,
    "a fitted value of a fitted value": """
        def a(x: pd.Series) -> float: ...
        def b(a: float) -> float: ...
        def c(x: float, b: float | None) -> float: ...
        """,
    "anything": "def a(x: float) -> float: ...\ndef b(a: Any) -> dict: ...",
}


@pytest.mark.parametrize("source", FIT.values(), ids=FIT)
def test_what_goes_together(graph_of: GraphOf, source: str) -> None:
    assert len(graph_of(source))


MISFITS = {
    "a fitted value as a column": (
        """
        def a(x: pd.Series) -> float: ...
        def b(a: pd.Series) -> pd.Series: ...
        """,
        r"'b' .* takes 'a' as Series, and function 'a' .* is one fitted value, float\.",
    ),
    "as an array, through another": (
        """
        def a(x: pd.Series) -> float: ...
        def b(a: float) -> float: ...
        def c(b: np.ndarray) -> np.ndarray: ...
        """,
        r"'c' .* takes 'b' as ndarray, and function 'b' .* is one fitted value, float\.",
    ),
    "a fitted value of another type": (
        "def a(x: pd.Series) -> float: ...\ndef b(x: float, a: str) -> float: ...",
        r"'b' .* takes 'a' as str, and function 'a' .* is one fitted value, float\.",
    ),
    "a value of each row of another type": (
        "def a(x: float) -> float: ...\ndef b(a: str) -> str: ...",
        r"'b' .* takes 'a' as str, and function 'a' .* is called for each row and returns float\.",
    ),
    "a float as an integer": (
        "def a(x: float) -> float: ...\ndef b(a: int) -> int: ...",
        r"'b' .* takes 'a' as int, and .* returns float\.",
    ),
    "a table": (
        "def a(x: float) -> float: ...\ndef b(a: pd.DataFrame) -> pd.Series: ...",
        r"'b' .* takes 'a' as DataFrame, and function 'a' .* returns float\.",
    ),
    "a table as a column": (
        "def a(x: pd.Series) -> pd.DataFrame: ...\ndef b(a: pd.Series) -> pd.Series: ...",
        r"'b' .* takes 'a' as Series, and function 'a' .* returns DataFrame\.",
    ),
    "a table as one value": (
        "def a(x: pd.Series) -> pd.DataFrame: ...\ndef b(a: float) -> float: ...",
        r"'b' .* takes 'a' as float, and function 'a' .* returns DataFrame\.",
    ),
    "one value in a function of columns": (
        "def a(x: float) -> float: ...\ndef b(a: float, x: pd.Series) -> pd.Series: ...",
        r"'b' .* takes 'a' as float, and function 'a' .* is called for each row",
    ),
    "an aggregate as text": (
        """
        @aggregate(orders, by=user)
        def a(amount: pd.Series) -> float: ...
        def b(a: str) -> str: ...
        """,
        r"'b' .* takes 'a' as str, and function 'a' .* is a stored feature, .* returns: float\.",
    ),
    "a dict of a column": (
        "def a(x: float) -> float: ...\ndef b(a: dict) -> float: ...",
        r"'b' .* takes 'a' as dict",
    ),
    "an input as text and a number": (
        "def a(x: float) -> float: ...\ndef b(x: str) -> str: ...",
        r"'a' .* wants a value of each row \(double\), function 'b' .* \(string\)",
    ),
    "an input as a table and a column": (
        "def a(x: pd.DataFrame) -> pd.Series: ...\ndef b(x: pd.Series) -> pd.Series: ...",
        r"'a' .* wants a table, function 'b' .* wants a column",
    ),
    "an input as a table and each of its values": (
        "def a(x: pd.DataFrame) -> pd.Series: ...\ndef b(x: float) -> float: ...",
        r"'a' .* wants a table, function 'b' .* wants a value of each row",
    ),
    "an input as a column and one value": (
        "def a(x: np.ndarray) -> pd.Series: ...\ndef b(y: pd.Series, x: int = 1) -> pd.Series: ...",
        r"'a' .* wants a column, function 'b' .* wants one value \(int64\)",
    ),
    "an input as a list and a column": (
        "def a(x: list) -> float: ...\ndef b(x: pd.Series) -> pd.Series: ...",
        r"'a' .* wants something else \(list\)",
    ),
}


@pytest.mark.parametrize(("source", "message"), MISFITS.values(), ids=MISFITS)
def test_what_does_not(graph_of: GraphOf, source: str, message: str) -> None:
    with pytest.raises(InvalidDefinition, match=f"don't fit together: .*{message}.*agree") as error:
        graph_of(source)
    assert "hamilton" not in str(error.value).lower()


def test_hamilton_s_own_driver_loads_what_mixes_no_forms(make_module: MakeModule) -> None:
    module = make_module("def a(x: float) -> float: return x + 1\ndef b(a: float) -> bool: ...")
    hamilton = driver.Builder().with_modules(module).build()
    assert hamilton.execute(["a"], inputs={"x": 1.0}) == {"a": 2.0}


def test_and_what_does_with_an_adapter(make_module: MakeModule) -> None:
    module = make_module("def a(x: float) -> float: ...\ndef b(a: pd.Series) -> pd.Series: ...")
    with pytest.raises(ValueError, match="expecting a"):
        driver.Builder().with_modules(module).build()
    hamilton = driver.Builder().with_modules(module).with_adapters(AnyForm()).build()
    assert {v.name for v in hamilton.list_available_variables()} == {"x", "a", "b"}


def test_hamilton_s_modifiers_of_single_values(graph_of: GraphOf) -> None:
    graph = graph_of(
        """
        from hamilton.function_modifiers import parameterize, pipe_input, source, step, value

        @parameterize(twice={"x": source("y"), "by": value(2)})
        def times(x: float, by: int) -> float:
            return x * by

        def _plus(x: float, n: int) -> float:
            return x + n

        @pipe_input(step(_plus, n=1))
        def piped(y: float) -> float:
            return y * 10
        """
    )
    assert {name for name, node in graph.items() if node.per_row} == set(graph)
    assert graph["twice"].function(y=3.0) == 6.0
