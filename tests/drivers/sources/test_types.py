"""The types of a source's columns are those in which its rows are read, told without reading."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow.csv import write_csv

from drivers.engines import EVENT, KNOWN
from drivers.sources import SourceReader
from onedag import Query, Source
from onedag.errors import SourceError
from onedag.source import SourceData

ROWS = pa.table(
    {
        "n": pa.array([1, None], pa.int16()),
        "share": pa.array([1.5, 2.5], pa.float32()),
        "who": pa.array(["a", "b"]).dictionary_encode(),
        "ok": [True, None],
        "day": [date(2024, 1, 1), date(2024, 1, 2)],
        "price": [Decimal("1.50"), Decimal("2.50")],
        "at": pa.array([datetime(2024, 1, day, tzinfo=UTC) for day in (1, 2)]),
    }
)
EXPECTED = {
    "n": "int64",
    "fraction": "double",
    "who": "string",
    "ok": "bool",
    "day": "timestamp[us, tz=UTC]",
    "price": "double",
    "at": "timestamp[us, tz=UTC]",
}


def parquet(folder: Path) -> SourceData:
    pq.write_table(ROWS, folder / "rows.parquet")
    return "rows.parquet"


def csv(folder: Path) -> SourceData:
    write_csv(ROWS.set_column(2, "who", ROWS["who"].cast(pa.string())), folder / "rows.csv")
    return folder / "rows.csv"


def query(folder: Path) -> SourceData:
    parquet(folder)
    return Query("SELECT * FROM 'rows.parquet' ORDER BY n")


def database(folder: Path) -> SourceData:
    with duckdb.connect(str(folder / "rows.duckdb")) as connection:
        connection.register("frame", ROWS)
        connection.execute("CREATE TABLE kept AS SELECT * FROM frame")
    return Query("SELECT * FROM kept", database="rows.duckdb")


def frame(_folder: Path) -> SourceData:
    return ROWS.to_pandas().astype({"n": "Int16"})


def table(_folder: Path) -> SourceData:
    return ROWS


@pytest.mark.parametrize("kept", [parquet, csv, query, database, frame, table])
def test_types_are_those_in_which_rows_are_read(
    kept: Callable[[Path], SourceData], tmp_path: Path
) -> None:
    source = Source("rows", kept(tmp_path), "at", columns={"share": "fraction"})
    reader = SourceReader(tmp_path)
    found = reader.types(source)
    assert found == EXPECTED
    rows = SourceReader(tmp_path).read(source, list(found)).drop_columns([EVENT, KNOWN])
    assert {field.name: str(field.type) for field in rows.schema} == found
    assert reader.types(source) == found
    assert set(reader.columns([source])["rows"]) == set(found)


def test_a_column_of_objects_has_the_type_of_its_values(tmp_path: Path) -> None:
    rows = pd.DataFrame({"id": [uuid.uuid4()], "x": pd.Series([1], dtype=object), "at": ["2024"]})
    rows["none"] = pd.Series([None], dtype=object)
    assert SourceReader(tmp_path).types(Source("rows", rows, "at")) == {
        "id": "string",
        "x": "int64",
        "at": "string",
        "none": "null",
    }


def test_a_type_that_no_feature_takes_is_told_as_it_is(tmp_path: Path) -> None:
    rows = pa.table({"tags": [["a"]], "raw": [b"a"], "at": ["2024-01-01"]})
    assert SourceReader(tmp_path).types(Source("rows", rows, "at")) == {
        "tags": "list<item: string>",
        "raw": "binary",
        "at": "string",
    }


def test_only_the_values_of_sqlite_have_types(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "rows.db") as connection:
        connection.execute("CREATE TABLE kept (n INTEGER, at TEXT)")
    connection.close()
    source = Source("rows", Query("SELECT * FROM kept", "rows.db"), "at", columns={"n": "m"})
    assert SourceReader(tmp_path).types(source) == {"m": "unknown", "at": "unknown"}


def test_rows_are_not_read(tmp_path: Path) -> None:
    pq.write_table(ROWS, tmp_path / "rows.parquet", compression="none", write_page_checksum=True)
    content = bytearray((tmp_path / "rows.parquet").read_bytes())
    content[8:40] = b"x" * 32  # pages, before the footer
    (tmp_path / "rows.parquet").write_bytes(content)
    source = Source("rows", "rows.parquet", "at", columns={"share": "fraction"})
    assert SourceReader(tmp_path).types(source) == EXPECTED
    with pytest.raises(SourceError):
        SourceReader(tmp_path).read(source, list(EXPECTED))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("none.parquet", "there is no file"),
        (Query("SELECT * FROM nothing"), "nothing"),
        (Query("SELECT 1", "none.duckdb"), "no database"),
    ],
)
def test_a_source_that_cannot_be_opened(data: SourceData, said: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=said):
        SourceReader(tmp_path).types(Source("rows", data, "at"))
