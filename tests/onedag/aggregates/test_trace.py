"""What the tracer takes for a reduction, and what it must not."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from onedag.aggregates import evaluate, reductions, trace

FACTOR = np.float64(0.5)
ONE = [1]

RECOGNISED: dict[str, Callable[..., Any]] = {
    "a.sum()": lambda a, b: a.sum(),
    "a.mean()": lambda a, b: a.mean(),
    "a.count()": lambda a, b: a.count(),
    "a.any()": lambda a, b: a.any(),
    "a.isna().all()": lambda a, b: a.isna().all(),
    "a.notna().min()": lambda a, b: a.notna().min(),
    "abs((-a)).max()": lambda a, b: (-a).abs().max(),
    "abs(a).max()": lambda a, b: abs(a).max(),
    "(~a).sum()": lambda a, b: (~a).sum(),
    "(a > b).mean()": lambda a, b: (a > b).mean(),
    "(a > <3>).mean()": lambda a, b: (a > 3).mean(),
    "(<3> - a).sum()": lambda a, b: (3 - a).sum(),
    "(<True> & a).sum()": lambda a, b: (True & a).sum(),
    "(a == <'x'>).sum()": lambda a, b: (a == "x").sum(),
    "(a == <1>).sum()": lambda a, b: (a == 1).sum(),
    "(a == <1.0>).sum()": lambda a, b: (a == 1.0).sum(),
    "(a * <np.float64(0.5)>).sum()": lambda a, b: (a * FACTOR).sum(),
    "a.fillna(<0>).sum()": lambda a, b: a.fillna(0).sum(),
    "a.fillna(b).sum()": lambda a, b: a.fillna(b).sum(),
    "((a < b) | (a != <2>)).mean()": lambda a, b: ((a < b) | (a != 2)).mean(),
}

OTHERWISE: dict[str, Callable[..., Any]] = {
    "iloc": lambda a: a.iloc[-1],
    "median": lambda a: a.median(),
    "an option": lambda a: a.sum(min_count=1),
    "an option by position": lambda a: a.sum(0),
    "an option of fillna": lambda a: a.fillna(0, limit=1).sum(),
    "fillna with nothing": lambda a: a.fillna().sum(),
    "fillna with a mean": lambda a: a.fillna(a.mean()).sum(),
    "an option of isna": lambda a: a.isna(1).sum(),
    "a mask": lambda a: a[a > 0].sum(),
    "a constant": lambda a: 1.0,
    "a column": lambda a: a + 1,
    "nothing": lambda a: None,
    "length": lambda a: a.sum() / len(a),
    "size": lambda a: a.sum() / a.size,
    "truth of a number": lambda a: a.sum() or 1.0,
    "truth of a column": lambda a: a.sum() if (a > 0).all() else 0,
    "equality of a number": lambda a: 0.0 if a.sum() == 0 else a.mean(),
    "inequality of a number": lambda a: a.mean() if a.sum() != 0 else 0.0,
    "equality the other way": lambda a: 0.0 if 0 == a.sum() else a.mean(),  # noqa: SIM300
    "order of a number": lambda a: a.mean() if a.sum() > 0 else 0.0,
    "membership": lambda a: a.mean() if a.sum() in (0, 1) else a.sum(),
    "hash": lambda a: a.mean() if {a.sum(): 1} else a.sum(),
    "isnan": lambda a: 0.0 if math.isnan(a.mean()) else a.mean(),
    "numpy's isnan": lambda a: 0.0 if np.isnan(a.mean()) else a.mean(),
    "numpy's sum": lambda a: np.sum(a),
    "numpy's where": lambda a: np.where(a > 0, a, 0).sum(),
    "pandas' isna": lambda a: 0.0 if pd.isna(a.mean()) else a.mean(),
    "float": lambda a: float(a.sum()),
    "round": lambda a: round(a.mean(), 2),
    "modulo": lambda a: (a % 2).sum(),
    "power of a number": lambda a: a.mean() ** 2,
    "negation of a number": lambda a: -a.sum(),
    "a number with a column": lambda a: (a - a.mean()).sum(),
    "a column with a number": lambda a: a.mean() + a,
    "a list": lambda a: (a + ONE).sum(),
    "None": lambda a: (a == None).sum(),  # noqa: E711
    "a bool with a number": lambda a: a.sum() + True,
    "iteration": lambda a: sum(a),
    "unpacking": lambda a: max(*a),
    "apply": lambda a: a.apply(str).sum(),
    "text": lambda a: a.sum() if str(a) else a.mean(),
    "repr": lambda a: a.sum() if f"{a!r}" else a.mean(),
    "format": lambda a: a.sum() if f"{a}" else a.mean(),
    "isinstance": lambda a: a.sum() if isinstance(a, pd.Series) else a.mean(),
    "isinstance of a number": lambda a: 0 if isinstance(a.sum(), float) else a.mean(),
    "hasattr": lambda a: a.median() if hasattr(a, "median") else a.mean(),
    "getattr": lambda a: getattr(a, "median", a.mean)(),
    "copy": lambda a: copy.deepcopy(a.copy()).sum(),
}

ATTEMPTS: dict[str, Callable[[Any], Any]] = {
    "median": lambda a: a.median(),
    "an option": lambda a: a.sum(min_count=1),
    "floor division": lambda a: (a // 2).sum(),
    "power": lambda a: a**2,
    "shift": lambda a: 1 << a,
    "matrix product": lambda a: a @ a,
    "a list": lambda a: a + ONE,
    "a list with a number": lambda a: a.sum() + ONE,
    "truth": bool,
    "length": len,
    "float": float,
    "integer": int,
    "iteration": list,
    "hash": hash,
    "text": str,
    "a call": lambda a: a(),
    "an item": lambda a: a[0],
    "an array": np.asarray,
    "a ufunc": np.sqrt,
    "order of numbers": lambda a: a.sum() < a.mean(),
    "equality of numbers": lambda a: a.sum() == a.mean(),
}


@pytest.mark.parametrize("text", RECOGNISED)
def test_reductions(text: str) -> None:
    expression = trace(RECOGNISED[text], {"a": "a", "b": "b"})
    assert expression is not None
    assert [reduction.text for reduction in reductions(expression)] == [text]


@pytest.mark.parametrize("case", OTHERWISE)
def test_anything_else_is_left_to_the_function(case: str) -> None:
    assert trace(OTHERWISE[case], {"a": "a"}) is None


@pytest.mark.parametrize("case", ATTEMPTS)
@pytest.mark.parametrize("kind", [Exception, BaseException])
def test_a_function_that_catches_the_refusal_is_not_believed(
    case: str, kind: type[BaseException]
) -> None:
    def function(a: Any) -> Any:
        try:
            ATTEMPTS[case](a)
        except kind:
            return a.mean()
        return a.sum()

    assert trace(function, {"a": "a"}) is None


@pytest.mark.parametrize(
    "function",
    [
        lambda a, b: a.sum() / b.sum(),
        lambda a, b: 1 - a.sum() / b.count() * 0.5 + a.max(),
        lambda a, b: 2 * (3.0 - a.mean()) - (1 / b.mean()),
        lambda a, b: (a - b).sum() / (a + b).sum(),
        lambda a, b: np.float64(2) - a.sum() if False else a.sum() * np.float64(2),
    ],
)
def test_an_expression_says_what_the_function_does(function: Callable[..., Any]) -> None:
    columns = {"a": pd.Series([1.0, None, 4.0]), "b": pd.Series([2, 3, 5])}
    expression = trace(function, {"a": "a", "b": "b"})
    assert expression is not None
    found = evaluate(expression, lambda r: getattr(r.column.compute(columns), r.kind)())
    assert found == function(**columns)


def test_a_parameter_reads_the_column_that_it_is_given() -> None:
    expression = trace(lambda nan: (nan > math.nan).sum(), {"nan": "delay"})
    assert expression is not None
    assert [reduction.text for reduction in reductions(expression)] == ["(delay > <nan>).sum()"]
