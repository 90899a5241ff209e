"""One table of types: what comes in, what functions see, what goes out."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Annotated, Any, Literal, Optional

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from onedag.dtypes import (
    TIMESTAMP,
    ColumnType,
    allows_none,
    annotated_type,
    canonical_array,
    canonical_type,
    cast_exactly,
    is_column,
    series_to_arrow,
    to_series,
)
from onedag.errors import InvalidDefinition, SchemaMismatch

INTEGERS = [
    (getattr(pa, f"{sign}int{bits}")(), f"{sign}int{bits}", f"{'U' if sign else ''}Int{bits}")
    for sign in ("", "u")
    for bits in (8, 16, 32, 64)
]
TABLE = [
    *((arrow, False, plain) for arrow, plain, _ in INTEGERS),
    *((arrow, True, masked) for arrow, _, masked in INTEGERS),
    (pa.bool_(), False, "bool"),
    (pa.bool_(), True, "boolean"),
    (pa.float32(), True, "float32"),
    (pa.float64(), True, "float64"),
    (pa.string(), True, "str"),
    (TIMESTAMP, True, "datetime64[us, UTC]"),
    (pa.duration("us"), True, "timedelta64[us]"),
    (pa.dictionary(pa.int8(), pa.string()), True, "category"),
]


@pytest.mark.parametrize(("arrow", "nullable", "dtype"), TABLE)
def test_a_dtype_depends_on_no_value(arrow: pa.DataType, nullable: bool, dtype: str) -> None:
    """Not on whether there is a null, a value, or any row, nor on how the rows are chunked."""
    column = ColumnType(arrow, nullable)
    value = {"bool": True, "boolean": True, "str": "x", "category": "x"}.get(dtype, 1)
    contents: list[list[Any]] = [[], [value], [value, value]]
    if nullable:
        contents += [[None], [value, None]]
    for values in contents:
        array = pa.array(values, arrow)
        for given in (array, pa.chunked_array([array]), pa.chunked_array([array, array])):
            series = to_series(given, column)
            assert str(series.dtype) == dtype, values
            assert series.index.equals(pd.RangeIndex(len(given)))
            assert series.isna().sum() == given.null_count
    assert str(to_series(pa.chunked_array([], arrow), column).dtype) == dtype


@pytest.mark.parametrize(("arrow", "nullable", "dtype"), TABLE[:-1])
def test_there_and_back(arrow: pa.DataType, nullable: bool, dtype: str) -> None:
    column = ColumnType(arrow, nullable)
    value = {"bool": False, "boolean": False, "str": ""}.get(dtype, 0)
    values = [value, None] if nullable else [value, value]
    array = pa.array(values, arrow)
    found, type_found = series_to_arrow(to_series(array, column), "it")
    assert type_found == column
    assert found.to_pylist() == array.to_pylist()


def test_a_column_without_nulls_refuses_them() -> None:
    with pytest.raises(SchemaMismatch, match="1 nulls in a column of type int64"):
        to_series(pa.array([1, None]), ColumnType(pa.int64(), nullable=False))


def test_types_that_always_hold_nulls() -> None:
    for arrow in (pa.float64(), pa.string(), TIMESTAMP):
        assert ColumnType(arrow, nullable=False) == ColumnType(arrow, nullable=True)
    assert ColumnType(pa.int64(), nullable=False) != ColumnType(pa.int64())
    assert ColumnType(pa.int64(), nullable=False).or_null() == ColumnType(pa.int64())
    assert [str(ColumnType(pa.int64(), n)) for n in (True, False)] == ["int64 or null", "int64"]
    assert str(ColumnType(pa.string())) == "string"


@pytest.mark.parametrize("column", [ColumnType(a, n) for a, n, _ in TABLE], ids=str)
def test_a_field_keeps_the_type(column: ColumnType) -> None:
    assert ColumnType.of_field(column.field("x")) == column


# Sources and spines


@pytest.mark.parametrize(
    ("given", "expected", "values"),
    [
        (pa.array([1, None], pa.int8()), pa.int64(), [1, None]),
        (pa.array([2**63 - 1], pa.uint64()), pa.int64(), [2**63 - 1]),
        (pa.array([-(2**63)], pa.int64()), pa.int64(), [-(2**63)]),
        (pa.array([1.5, None], pa.float16()), pa.float64(), [1.5, None]),
        (pa.array([0.1], pa.float32()), pa.float64(), [float(np.float32(0.1))]),
        (pa.array([0.1, None, float("nan")]), pa.float64(), [0.1, None, None]),
        (pa.array([float("nan")], pa.float32()), pa.float64(), [None]),
        (pa.array([float("inf"), -0.0]), pa.float64(), [float("inf"), -0.0]),
        (pa.array([Decimal("1.10"), None]), pa.float64(), [1.1, None]),
        (pa.array([Decimal("12345678901234567890.1")]), pa.float64(), [12345678901234567890.1]),
        (pa.array(["x", None, ""], pa.large_string()), pa.string(), ["x", None, ""]),
        (pa.array(["x", None]).cast(pa.string_view()), pa.string(), ["x", None]),
        (pa.array(["b", None, "a", "b"]).dictionary_encode(), pa.string(), ["b", None, "a", "b"]),
        (pa.array([3, None, 3]).dictionary_encode(), pa.int64(), [3, None, 3]),
        (pa.array([True, None]).dictionary_encode(), pa.bool_(), [True, None]),
        (pa.nulls(2), pa.null(), [None, None]),
    ],
)
def test_canonical(given: pa.Array, expected: pa.DataType, values: list[object]) -> None:
    assert canonical_type(given.type) == expected
    for chunks in ([given], [given.slice(0, 1), given.slice(1)], []):
        found = canonical_array(pa.chunked_array(chunks, given.type), "it")
        assert found.type == expected
        assert found.to_pylist() == (values if chunks else [])


@pytest.mark.parametrize("storage", ["array", "dictionary"])
def test_uuids_are_their_text(storage: str) -> None:
    given = pa.array([uuid.UUID(int=5).bytes, None], pa.uuid())
    assert canonical_type(given.type) == pa.string()
    if storage == "dictionary":
        given = pa.DictionaryArray.from_arrays(pa.array([0, 1], pa.int8()), given)
    found = canonical_array(pa.chunked_array([given]), "it")
    assert found.to_pylist() == ["00000000-0000-0000-0000-000000000005", None]


UTC_0030 = 1_729_989_000_000_000  # 2024-10-27T00:30:00Z: 02:30 in Rome, for the first time
UTC_0130 = UTC_0030 + 3_600_000_000  # 02:30 in Rome again


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Rome", "America/New_York", "+05:30"])
def test_timestamps_of_any_unit_and_zone(unit: str, zone: str | None) -> None:
    """A zone changes how a moment reads, not when it is; without one it is UTC."""
    size = {"s": 10**6, "ms": 10**3, "us": 1, "ns": 1}[unit]
    for micros in (UTC_0030, UTC_0130, 0, -1_000_000, -(10**15)):
        number = micros * 1000 if unit == "ns" else micros // size
        given = pa.array([number, None], pa.int64()).cast(pa.timestamp(unit, zone))
        found = canonical_array(pa.chunked_array([given]), "it")
        assert found.type == TIMESTAMP
        assert found.cast(pa.int64()).to_pylist() == [micros, None]


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Rome"])
def test_nanoseconds_are_cut_towards_the_past(zone: str | None) -> None:
    numbers = [1, 999, 1000, -1, -999, -1000, -1001, UTC_0130 * 1000 + 1]
    given = pa.array(numbers, pa.int64()).cast(pa.timestamp("ns", zone))
    found = canonical_array(pa.chunked_array([given]), "it").cast(pa.int64())
    assert found.to_pylist() == [0, 0, 1, -1, -1, -1, -2, UTC_0130]


@pytest.mark.parametrize("arrow", [pa.date32(), pa.date64()])
def test_a_date_is_its_midnight(arrow: pa.DataType) -> None:
    given = pa.chunked_array([pa.array([date(1969, 12, 31), None], arrow)])
    assert canonical_array(given, "it").to_pylist() == [datetime(1969, 12, 31, tzinfo=UTC), None]


@pytest.mark.parametrize(
    "given",
    [
        pa.array([2**63], pa.uint64()),
        pa.array([10**17], pa.int64()).cast(pa.timestamp("s")),
        pa.array([10**17], pa.int64()).cast(pa.timestamp("ms", "Europe/Rome")),
        pa.array([2**31 - 1], pa.int32()).cast(pa.date32()),
        pa.array([b"x"]),
        pa.array([[1]]),
        pa.array([{"a": 1}]),
        pa.array([1], pa.duration("us")),
        pa.array([1], pa.time64("us")),
    ],
    ids=lambda array: str(array.type),
)
def test_what_has_no_canonical_value_is_refused(given: pa.Array) -> None:
    with pytest.raises(SchemaMismatch, match="Column 'x'"):
        canonical_array(pa.chunked_array([given]), "Column 'x'")


@pytest.mark.parametrize(
    ("values", "there", "here"),
    [
        ([1.5], pa.float64(), pa.int64()),
        ([float("nan")], pa.float64(), pa.int64()),
        ([float("inf")], pa.float64(), pa.int64()),
        ([2.0**63], pa.float64(), pa.int64()),
        ([2**53 + 1], pa.int64(), pa.float64()),
        ([-(2**53) - 1, None], pa.int64(), pa.float64()),
        ([2**24 + 1], pa.int64(), pa.float32()),
        ([300], pa.int64(), pa.int8()),
        ([-1], pa.int64(), pa.uint8()),
        (["x"], pa.string(), pa.int64()),
    ],
)
def test_no_lossy_cast(values: list[object], there: pa.DataType, here: pa.DataType) -> None:
    with pytest.raises(SchemaMismatch, match="Column 'x'"):
        cast_exactly(pa.chunked_array([pa.array(values, there)]), here, "Column 'x'")


@pytest.mark.parametrize(
    ("values", "there", "here"),
    [
        ([1.0, None, -3.0], pa.float64(), pa.int64()),
        ([2**53, -(2**53), None], pa.int64(), pa.float64()),
        ([], pa.int64(), pa.float64()),
        ([None], pa.int64(), pa.float64()),
        ([None], pa.null(), pa.string()),
        ([127, -128], pa.int64(), pa.int8()),
    ],
)
def test_exact_casts(values: list[object], there: pa.DataType, here: pa.DataType) -> None:
    found = cast_exactly(pa.chunked_array([pa.array(values, there)]), here, "it")
    assert found.type == here
    assert found.to_pylist() == values


# What functions give back


@pytest.mark.parametrize(
    ("series", "column", "values"),
    [
        (pd.Series([1, 2]), ColumnType(pa.int64(), False), [1, 2]),
        (pd.Series([1, None], dtype="Int64"), ColumnType(pa.int64()), [1, None]),
        (pd.Series([True]), ColumnType(pa.bool_(), False), [True]),
        (pd.Series([True, None], dtype="boolean"), ColumnType(pa.bool_()), [True, None]),
        (pd.Series([1.0, np.nan]), ColumnType(pa.float64()), [1.0, None]),
        (pd.Series([1.0], dtype="float32"), ColumnType(pa.float32()), [1.0]),
        (pd.Series(["x", None], dtype="str"), ColumnType(pa.string()), ["x", None]),
        (pd.Series(["x", None], dtype="string"), ColumnType(pa.string()), ["x", None]),
        (pd.Series(["x", None], dtype=object), ColumnType(pa.string()), ["x", None]),
        (pd.Series([True, None], dtype=object), ColumnType(pa.bool_()), [True, None]),
        (
            pd.Series(pd.to_datetime(["2026-01-01", None]).as_unit("ns")),
            ColumnType(TIMESTAMP),
            [datetime(2026, 1, 1, tzinfo=UTC), None],
        ),
        (
            pd.Series(pd.to_datetime(["2026-01-01T01:00"]).tz_localize("Europe/Rome")),
            ColumnType(TIMESTAMP),
            [datetime(2026, 1, 1, tzinfo=UTC)],
        ),
    ],
)
def test_what_functions_give_back(
    series: pd.Series, column: ColumnType, values: list[object]
) -> None:
    found, type_found = series_to_arrow(series, "it")
    assert type_found == column
    assert found.to_pylist() == values


def test_durations_and_categories_that_functions_give_back() -> None:
    found, column = series_to_arrow(pd.Series(pd.to_timedelta(["1s", None])), "it")
    assert column == ColumnType(pa.duration("us"))
    assert found.cast(pa.int64()).to_pylist() == [1_000_000, None]
    found, column = series_to_arrow(pd.Series(["b", None], dtype="category"), "it")
    assert pa.types.is_dictionary(column.arrow)
    assert found.to_pylist() == ["b", None]


@pytest.mark.parametrize("values", [[1, "x"], [object()], [{1}, 2]])
def test_values_of_several_kinds(values: list[object]) -> None:
    with pytest.raises(SchemaMismatch, match="Function 'f' holds values that make no column"):
        series_to_arrow(pd.Series(values, dtype=object), "Function 'f'")


# Annotations


class Colour(StrEnum):
    RED = "red"


class Number(Enum):
    ONE = 1


@pytest.mark.parametrize(
    ("annotation", "column"),
    [
        (int, ColumnType(pa.int64(), False)),
        (int | None, ColumnType(pa.int64())),
        (Optional[int], ColumnType(pa.int64())),  # noqa: UP045
        (Annotated[int | None, "minutes"], ColumnType(pa.int64())),
        (bool, ColumnType(pa.bool_(), False)),
        (float, ColumnType(pa.float64())),
        (str, ColumnType(pa.string())),
        (Colour | None, ColumnType(pa.string())),
        (Literal["a", "b"], ColumnType(pa.string())),
        (Literal[1, 2], ColumnType(pa.int64(), False)),
        (uuid.UUID, ColumnType(pa.string())),
        (date, ColumnType(TIMESTAMP)),
        (datetime | None, ColumnType(TIMESTAMP)),
    ],
)
def test_annotations(annotation: Any, column: ColumnType) -> None:
    assert annotated_type(annotation, "it") == column


@pytest.mark.parametrize(
    "annotation", [None, object, list[int], int | str, Number, Literal["a", 1], "int", pd.Series]
)
def test_annotations_of_no_type(annotation: Any) -> None:
    with pytest.raises(InvalidDefinition, match="Field 'x' is annotated"):
        annotated_type(annotation, "Field 'x'")


def test_which_annotations_are_columns_and_allow_none() -> None:
    assert is_column(pd.Series)
    assert is_column(Annotated[pd.Series, "minutes"])
    assert not is_column(float)
    assert not is_column(None)
    assert allows_none(int | None)
    assert not allows_none(int)
