"""What an aggregate's function returned, as a value of its annotated type."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from onedag.aggregates import as_scalar, on_empty, on_window
from onedag.errors import FunctionError
from onedag.graph import FunctionNode
from onedag.testing.engines import feature

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("returns", "value", "expected"),
    [
        (float, 1, 1.0),
        (float, np.int64(3), 3.0),
        (float, True, 1.0),
        (float, np.float32(0.5), 0.5),
        (float, float("inf"), float("inf")),
        (float, float("nan"), None),
        (float, pd.NA, None),
        (float, None, None),
        (int, 3.0, 3),
        (int, np.bool_(True), 1),
        (int, -(2**63), -(2**63)),
        (int, 2**63 - 1, 2**63 - 1),
        (int | None, pd.NA, None),
        (bool, np.bool_(False), False),
        (bool | None, None, None),
        (str, np.str_("x"), "x"),
        (str | None, float("nan"), None),
        (datetime | None, pd.NaT, None),
        (datetime, pd.Timestamp("2026-01-01T02:00+02:00"), MOMENT),
        (datetime, pd.Timestamp("2026-01-01"), MOMENT),
    ],
)
def test_values(returns: Any, value: object, expected: object) -> None:
    found = as_scalar(_returning(returns), value)
    assert found == expected
    assert isinstance(found, type(expected))


@pytest.mark.parametrize(
    ("returns", "value"),
    [
        (int, 1.5),
        (int, float("inf")),
        (int, float("-inf")),
        (int, 2.0**63),
        (int, 2**63),
        (int, -(2**63) - 1),
        (int, 1e300),
        (int, float("nan")),
        (int, None),
        (int, "1"),
        (bool, 1),
        (bool, pd.NA),
        (float, "1.0"),
        (float, 10**400),
        (float, pd.Series([1.0])),
        (str, 1),
        (datetime, 0),
        (datetime, "2026-01-01"),
    ],
)
def test_what_the_annotation_does_not_say(returns: Any, value: object) -> None:
    with pytest.raises(FunctionError, match="annotation"):
        as_scalar(_returning(returns), value)


def test_an_empty_window_has_the_dtypes_of_a_full_one() -> None:
    def dtypes(a: pd.Series, b: pd.Series) -> str:
        return f"{a.dtype} {b.dtype} {len(a)}"

    node = feature(dtypes, None).node
    assert node is not None
    columns = {"a": pd.Series([1, None], dtype="Int64"), "b": pd.Series(["x", None], dtype="str")}
    assert on_window(node, columns) == "Int64 str 2"
    assert on_empty(node, columns) == "Int64 str 0"


def test_an_error_names_the_function_and_what_it_was_given() -> None:
    def broken(a: pd.Series) -> float:
        return a.nonsense

    node = feature(broken, None).node
    assert node is not None
    with pytest.raises(FunctionError, match=r"broken.*AttributeError.*given a: int64"):
        on_window(node, {"a": pd.Series([1])})


def _returning(returns: Any) -> FunctionNode:
    def function(a: pd.Series) -> Any: ...

    function.__annotations__["return"] = returns
    node = feature(function, None).node
    assert node is not None
    return node
