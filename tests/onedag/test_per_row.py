"""Functions of single values, called once for each row."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onedag.dtypes import TIMESTAMP, ColumnType, to_series
from onedag.errors import FunctionError
from onedag.evaluate import evaluate
from onedag.graph import FunctionGraph, FunctionNode, Kind, Parameter
from onedag.per_row import PerRow

MakeModule = Callable[..., ModuleType]
Make = Callable[..., FunctionNode]

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@pytest.fixture
def node(make_module: MakeModule) -> Make:
    def make(source: str) -> FunctionNode:
        module = make_module("")
        names = {"np": np, "uuid": uuid, "date": date, "datetime": datetime, "Colour": Colour}
        vars(module).update(names, timezone=timezone, timedelta=timedelta, math=math)
        head = "from typing import Annotated, Literal\n"
        exec(compile(head + source, "made", "exec", dont_inherit=True), vars(module))
        graph = FunctionGraph.from_modules([module])
        assert graph["f"].per_row
        return graph["f"]

    return make


def column(values: list[Any], arrow: Any, nullable: bool = True) -> pd.Series:
    return to_series(pa.array(values, arrow), ColumnType(arrow, nullable))


def evaluated(step: FunctionNode, **columns: Any) -> pd.Series:
    length = next(len(c) for c in columns.values() if isinstance(c, pd.Series))
    evaluate([step], columns, length)
    result = columns["f"]
    assert isinstance(result, pd.Series)
    return result


# Dtypes of results

RETURNED = {
    "int": 1,
    "int | None": 1,
    "bool": True,
    "float": 1.0,
    "str": "a",
    "datetime": NOON,
    "date": NOON.date(),
    "pd.Timestamp": pd.Timestamp(NOON),
    "np.float64": np.float64(1),
    "np.bool_": np.True_,
    "np.int64": np.int64(1),
    "uuid.UUID": uuid.UUID(int=1),
    "Colour": Colour.RED,
    "Literal['a']": "a",
}


@pytest.mark.parametrize("length", [0, 1, 3])
@pytest.mark.parametrize(
    ("signature", "given", "dtype"),
    [
        ("x: int) -> int", column([1], pa.int64(), False), "int64"),
        ("x: int) -> int", column([1], pa.int64()), "Int64"),
        ("x: int | None) -> int", column([1], pa.int64()), "int64"),
        ("x: int) -> int | None", column([1], pa.int64(), False), "Int64"),
        ("x: int) -> bool", column([1], pa.int64(), False), "bool"),
        ("x: int) -> bool", column([1], pa.int64()), "boolean"),
        ("x: int) -> bool", column([1], pa.uint8(), False), "bool"),
        # Floats, text and times can always be null.
        ("x: float) -> bool", column([1.0], pa.float64()), "boolean"),
        ("x: float | None) -> bool", column([1.0], pa.float64()), "bool"),
        ("x: float) -> int", column([1], pa.int64(), False), "int64"),
        ("x: int) -> float", column([1], pa.int64(), False), "float64"),
        ("x: int) -> str", column([1], pa.int64(), False), "str"),
        ("x: int) -> datetime", column([1], pa.int64(), False), "datetime64[us, UTC]"),
        ("x: int) -> pd.Timestamp", column([1], pa.int64(), False), "datetime64[us, UTC]"),
        ("x: int) -> date", column([1], pa.int64(), False), "datetime64[us, UTC]"),
        ("x: int) -> np.float64", column([1], pa.int64(), False), "float64"),
        ("x: int) -> np.int64", column([1], pa.int64(), False), "int64"),
        ("x: int) -> np.bool_", column([1], pa.int64(), False), "bool"),
        ("x: int) -> uuid.UUID", column([1], pa.int64(), False), "str"),
        ("x: int) -> Colour", column([1], pa.int64(), False), "str"),
        ("x: int) -> Literal['a']", column([1], pa.int64(), False), "str"),
    ],
)
def test_the_dtype_follows_from_annotations_and_dtypes(
    node: Make, signature: str, given: pd.Series, dtype: str, length: int
) -> None:
    returned = RETURNED[signature.split("-> ")[1]]
    step = node(f"RETURNED = None\ndef f({signature}: return RETURNED")
    step.code.__globals__["RETURNED"] = returned
    result = evaluated(step, x=given.repeat(length).reset_index(drop=True))
    assert (str(result.dtype), len(result)) == (dtype, length)


# What a parameter gets


GIVEN: list[tuple[str, pd.Series, list[Any]]] = [
    ("bool", column([True, False], pa.bool_(), False), [True, False]),
    ("bool | None", column([True, None], pa.bool_()), [True, None]),
    ("int", column([1, 2], pa.int32(), False), [1, 2]),
    ("int | None", column([2**63 - 1, None], pa.int64()), [2**63 - 1, None]),
    ("float", column([1, -(2**53)], pa.int64()), [1.0, -(2.0**53)]),
    ("float", column([0.1, math.inf], pa.float64()), [0.1, math.inf]),
    ("float", column([0.5], pa.float32()), [0.5]),
    ("float | None", column([1.5, math.nan], pa.float64()), [1.5, None]),
    ("np.float64", column([1.5], pa.float64()), [np.float64(1.5)]),
    ("np.float64", column([1], pa.int64()), [np.float64(1.0)]),
    ("np.int64", column([1], pa.int64()), [np.int64(1)]),
    ("np.bool_", column([True], pa.bool_()), [np.True_]),
    ("str", column(["a", ""], pa.string()), ["a", ""]),
    ("str | None", column(["a", None], pa.string()), ["a", None]),
    ("Annotated[str, 'name']", column(["a"], pa.string()), ["a"]),
    ("Literal['a', 'b']", column(["a"], pa.string()), ["a"]),
    ("Colour", column(["red"], pa.string()), [Colour.RED]),
    ("uuid.UUID", column([str(uuid.UUID(int=7))], pa.string()), [uuid.UUID(int=7)]),
    ("datetime", column([NOON], TIMESTAMP), [NOON]),
    ("datetime | None", column([NOON, None], TIMESTAMP), [NOON, None]),
    ("pd.Timestamp", column([NOON], TIMESTAMP), [pd.Timestamp(NOON)]),
    ("date", column([NOON], TIMESTAMP), [NOON.date()]),
    ("str", pd.Series(["a", "b"], dtype="category"), ["a", "b"]),
    ("str | None", pd.Series([None, None], dtype="object"), [None, None]),
]


@pytest.mark.parametrize(("annotation", "given", "expected"), GIVEN)
def test_a_parameter_gets_values_of_its_annotation(
    node: Make, annotation: str, given: pd.Series, expected: list[Any]
) -> None:
    step = node(f"SEEN = []\ndef f(x: {annotation}) -> bool:\n    SEEN.append(x)\n    return True")
    evaluated(step, x=given)
    seen = step.code.__globals__["SEEN"]
    assert [(type(value), value) for value in seen] == [(type(v), v) for v in expected]
    for value in seen:
        if isinstance(value, datetime):
            assert value.utcoffset() == timedelta(0)
            assert value.tzinfo is UTC or isinstance(value, pd.Timestamp)


REFUSED = [
    ("str", column([1.5], pa.float64()), "str and is given double"),
    ("int", column([1.5], pa.float64()), "int and is given double"),
    ("int", column([True], pa.bool_()), "int and is given bool or null"),
    ("float", column([True], pa.bool_(), False), "float and is given bool"),
    ("bool", column([1], pa.int64(), False), "bool and is given int64"),
    ("float", column(["1"], pa.string()), "float and is given string"),
    ("datetime", column(["1"], pa.string()), "datetime and is given string"),
    ("date", column([1], pa.int64()), "date and is given int64 or null"),
    ("uuid.UUID", column([1], pa.int64()), "UUID and is given int64 or null"),
    ("float", column([timedelta(1)], pa.duration("us")), "float and is given duration"),
]


@pytest.mark.parametrize("rows", [0, 1])
@pytest.mark.parametrize(("annotation", "given", "said"), REFUSED)
def test_a_column_of_another_type_is_refused_whatever_its_values(
    node: Make, annotation: str, given: pd.Series, said: str, rows: int
) -> None:
    step = node(f"def f(x: {annotation}) -> bool: return True")
    with pytest.raises(FunctionError) as caught:
        evaluated(step, x=given.head(rows))
    assert f"Parameter 'x' of function 'f' of made_module_0 is annotated {said}" in str(
        caught.value
    )


@pytest.mark.parametrize(
    ("annotation", "given", "said"),
    [
        ("float", column([2**53 + 1], pa.int64()), "the integer 9007199254740993, which no float"),
        ("Colour", column(["green"], pa.string()), "'green' is not a valid Colour"),
        ("uuid.UUID", column(["1"], pa.string()), "badly formed"),
    ],
)
def test_a_value_that_the_annotation_has_not(
    node: Make, annotation: str, given: pd.Series, said: str
) -> None:
    step = node(f"def f(x: {annotation}) -> bool: return True")
    with pytest.raises(FunctionError, match=rf"Parameter 'x' of function 'f' .*{said}"):
        evaluated(step, x=given)


def test_a_time_that_python_has_not(node: Make) -> None:
    far = to_series(pa.array([0, 2**62, None], pa.int64()).cast(TIMESTAMP), ColumnType(TIMESTAMP))
    step = node("def f(x: datetime) -> bool: return True")
    with pytest.raises(FunctionError, match=r"^Input 'x' of 'f' holds a time"):
        evaluated(step, x=far)


# Nulls and what is fitted


def test_a_row_with_a_null_is_left_out(node: Make) -> None:
    step = node("def f(x: float, y: str | None) -> str: return f'{x} {y}'")
    x = column([1.0, None, math.nan, 2.0], pa.float64())
    result = evaluated(step, x=x, y=column(["a", "b", "c", None], pa.string()))
    assert result.isna().tolist() == [False, True, True, False]
    assert result.dropna().tolist() == ["1.0 a", "2.0 None"]


def test_fitted_values_are_passed_as_they_are(node: Make) -> None:
    step = node(
        """
def mean(x: np.ndarray) -> float: ...
def limits(x: np.ndarray) -> dict[str, float]: ...
def f(x: float, mean: float, limits: dict[str, float]) -> float:
    return x * 2 if mean != mean else limits['high']
"""
    )
    x = column([1.0], pa.float64())
    # A fitted NaN is a value; a null of a row is none.
    assert evaluated(step, x=x, mean=math.nan, limits={}).tolist() == [2.0]
    assert evaluated(step, x=x, mean=1.0, limits={"high": 3.0}).tolist() == [3.0]
    # The request may carry what is otherwise fitted.
    nan = column([None, 2.0], pa.float64())
    result = evaluated(step, x=column([1.0, 1.0], pa.float64()), mean=nan, limits={"high": 3.0})
    assert result.isna().tolist() == [True, False]


def test_a_dict_for_each_row_is_refused(node: Make) -> None:
    step = node(
        """
def limits(x: np.ndarray) -> dict[str, float]: ...
def f(x: float, limits: dict[str, float]) -> float: ...
"""
    )
    given = column(["a"], pa.string())
    with pytest.raises(FunctionError, match=r"'limits' of .* annotated dict\[str, float\] and is"):
        evaluated(step, x=column([1.0], pa.float64()), limits=given)


def test_an_input_that_is_not_there_keeps_its_default(node: Make) -> None:
    step = node("def f(x: int, by: float = 3.0) -> float: return x * by")
    x = column([1, 2], pa.int64(), False)
    assert evaluated(step, x=x).tolist() == [3.0, 6.0]
    assert evaluated(step, x=x, by=column([5.0, 7.0], pa.float64())).tolist() == [5.0, 14.0]


# Results


@pytest.mark.parametrize(
    ("returns", "body", "expected"),
    [
        ("float", "1", 1.0),
        ("float", "np.float64(1.5)", 1.5),
        ("float", "np.float32(0.5)", 0.5),
        ("float", "np.int64(3)", 3.0),
        ("float", "-0.0", -0.0),
        ("float", "math.inf", math.inf),
        ("float", "math.nan", None),
        ("float", "np.float64('nan')", None),
        ("float | None", "None", None),
        ("float | None", "pd.NA", None),
        ("int", "np.int32(3)", 3),
        ("int", "2**63 - 1", 2**63 - 1),
        ("int | None", "None", None),
        ("bool", "np.True_", True),
        ("str", "np.str_('a')", "a"),
        ("str | None", "None", None),
        ("Colour", "Colour.BLUE", "blue"),
        ("uuid.UUID", "uuid.UUID(int=0)", str(uuid.UUID(int=0))),
        ("Literal['a', 'b']", "'b'", "b"),
        ("date", "date(2024, 1, 1)", datetime(2024, 1, 1, tzinfo=UTC)),
        ("date", "pd.NaT", None),
        ("datetime", "datetime(2024, 1, 1)", datetime(2024, 1, 1, tzinfo=UTC)),
        (
            "datetime",
            "pd.Timestamp('2024-01-01 00:00:00.000000999')",
            datetime(2024, 1, 1, tzinfo=UTC),
        ),
        (
            "datetime",
            "datetime(2024, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))",
            datetime(2024, 1, 1, 10, tzinfo=UTC),
        ),
        ("datetime", "pd.NaT", None),
    ],
)
def test_results(node: Make, returns: str, body: str, expected: Any) -> None:
    step = node(f"def f(x: int) -> {returns}: return {body}")
    calls = PerRow.of(step).on([ColumnType(pa.int64(), False)])
    [found] = calls({"x": [1]}, {}, 1)
    assert (type(found), repr(found)) == (type(expected), repr(expected))
    series = evaluated(step, x=column([1], pa.int64(), False))
    assert series.isna().tolist() == [expected is None]


WRONG = [
    ("float", "'1'", "'1' (str)"),
    ("float", "True", "True (bool)"),
    ("float", "np.True_", "np.True_ (bool)"),
    ("float", "2**53 + 1", "9007199254740993 (int)"),
    ("float", "10**400", "(int)"),
    ("float", "[1.0]", "[1.0] (list)"),
    ("float", "None", "None (NoneType)"),
    ("float", "pd.NA", "<NA> (NAType)"),
    ("float", "pd.Series([1.0])", "(Series)"),
    ("int", "1.5", "1.5 (float)"),
    ("int", "2.0", "2.0 (float)"),
    ("int", "True", "True (bool)"),
    ("int", "2**63", "9223372036854775808 (int)"),
    ("int", "math.nan", "nan (float)"),
    ("int", "None", "None (NoneType)"),
    ("int | None", "pd.NaT", "NaT (NaTType)"),
    ("bool", "1", "1 (int)"),
    ("bool", "None", "None (NoneType)"),
    ("str", "1", "1 (int)"),
    ("str", "None", "None (NoneType)"),
    ("str", "Colour.RED", "(Colour)"),
    ("Colour", "'red'", "'red' (str)"),
    ("uuid.UUID", "'red'", "'red' (str)"),
    ("Literal['a', 'b']", "'c'", "'c' (str)"),
    ("datetime", "date(2024, 1, 1)", "(date)"),
    ("datetime", "np.datetime64('2024-01-01')", "(datetime64)"),
    ("datetime", "datetime.min.replace(tzinfo=timezone(timedelta(hours=2)))", "(datetime)"),
    ("date", "datetime(2024, 1, 1)", "(datetime)"),
]


@pytest.mark.parametrize(("returns", "body", "said"), WRONG)
def test_a_result_of_another_class_is_refused(
    node: Make, returns: str, body: str, said: str
) -> None:
    step = node(f"def f(x: int, y: str | None) -> {returns}: return {body}")
    with pytest.raises(FunctionError) as caught:
        evaluated(step, x=column([7], pa.int64(), False), y=column([None], pa.string()))
    message = str(caught.value)
    assert message.startswith("Function 'f' of made_module_0 returned ")
    assert f"{said} for x=7, y=None; its annotation says " in message
    assert ("Annotate `| None`" in message) is (body in ("None", "pd.NA"))


def test_an_error_has_the_values_of_the_row(node: Make) -> None:
    step = node("def f(weight: float, height: float) -> float: return weight / height**2")
    with pytest.raises(FunctionError) as caught:
        evaluated(
            step,
            weight=column([70.0, 80.0], pa.float64()),
            height=column([2, 0], pa.int64(), False),
        )
    assert str(caught.value) == (
        "Function 'f' of made_module_0 raised ZeroDivisionError: float division by zero "
        "(it was given weight=80.0, height=0.0)."
    )
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_what_stops_a_program_is_not_caught(node: Make) -> None:
    step = node("def f(x: int) -> int: raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        evaluated(step, x=column([1], pa.int64()))


def test_it_is_made_ready_once(node: Make) -> None:
    step = node("def f(x: int) -> int: return x")
    types = [ColumnType(pa.int64())]
    assert PerRow.of(step) is PerRow.of(step)
    assert PerRow.of(step).on(types) is PerRow.of(step).on(list(types))


# Against the naive loop

VALUES = {
    "float": (pa.float64(), st.none() | st.floats(width=64)),
    "int": (pa.int64(), st.none() | st.integers(-(2**63), 2**63 - 1)),
    "bool": (pa.bool_(), st.none() | st.booleans()),
    "str": (pa.string(), st.none() | st.text(max_size=3)),
    "datetime": (
        TIMESTAMP,
        st.none() | st.datetimes(timezones=st.just(UTC)).map(lambda time: time.replace(fold=0)),
    ),
}
TYPES: dict[str, Any] = {t.__name__: t for t in (float, int, bool, str, datetime)}


def naive(x: Any, y: Any, allowed: bool) -> str | None:
    x, y = (None if v is None or v != v else v for v in (x, y))
    if x is None or (y is None and not allowed):
        return None
    return f"{x!r} {y!r}"


@settings(max_examples=150, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_function_is_the_naive_loop(data: st.DataObject) -> None:
    (left, right) = (data.draw(st.sampled_from(list(VALUES))) for _ in range(2))
    allowed = data.draw(st.booleans())
    length = data.draw(st.sampled_from([0, 1, 1, 2, 7]))
    drawn = {
        name: data.draw(st.lists(VALUES[kind][1], min_size=length, max_size=length))
        for name, kind in (("x", left), ("y", right))
    }
    step = FunctionNode(
        name="f",
        function=lambda x, y: f"{x!r} {y!r}",
        parameters=(
            Parameter("x", TYPES[left], True),
            Parameter("y", TYPES[right] | None if allowed else TYPES[right], True),
        ),
        kind=Kind.ROW,
        returns=str,
        definition=None,
        doc="",
        module="made",
        tags={},
        code=naive,
        per_row=True,
    )
    kinds = {"x": left, "y": right}
    columns = {name: column(drawn[name], VALUES[kinds[name]][0]) for name in drawn}
    result = evaluated(step, **columns)
    expected = [naive(x, y, allowed) for x, y in zip(drawn["x"], drawn["y"], strict=True)]
    assert [None if v != v else v for v in result.tolist()] == expected
    assert str(result.dtype) == "str"
