"""Rows of every form become the same table; what can't be rows is named."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from drivers.testing.rows import RawRows, Rows
from onedag.dtypes import TIMESTAMP
from onedag.errors import SourceError

TEXT = """
    carrier, landed_at,        arr_delay, seats

    UA,      2024-01-01T10:00, 20,        007
    "A, B",  2024-01-01,       -1.5,
    ,        ,                 ,          12
"""
DICTS = [
    {"carrier": "UA", "landed_at": "2024-01-01T10:00", "arr_delay": 20, "seats": "007"},
    {"carrier": "A, B", "landed_at": date(2024, 1, 1), "arr_delay": -1.5},
    {"arr_delay": math.nan, "seats": "12"},
]
TYPES = {
    "carrier": pa.string(),
    "landed_at": TIMESTAMP,
    "arr_delay": pa.float64(),
    "seats": pa.string(),
}
EXPECTED = [
    ("UA", datetime(2024, 1, 1, 10, tzinfo=UTC), 20.0, "007"),
    ("A, B", datetime(2024, 1, 1, tzinfo=UTC), -1.5, None),
    (None, None, None, "12"),
]


def raw(rows: Any) -> RawRows:
    return RawRows(rows, "Rows of source 'landings'", SourceError)


def same_times(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "landed_at": str(row["landed_at"])} for row in rows if "landed_at" in row]


@pytest.mark.parametrize(
    "rows",
    [
        TEXT,
        [*same_times(DICTS), DICTS[2]],
        pd.DataFrame([*same_times(DICTS), DICTS[2]], index=[3, 3, 1]),
        pa.Table.from_pylist([*same_times(DICTS), {"arr_delay": None, "seats": "12"}]),
    ],
    ids=["text", "dicts", "pandas", "arrow"],
)
def test_all_forms_are_one_table(rows: Rows) -> None:
    table = raw(rows).typed(TYPES)
    assert {field.name: field.type for field in table.schema} == TYPES
    assert [tuple(row.values()) for row in table.to_pylist()] == EXPECTED


@pytest.mark.parametrize(
    ("cells", "arrow"),
    [
        (["1", "-20", "0"], pa.int64()),
        (["1", "1.5", "2.", ".5", "1e3"], pa.float64()),
        (["true", "False"], pa.bool_()),
        (["007", "1"], pa.string()),
        (["UA", "1"], pa.string()),
        (["2024-01-01", "1"], pa.string()),
    ],
)
def test_types_of_text_are_those_of_all_its_cells(cells: list[str], arrow: pa.DataType) -> None:
    table = raw("\n".join(["x", *cells])).typed({})
    assert table.schema.field("x").type == arrow


def test_values_say_the_types_that_nobody_else_does() -> None:
    table = raw([{"a": 1, "b": 1.0, "c": "x", "d": True, "e": date(2024, 1, 1)}]).typed({})
    arrow = [pa.int64(), pa.float64(), pa.string(), pa.bool_(), TIMESTAMP]
    assert [field.type for field in table.schema] == arrow


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("landings.parquet", "pd.read_parquet"),
        ("", "pd.read_parquet"),
        ("a, a\n1, 2", "must be different"),
        ("a, b\n1", "row 0 has 1 cells for 2 names"),
        ("seats, arr_delay\n1, x\n", "column 'arr_delay' should be double"),
        ("landed_at\nnoon\n", "'noon' in column 'landed_at' of row 0 isn't an ISO 8601 time"),
        ([{"arr_delay": "20"}], "column 'arr_delay' should be double: it is string, not double"),
        ([{"landed_at": 1_700_000_000}], "column 'landed_at' should be timestamp.*: it is int64"),
        ([{"a": 1}, {"a": "x"}], "values of a column are of several kinds"),
        ([{"a": None}], "no value says the type of column 'a'"),
        ({"a": 1}, "rows are a list of dicts"),
        ([1], "rows are a list of dicts"),
    ],
)
def test_what_cannot_be_rows(rows: Any, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        raw(rows).typed(TYPES)
    assert str(caught.value).startswith("Rows of source 'landings': ")


def test_a_column_under_both_of_its_names() -> None:
    with pytest.raises(SourceError, match="column 'landed_at' is given twice"):
        RawRows(
            [{"Landed": "2024-01-01", "landed_at": "2024-01-01"}],
            "Rows of source 'landings'",
            SourceError,
            {"Landed": "landed_at"},
        )
