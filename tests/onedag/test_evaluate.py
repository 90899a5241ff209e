from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from onedag.errors import FunctionError
from onedag.evaluate import arguments, call, evaluate
from onedag.graph import FunctionGraph, FunctionNode

MakeModule = Callable[..., ModuleType]


@pytest.fixture
def node(make_module: MakeModule) -> Callable[[str], FunctionNode]:
    def make(source: str) -> FunctionNode:
        text = f"import numpy as np, numpy.typing as npt\nfrom typing import Annotated\n{source}"
        graph = FunctionGraph.from_modules([make_module(text)])
        return graph["f"]

    return make


Make = Callable[[str], FunctionNode]


def evaluated(step: FunctionNode, x: Any) -> Any:
    columns = {"x": x}
    evaluate([step], columns, len(x))
    return columns["f"]


def test_steps_see_what_earlier_steps_gave(make_module: MakeModule) -> None:
    graph = FunctionGraph.from_modules(
        [
            make_module(
                """
                def a(x: pd.Series) -> pd.Series: return x + 1
                def b(a: pd.Series, mean: float) -> pd.Series: return a * mean
                """
            )
        ]
    )
    columns: dict[str, Any] = {"x": pd.Series([1, 2]), "mean": 10.0}
    evaluate([graph["a"], graph["b"]], columns, 2)
    assert list(columns) == ["x", "mean", "a", "b"]
    assert columns["b"].tolist() == [20.0, 30.0]


def test_no_rows_are_rows(node: Make) -> None:
    result = evaluated(
        node("def f(x: pd.Series) -> pd.Series: return x + 1"), pd.Series([], dtype=int)
    )
    assert len(result) == 0
    assert result.dtype == np.int64


@pytest.mark.parametrize(
    ("body", "returned"),
    [
        ("x.dropna()", 2),
        ("x.head(1)", 1),
        ("pd.concat([x, x])", 6),
        ("x.to_numpy()[:2]", 2),
        ("pd.DataFrame({'a': x}).dropna()", 2),
    ],
)
def test_another_number_of_rows(node: Make, body: str, returned: int) -> None:
    step = node(f"def f(x: pd.Series) -> pd.Series: return {body}")
    with pytest.raises(FunctionError) as caught:
        evaluated(step, pd.Series([2.0, np.nan, 1.0]))
    assert str(caught.value).startswith(
        f"Function 'f' of made_module_0 got 3 rows and returned {returned}."
    )


@pytest.mark.parametrize(
    "body",
    [
        "x.sort_values()",
        "x[::-1]",
        "x.set_axis([1, 2, 3])",
        "x.set_axis(['a', 'b', 'c'])",
        "pd.DataFrame({'a': x}).sort_values('a')",
    ],
)
def test_another_order_or_index(node: Make, body: str) -> None:
    step = node(f"def f(x: pd.Series) -> pd.Series: return {body}")
    with pytest.raises(
        FunctionError, match="'f' of made_module_0 returned the rows in another ord"
    ):
        evaluated(step, pd.Series([2.0, 3.0, 1.0]))


@pytest.mark.parametrize(
    ("body", "shown"),
    [("1.0", "float"), ("None", "NoneType"), ("list(x)", "list"), ("np.zeros((3, 1))", "ndarray")],
)
def test_what_is_no_column(node: Make, body: str, shown: str) -> None:
    step = node(f"def f(x: pd.Series) -> pd.Series: return {body}")
    with pytest.raises(FunctionError, match=f"is annotated as a column and returned {shown}"):
        evaluated(step, pd.Series([1, 2, 3]))


def test_an_array_becomes_a_column(node: Make) -> None:
    step = node("def f(x: np.ndarray) -> np.ndarray: return x * 2")
    pd.testing.assert_series_equal(evaluated(step, pd.Series([1, 2])), pd.Series([2, 4]))


@pytest.mark.parametrize(
    "annotation", ["np.ndarray", "npt.NDArray[np.float64]", "Annotated[np.ndarray, 'miles']"]
)
@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pd.Series([1, 2]), np.array([1, 2])),
        (pd.Series([True, False]), np.array([True, False])),
        (pd.Series([1.0, np.nan], dtype="float32"), np.array([1.0, np.nan], np.float32)),
        (pd.Series([1, 2], dtype="Int64"), np.array([1.0, 2.0])),
        (pd.Series([1, None], dtype="Int64"), np.array([1.0, np.nan])),
        (pd.Series([True, None], dtype="boolean"), np.array([1.0, np.nan])),
        (pd.Series([True, False], dtype="boolean"), np.array([1.0, 0.0])),
        (pd.Series(["a", "b"], dtype="str"), np.array(["a", "b"], object)),
        (pd.Series(["a", None], dtype="str"), np.array(["a", None], object)),
        (
            pd.Series(pd.to_datetime(["2024-01-01 12:00", None], utc=True).as_unit("us")),
            np.array(["2024-01-01T12", "NaT"], "M8[us]"),
        ),
        (
            pd.Series(pd.to_timedelta(["1s", None]).as_unit("us")),
            np.array([1_000_000, "NaT"], "m8[us]"),
        ),
    ],
)
def test_what_a_function_of_arrays_is_given(
    node: Make, annotation: str, column: pd.Series, expected: np.ndarray
) -> None:
    step = node(f"def f(x: {annotation}) -> pd.Series: ...")
    given = arguments(step, {"x": column})["x"]
    assert isinstance(given, np.ndarray)
    # The dtype of a nullable column doesn't depend on whether a null is among the rows.
    assert given.dtype == expected.dtype
    np.testing.assert_array_equal(given, expected)


@pytest.mark.parametrize(
    ("column", "body", "dtype"),
    [
        (pd.Series(["a", None], dtype="str"), "x", "str"),
        (pd.Series(pd.to_datetime(["2024-01-01", None], utc=True)), "x", "datetime64[us, UTC]"),
        (pd.Series([1, None], dtype="Int64"), "x", "float64"),
        (pd.Series([1, 2]), "x > 1", "bool"),
        (pd.Series([1, 2]), "x.astype('M8[ns]')", "datetime64[us, UTC]"),
        (pd.Series([1, 2]), "x.astype('m8[s]')", "timedelta64[us]"),
        (pd.Series([1, 2]), "x.astype('U')", "str"),
    ],
)
def test_what_a_function_of_arrays_gives(
    node: Make, column: pd.Series, body: str, dtype: str
) -> None:
    step = node(f"def f(x: np.ndarray) -> np.ndarray: return {body}")
    result = evaluated(step, column.astype(column.dtype))
    assert str(result.dtype) == dtype
    if body == "x":
        assert result.isna().tolist() == column.isna().tolist()


@pytest.mark.parametrize("far", [2**53 + 1, -(2**53) - 1, -(2**63), 2**63 - 1])
def test_an_array_of_integers_that_no_float_holds_is_refused(node: Make, far: int) -> None:
    step = node("def f(x: np.ndarray) -> np.ndarray: return x")
    with pytest.raises(FunctionError, match=r"Input 'x' of 'f' is a nullable integer .*2\*\*53"):
        evaluated(step, pd.Series([far, None], dtype="Int64"))


def test_an_array_of_two_dimensions_is_no_column(node: Make) -> None:
    step = node("def f(x: np.ndarray) -> np.ndarray: return x.reshape(-1, 1)")
    with pytest.raises(FunctionError, match=r"returned ndarray of shape \(2, 1\)\. Return a pd"):
        evaluated(step, pd.Series([1, 2]))


def test_a_function_may_write_into_its_array(node: Make) -> None:
    step = node("def f(x: np.ndarray) -> np.ndarray:\n    x[:] = x[:1]\n    return x")
    times = pd.Series(pd.to_datetime(["2024-01-01", "2025-01-01"], utc=True).as_unit("us"))
    for column in (pd.Series([1.0, 2.0]), pd.Series(["a", "b"], dtype="str"), times):
        before = column.copy()
        assert evaluated(step, column).nunique() == 1
        pd.testing.assert_series_equal(column, before)


def test_a_fitted_array_is_left_alone(node: Make) -> None:
    step = node("def f(x: list, y: pd.Series) -> pd.Series: ...")
    assert arguments(step, {"x": [1], "y": 2}) == {"x": [1], "y": 2}


def test_an_optional_input_that_is_not_there_keeps_its_default(node: Make) -> None:
    step = node("def f(x: pd.Series, by: float = 3.0) -> pd.Series: return x * by")
    assert evaluated(step, pd.Series([1.0])).tolist() == [3.0]
    assert call(step, {"x": pd.Series([1.0]), "by": 5.0}).tolist() == [5.0]
    assert arguments(step, {"x": 1, "by": None, "other": 2}) == {"x": 1, "by": None}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("1 + 'a'", "raised TypeError: "),
        ("{}['key']", "raised KeyError: 'key'"),
        ("next(iter([]))", "raised StopIteration: "),
        ("pd.no_such_thing", "raised AttributeError: "),
    ],
)
def test_a_function_that_raises_is_named_with_what_it_was_given(
    node: Make, body: str, said: str
) -> None:
    step = node(f"def f(x: pd.Series, n: int = 3) -> pd.Series: return {body}")
    with pytest.raises(FunctionError) as caught:
        call(step, {"x": pd.Series([1], dtype="Int64"), "n": 4})
    assert str(caught.value).startswith(f"Function 'f' of made_module_0 {said}")
    assert str(caught.value).endswith("(it was given x: Int64, n: int).")
    assert caught.value.__cause__ is not None


def test_what_stops_a_program_is_not_caught(node: Make) -> None:
    step = node("def f(x: pd.Series) -> pd.Series: raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        call(step, {"x": pd.Series([1])})
