"""What is recognised for which dtypes; and that nothing is by mistake."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from onedag.aggregates import recognise
from onedag.dtypes import TIMESTAMP, ColumnType
from onedag.testing.engines import feature
from onedag.testing.functions import OTHERS, REDUCTIONS
from onedag.testing.strategies import TYPES

SMALL = {
    "x": ColumnType(pa.int8()),
    "y": ColumnType(pa.uint64(), nullable=False),
    "z": ColumnType(pa.float32()),
}
PLAIN = {
    "x": ColumnType(pa.float64()),
    "y": ColumnType(pa.int64(), nullable=False),
    "z": ColumnType(pa.int64()),
    "s": ColumnType(pa.string()),
    "t": ColumnType(TIMESTAMP),
    "d": ColumnType(pa.duration("us")),
}


def is_recognised(function: Callable[..., Any], types: dict[str, ColumnType]) -> bool:
    node = feature(function, None).node
    assert node is not None
    return recognise(node, types) is not None


def returning(annotation: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with annotations: of columns, and of what it returns."""
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    function.__annotations__ = dict.fromkeys(names, pd.Series) | {"return": annotation}
    return function


@pytest.mark.parametrize("function", REDUCTIONS, ids=lambda f: f.__name__)
def test_known_reductions(function: Callable[..., Any]) -> None:
    assert is_recognised(function, dict(TYPES))


@pytest.mark.parametrize("function", OTHERS, ids=lambda f: f.__name__)
def test_anything_else(function: Callable[..., Any]) -> None:
    assert not is_recognised(function, dict(TYPES))


KNOWN: dict[str, tuple[Any, Callable[..., Any]]] = {
    "a small sum": (int, lambda x: x.sum()),
    "a small maximum": (int | None, lambda x: x.max()),
    "a small quantile": (float, lambda x: x.quantile(0.3)),
    "an unsigned sum": (float, lambda y: y.sum()),
    "an unsigned median": (float, lambda y: y.median()),
    "a float32 maximum": (float, lambda z: z.max()),
    "a float32 widened": (float, lambda z: z.astype(float).mean()),
    "a small one widened": (float, lambda x: (x * 1.0).max() * 2),
}


@pytest.mark.parametrize("case", KNOWN)
def test_small_dtypes(case: str) -> None:
    assert is_recognised(returning(*KNOWN[case]), SMALL)


UNKNOWN_SMALL: dict[str, tuple[Any, Callable[..., Any]]] = {
    "a small product": (float, lambda x: x.max() * 2),
    "an unsigned difference": (float, lambda y: 1 - y.sum()),
    "an unsigned mean": (float, lambda y: y.mean()),
    "a float32 sum": (float, lambda z: z.sum()),
    "a float32 median": (float, lambda z: z.median()),
    "a float32 difference": (float, lambda z: z.max() - z.min()),
}


@pytest.mark.parametrize("case", UNKNOWN_SMALL)
def test_what_arithmetic_does_in_few_bits_is_left_to_pandas(case: str) -> None:
    assert not is_recognised(returning(*UNKNOWN_SMALL[case]), SMALL)


DTYPES_OF_VALUES: dict[str, tuple[Any, Callable[..., Any]]] = {
    "a replacement of another dtype": (float, lambda y: y.where(y > 0, 0.5).sum()),
    "no replacement": (float, lambda y: y.mask(y > 0).max()),
    "a bound of another dtype": (float, lambda y: y.clip(0.5).sum()),
    "a bound of text": (str, lambda s: s.clip("a").min()),
    "a filling of another dtype": (float, lambda z: z.fillna(0.5).sum()),
    "a fraction of a null": (int, lambda x: x.astype(int).sum()),
    "an integer of infinity": (int, lambda x: x.fillna(0).astype(int).sum()),
    "an integer of a null": (int, lambda x, s: x.where(s == "ok", 0.0).astype(int).sum()),
    "a truth of a null": (int, lambda z, s: z.where(s == "ok", 0).astype(bool).sum()),
    "a number of a text": (float, lambda s: s.astype(float).sum()),
    "an hour of a text": (float, lambda s: (s.dt.hour > 1).sum()),
    "a time too far": (datetime | None, lambda t: (t + t).max()),
    "a duration": (int, lambda d: d.nunique()),
}


@pytest.mark.parametrize("case", DTYPES_OF_VALUES)
def test_a_dtype_that_values_decide(case: str) -> None:
    assert not is_recognised(returning(*DTYPES_OF_VALUES[case]), PLAIN)


OF_PYTHON: dict[str, tuple[Any, Callable[..., Any]]] = {
    "a zero of nunique": (float, lambda s: 1 / s.nunique()),
    "nunique of nunique": (float, lambda s, x: s.nunique() / x.nunique()),
    "a mean of nulls": (float, lambda s, x: x.mean() / s.nunique()),
    "a zero": (float, lambda x: x.mean() / 0),
    "a large factor": (float, lambda s: s.nunique() * 2**62),
    "two steps": (float, lambda s: s.nunique() * 2 + 1),
    "a quantile of nullable integers": (float, lambda z: z.quantile(0.5) * 2**62),
    "text and text": (str, lambda s: s.iloc[0] + s.iloc[-1] if len(s) else ""),
    "truth and truth": (float, lambda x, y: x.any() + y.any()),
}


@pytest.mark.parametrize("case", OF_PYTHON)
def test_arithmetic_that_arrays_do_otherwise(case: str) -> None:
    assert not is_recognised(returning(*OF_PYTHON[case]), PLAIN)


_KEPT = "kept"
_SINCE = datetime(2040, 1, 1, tzinfo=UTC)


def _or(v: Any, other: Any) -> Any:
    return other if v is pd.NA else v


def _by_class(v: Any) -> Any:
    match v:
        case float():
            return v
    return -v


IDENTITY: dict[str, tuple[Any, Callable[..., Any]]] = {
    "NA": (float | None, lambda z: -1.0 if (v := z.max()) is pd.NA else v),
    "not NA": (float | None, lambda z: v if (v := z.max()) is not pd.NA else -1.0),
    "NA where none is a sample's": (
        float,
        lambda z, s: -1 if (v := z.where(s == "void", 0).iloc[-1]) is pd.NA else v,
    ),
    "a class": (float, lambda x: v if type(v := x.max()) is not int else -1.0),
    "an instance": (float, lambda x, y: x.max() if isinstance(1, int) else y.max()),
    "in a lambda": (float, lambda z: (lambda v: -1.0 if v is pd.NA else v)(z.max())),
    "in another function": (float | None, lambda z: _or(z.max(), -1.0)),
    "in a pattern": (float, lambda x: _by_class(1.0) * x.max()),
}


@pytest.mark.parametrize("case", IDENTITY)
def test_a_test_of_what_a_result_is(case: str) -> None:
    assert not is_recognised(returning(*IDENTITY[case]), PLAIN)


OF_CONSTANTS: dict[str, tuple[Any, Callable[..., Any]]] = {
    "a text": (float, lambda z, s: _is_na(z.where(s == "void", 0).iloc[-1])),
    "one of several": (float, lambda z, s: _is_na(z.where(s.isin(["u", "void"]), 0).iloc[0])),
    "a constant from outside": (float, lambda z, s: _is_na(z.where(s == _KEPT, 0).max())),
    "a text and a number": (
        float,
        lambda z, s, y: _is_na(z.where((s == "void") & (y > 10**6), 0).iloc[-1]),
    ),
    "a number": (float, lambda z, x: _is_na(z.where(x == 1234.5, 0).iloc[-1])),
    "between numbers": (float, lambda z, y: _is_na(z.where(y.between(90, 95), 0).iloc[-1])),
    "a time": (float, lambda z, t: _is_na(z.where(t > _SINCE, 0).iloc[-1])),
}


def mean(x: Any) -> Any:
    """Not the method of that name."""
    return isinstance(x, float)


def _is_na(v: Any) -> Any:
    """What no look at the code tells: a built-in function may do anything with a stand-in."""
    return -1.0 if operator.is_(v, pd.NA) else v


@pytest.mark.parametrize("case", OF_CONSTANTS)
def test_a_null_that_only_a_constant_lets_through(case: str) -> None:
    """No fixed sample has that constant; the function's own samples do."""
    assert not is_recognised(returning(*OF_CONSTANTS[case]), PLAIN)


NONE: dict[str, tuple[Any, Callable[..., Any]]] = {
    "is None": (float, lambda x: None if x is None else x.max()),
    "a parameter": (float, lambda x: _scaled(x)),
    "an attribute": (float, lambda x: x.mean()),
    "a column": (float, lambda type: type.sum()),  # noqa: A006
    "a number beyond 64 bits": (float, lambda x: x.clip(-(10**19), 1e300).max()),
}


def _scaled(x: Any, factor: Any = None) -> Any:
    known = factor is not None
    return x.max() * (factor if known else 2)


@pytest.mark.parametrize("case", NONE)
def test_a_test_for_none_is_no_matter(case: str) -> None:
    assert is_recognised(returning(*NONE[case]), PLAIN | {"type": PLAIN["x"]})


def test_an_integer_whose_arithmetic_raises() -> None:
    assert not is_recognised(returning(float, lambda y: y.max() * 10**19), PLAIN)
    assert not is_recognised(returning(float, lambda x: x.mean() * 10**400), PLAIN)


ANNOTATED: dict[str, tuple[Any, Callable[..., Any]]] = {
    "a bool of a number": (bool, lambda x: x.count()),
    "a text of a number": (str, lambda x: x.max()),
    "a number of a text": (float, lambda s: s.max()),
    "a number of a time": (float, lambda t: t.max()),
    "a time of a number": (datetime, lambda x: x.max()),
    "a bool of arithmetic": (bool, lambda x: x.count() * 1),
}


@pytest.mark.parametrize("case", ANNOTATED)
def test_another_type_than_is_annotated_is_left_to_raise(case: str) -> None:
    assert not is_recognised(returning(*ANNOTATED[case]), PLAIN)


def test_an_alias_that_is_written_into() -> None:
    """A stand-in has no place to write into, and the samples tell."""

    def total(y: pd.Series) -> int:
        same = y
        y += 1
        return same.sum()  # type: ignore[no-any-return]

    assert not is_recognised(total, PLAIN)
