"""What the tracer takes for a reduction, and what it must not."""

from __future__ import annotations

import copy
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from onedag.aggregates import evaluate, reductions_in, text_of, trace

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
    "(a ^ b).sum()": lambda a, b: (a ^ b).sum(),
    "a.std()": lambda a, b: a.std(),
    "a.var()": lambda a, b: a.var(),
    "a.median()": lambda a, b: a.median(),
    "a.nunique()": lambda a, b: a.nunique(),
    "a.quantile(0.5)": lambda a, b: a.quantile(),
    "a.quantile(0.25)": lambda a, b: a.quantile(0.25),
    "a.quantile(1.0)": lambda a, b: a.quantile(q=1),
    "a.first()": lambda a, b: a.iloc[0],
    "a.last()": lambda a, b: a.iloc[-1],
    "a.where((b > <0>)).sum()": lambda a, b: a.where(b > 0).sum(),
    "a.where(b, <0>).sum()": lambda a, b: a.where(b, 0).sum(),
    "a.mask(b, <0>).sum()": lambda a, b: a.mask(b, other=0).sum(),
    "a.clip(0, None).sum()": lambda a, b: a.clip(0).sum(),
    "a.clip(None, 2.5).sum()": lambda a, b: a.clip(upper=2.5).sum(),
    "a.isin(<'[1, 2]'>).mean()": lambda a, b: a.isin((2, 1)).mean(),
    "a.between(<0>, b, <'both'>).mean()": lambda a, b: a.between(0, b).mean(),
    "a.astype(float64).sum()": lambda a, b: a.astype(float).sum(),
    "(a.dt.day_of_week >= <5>).mean()": lambda a, b: (a.dt.weekday >= 5).mean(),
    "a.dt.hour.isin(<'[1, 2]'>).mean()": lambda a, b: a.dt.hour.isin([1, 2]).mean(),
    "(a.str.len() > <3>).sum()": lambda a, b: (a.str.len() > 3).sum(),
}

OTHERWISE: dict[str, Callable[..., Any]] = {
    "the second row": lambda a: a.iloc[1],
    "some rows": lambda a: a.iloc[:2].sum(),
    "rows by label": lambda a: a.loc[0],
    "several quantiles": lambda a: a.quantile([0.5]),
    "a quantile beyond 1": lambda a: a.quantile(1.5),
    "another interpolation": lambda a: a.quantile(0.5, interpolation="lower"),
    "of a population": lambda a: a.std(ddof=0),
    "a sum of an hour": lambda a: a.dt.hour.sum(),
    "an hour with a column": lambda a: (a.dt.hour == a).sum(),
    "an hour and a number": lambda a: (a.dt.hour * 10**9 > 5).sum(),
    "a length with a number": lambda a: (a.str.len() + 1).sum(),
    "a text's case": lambda a: a.str.upper().nunique(),
    "a callable condition": lambda a: a.where(lambda column: column > 0).sum(),
    "a replacement of several": lambda a: a.where(a > 0, a.abs()).sum(),
    "an axis": lambda a: a.where(a > 0, 0, axis=0).sum(),
    "a NaN bound": lambda a: a.clip(math.nan).sum(),
    "a bound of several": lambda a: a.clip(a, a).sum(),
    "values of two types": lambda a: a.isin([1, "x"]).sum(),
    "values with NaN": lambda a: a.isin([1.0, math.nan]).sum(),
    "values of a column": lambda a: a.isin(a).sum(),
    "an unknown dtype": lambda a: a.astype("category").nunique(),
    "a small dtype": lambda a: a.astype("int8").sum(),
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
    "an integer beyond 64 bits": lambda a: a.max() * 10**19,
    "an integer beyond floats": lambda a: 10**400 * a.mean(),
    "a bool with a number": lambda a: a.sum() + True,
    "iteration": lambda a: sum(a),
    "unpacking": lambda a: max(*a),
    "apply": lambda a: a.apply(str).sum(),
    "text": lambda a: a.sum() if str(a) else a.mean(),
    "repr": lambda a: a.sum() if f"{a!r}" else a.mean(),
    "format": lambda a: a.sum() if f"{a}" else a.mean(),
    "isinstance": lambda a: a.sum() if isinstance(a, pd.Series) else a.mean(),
    "isinstance of a number": lambda a: 0 if isinstance(a.sum(), float) else a.mean(),
    "hasattr": lambda a: a.sem() if hasattr(a, "sem") else a.mean(),
    "getattr": lambda a: getattr(a, "sem", a.mean)(),
    "copy": lambda a: copy.deepcopy(a.copy()).sum(),
}

ATTEMPTS: dict[str, Callable[[Any], Any]] = {
    "skew": lambda a: a.skew(),
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
    assert [reduction.text for reduction in reductions_in(expression)] == [text]


def _doubled(a: Any) -> Any:
    for _ in range(1000):
        a = a + a
    return a.sum()


def _compared(a: Any) -> Any:
    for _ in range(1000):
        a = a == a
    return a.sum()


def _doubled_result(a: Any) -> Any:
    total = a.sum()
    for _ in range(1000):
        total = total + total
    return total


def _long(a: Any) -> Any:
    return sum((a.sum() for _ in range(2000)), a.count())


def _deep(a: Any) -> Any:
    for _ in range(2000):
        a = -a
    return a.sum()


@pytest.mark.parametrize("function", [_doubled, _compared, _doubled_result, _long, _deep])
def test_an_expression_too_long_to_walk_through(function: Callable[..., Any]) -> None:
    assert trace(function, {"a": "a"}) is None


def test_a_long_expression() -> None:
    def function(a: Any) -> Any:
        for n in range(40):
            a = abs(a - n)
        return a.iloc[-1] + 0

    column = pd.Series([10.5, -3.0, 60.0])
    expression = trace(function, {"a": "a"})
    assert expression is not None
    found = evaluate(expression, lambda r: r.column.compute({"a": column}).iloc[-1])
    assert found == function(column)
    assert len(text_of(expression)) < 1000


IN_PLACE = [
    getattr(operator, f"i{name.rstrip('_')}")
    for name in ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and_", "or_", "xor"]
]


@pytest.mark.parametrize("change", IN_PLACE, ids=lambda one: one.__name__)
def test_a_column_that_is_changed_in_place(change: Callable[[Any, Any], Any]) -> None:
    def function(a: Any, b: Any) -> Any:
        same = a
        same = change(same, b)
        return same.sum() / a.sum()

    assert trace(function, {"a": "a", "b": "b"}) is None


def test_a_result_that_is_changed_in_place_is_another() -> None:
    def function(a: Any) -> Any:
        total = share = a.sum()
        share /= a.count()
        return total - share

    expression = trace(function, {"a": "a"})
    assert expression is not None
    assert text_of(expression) == "sub(a.sum(), truediv(a.sum(), a.count()))"


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


GUARDED: dict[str, Callable[..., Any]] = {
    "truth of length": lambda a: a.iloc[-1] if len(a) else None,
    "no length": lambda a: None if not len(a) else a.iloc[-1],
    "length is 0": lambda a: None if len(a) == 0 else a.iloc[-1],
    "length isn't 0": lambda a: a.iloc[-1] if len(a) != 0 else None,
    "length above 0": lambda a: a.iloc[-1] if len(a) > 0 else None,
    "length from 1": lambda a: a.iloc[-1] if len(a) >= 1 else None,
    "length below 1": lambda a: None if len(a) < 1 else a.iloc[-1],
    "length up to 0": lambda a: None if len(a) <= 0 else a.iloc[-1],
    "0 is length": lambda a: None if 0 == len(a) else a.iloc[-1],  # noqa: SIM300
    "1 up to length": lambda a: a.iloc[-1] if 1 <= len(a) else None,  # noqa: SIM300
    "0 below length": lambda a: a.iloc[-1] if 0 < len(a) else None,  # noqa: SIM300
    "empty": lambda a: None if a.empty else a.iloc[-1],
    "not empty": lambda a: a.iloc[-1] if not a.empty else None,
    "one of two tests": lambda a: a.iloc[-1] if len(a) and not a.empty else None,
}


@pytest.mark.parametrize("case", GUARDED)
def test_a_guard_against_empty_windows(case: str) -> None:
    expression = trace(GUARDED[case], {"a": "a"})
    assert expression is not None
    assert [reduction.text for reduction in reductions_in(expression)] == ["a.last()"]


def _rows(column: Any) -> int:
    return len(column)


def _named(a: Any) -> Any:
    rows = len(a)
    return a.iloc[-1] if rows else None


def _by_walrus(a: Any) -> Any:
    return a.sum() if (rows := len(a)) and rows > 2 else a.iloc[-1]


def _by_another_name(a: Any, size: Callable[[Any], int] = len) -> Any:
    return a.iloc[-1] if size(a) else None


LENGTHS: dict[str, Callable[..., Any]] = {
    "more than 1": lambda a: a.iloc[-1] if len(a) > 1 else None,
    "at most 1": lambda a: None if len(a) <= 1 else a.iloc[-1],
    "just 1": lambda a: a.iloc[-1] if len(a) == 1 else a.iloc[0],
    "below 0": lambda a: a.iloc[-1] if len(a) < 0 else None,
    "True": lambda a: a.iloc[-1] if len(a) == True else a.iloc[0],  # noqa: E712
    "a range": lambda a: a.iloc[-1] if 0 < len(a) < 5 else None,
    "more than another": lambda a: a.iloc[-1] if len(a) > a.count() else None,
    "a value": lambda a: a.sum() * len(a),
    "the value of or": lambda a: a.sum() * (len(a) or 1),
    "in a function": lambda a: a.iloc[-1] if _rows(a) else None,
    "in a comprehension": lambda a: next(a.iloc[-1] for _ in range(len(a))),
    "a method": lambda a: a.iloc[-1] if a.__len__() else None,
    "a name": _named,
    "a walrus": _by_walrus,
    "another name": _by_another_name,
    "source that isn't there": eval("lambda a: a.iloc[-1] if len(a) else None"),
}


@pytest.mark.parametrize("case", LENGTHS)
def test_any_other_use_of_the_length_is_left_to_the_function(case: str) -> None:
    assert trace(LENGTHS[case], {"a": "a"}) is None


@pytest.mark.parametrize(
    "function",
    [
        lambda a, b: a.sum() / b.sum(),
        lambda a, b: 1 - a.sum() / b.count() * 0.5 + a.max(),
        lambda a, b: 2 * (3.0 - a.mean()) - (1 / b.mean()),
        lambda a, b: (a - b).sum() / (a + b).sum(),
        lambda a, b: a.sum() * np.float64(2),
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
    assert [reduction.text for reduction in reductions_in(expression)] == ["(delay > <nan>).sum()"]
