"""Batches of a source: the same rows in the same types, whatever the size of a batch."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow.csv import write_csv

from drivers.engines import EVENT, KNOWN
from drivers.sources import SourceReader
from onedag import Query, Source
from onedag.errors import SourceError

# `late` has no value until the last row, and `who` none in the first two.
ROWS = pa.table(
    {
        "late": pa.array([None, None, None, None, 7], pa.int64()),
        "who": pa.array([None, None, "a", "b", "a"]),
        "score": [1.5, float("nan"), None, 4.0, 5.0],
        "at": pa.array([datetime(2024, 1, day, tzinfo=UTC) for day in range(1, 6)]),
    }
)
ENTERED = "INSERT INTO kept VALUES (?, ?, ?, ?)"


def parts(folder: Path) -> str:
    for row in range(5):
        pq.write_table(ROWS.slice(row, 1), folder / f"part-{row}.parquet")
    return "part-*.parquet"


def row_groups(folder: Path) -> str:
    pq.write_table(ROWS, folder / "rows.parquet", row_group_size=3)
    return "rows.parquet"


def comma_separated(folder: Path) -> str:
    write_csv(ROWS, folder / "rows.csv")
    return "rows.csv"


def duckdb_file(folder: Path) -> Query:
    with duckdb.connect(str(folder / "rows.duckdb")) as connection:
        connection.register("frame", ROWS)
        connection.execute('CREATE TABLE kept AS SELECT * FROM frame ORDER BY "at" DESC')
    return Query('SELECT * FROM kept ORDER BY "at"', database="rows.duckdb")


def sqlite_file(folder: Path) -> Query:
    with sqlite3.connect(folder / "rows.sqlite") as connection:
        connection.execute("CREATE TABLE kept (late, who, score, at)")
        for row in ROWS.to_pylist():
            score = None if row["score"] != row["score"] else row["score"]
            values = (row["late"], row["who"], score, row["at"].isoformat())
            connection.execute(ENTERED, values)
    connection.close()
    # A column that is never whole: pandas makes float64 of integers with nulls.
    return Query("SELECT * FROM kept", database="rows.sqlite")


FORMS: dict[str, Callable[[Path], Any]] = {
    "frame": lambda folder: ROWS.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get),
    "table": lambda folder: ROWS,
    "row groups": row_groups,
    "glob": parts,
    "csv": comma_separated,
    "duckdb": duckdb_file,
    "sqlite": sqlite_file,
}


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 100])
@pytest.mark.parametrize("form", FORMS)
def test_batches_are_the_source_in_parts(tmp_path: Path, form: str, rows: int) -> None:
    source = Source("s", FORMS[form](tmp_path), timestamp="at", delay="1us")
    reader = SourceReader(tmp_path)
    tables = list(reader.batches(source, ["late", "score", "who"], rows))
    assert [table.num_rows for table in tables] == [min(rows, 5 - i) for i in range(0, 5, rows)]
    whole = pa.float64() if form == "sqlite" else pa.int64()
    types = [whole, pa.float64(), pa.string(), pa.int64(), pa.int64()]
    for table in tables:
        assert table.column_names == ["late", "score", "who", EVENT, KNOWN]
        assert table.schema.types == types
    read = pa.concat_tables(tables)
    assert read.equals(reader.read(source, ["late", "score", "who"]))
    assert read["late"].to_pylist() == [None, None, None, None, 7]
    assert read["score"].to_pylist() == [1.5, None, None, 4.0, 5.0]
    assert read["who"].to_pylist() == [None, None, "a", "b", "a"]
    assert read[EVENT].to_pylist() == ROWS["at"].cast(pa.int64()).to_pylist()
    assert read[KNOWN].to_pylist() == [moment + 1 for moment in read[EVENT].to_pylist()]


@pytest.mark.parametrize("form", ["frame", "table", "parquet"])
def test_a_source_without_rows_has_one_table_with_its_types(tmp_path: Path, form: str) -> None:
    empty = ROWS.slice(0, 0)
    pq.write_table(empty, tmp_path / "none.parquet")
    data = {"frame": empty.to_pandas(), "table": empty, "parquet": "none.parquet"}[form]
    (table,) = SourceReader(tmp_path).batches(Source("s", data, timestamp="at"), ["score"])
    assert table.schema == pa.schema([("score", pa.float64()), (EVENT, "int64"), (KNOWN, "int64")])
    assert table.num_rows == 0


def test_a_column_without_rows_and_type_is_refused(tmp_path: Path) -> None:
    empty = ROWS.slice(0, 0).set_column(0, "late", pa.nulls(0))
    with pytest.raises(SourceError, match=r"'late' no type.*astype"):
        SourceReader(tmp_path).read(Source("s", empty, timestamp="at"), ["late"])


def test_an_object_column_is_what_all_its_values_are(tmp_path: Path) -> None:
    ids = [None, None, uuid.UUID(int=1), uuid.UUID(int=2), None]
    frame = ROWS.to_pandas().assign(
        id=pd.Series(ids, dtype=object), flag=[None, None, True] * 1 + [None] * 2
    )
    source = Source("s", frame, timestamp="at")
    tables = list(SourceReader(tmp_path).batches(source, ["id", "flag"], rows=2))
    assert {table.schema.types[0] for table in tables} == {pa.string()}
    assert {table.schema.types[1] for table in tables} == {pa.bool_()}
    assert pa.concat_tables(tables)["id"].to_pylist() == [i and str(i) for i in ids]


def test_csv_files_come_in_order_and_have_the_types_of_all(tmp_path: Path) -> None:
    """Only the last of 3 × 3000 rows says that ``value`` is a float."""
    for part in range(3):
        rows = [f"{part * 3000 + row},{row},2024-01-01" for row in range(3000)]
        if part == 2:
            rows[-1] = "8999,0.5,2024-01-01"
        (tmp_path / f"{part}.csv").write_text("\n".join(["n,value,at", *rows]) + "\n")
    source = Source("s", "*.csv", timestamp="at")
    tables = list(SourceReader(tmp_path).batches(source, ["n", "value"], rows=1000))
    assert pa.concat_tables(tables)["n"].to_pylist() == list(range(9000))
    assert {table.schema.field("value").type for table in tables} == {pa.float64()}


# Row:      0         1         2         3
# Batch:    |-------- 0 --------|-------- 1 --------|
MOMENTS = {
    "null": (["2024-01-01", "2024-01-02", "2024-01-03", None], r"1 of the first 4 .* row 3 "),
    "no timestamp": (["2024-01-01", "2024-01-02", "soon", "2024-01-03"], "'soon' at row 2 "),
}


@pytest.mark.parametrize("case", MOMENTS)
def test_a_wrong_time_is_named_by_its_row_in_the_source(tmp_path: Path, case: str) -> None:
    texts, said = MOMENTS[case]
    source = Source("sales", pd.DataFrame({"at": texts}), timestamp="at")
    batches = SourceReader(tmp_path).batches(source, [], rows=2)
    assert next(batches).num_rows == 2
    with pytest.raises(SourceError, match=rf"'sales'.*{said}"):
        next(batches)


def test_a_text_with_nanoseconds_takes_no_other_text_its_range(tmp_path: Path) -> None:
    texts = pd.DataFrame({"at": ["1969-12-31T23:59:59.999999999Z", "3000-01-01"]})
    moments = SourceReader(tmp_path).read(Source("s", texts, timestamp="at"), [])[EVENT]
    assert moments.to_pylist() == [-1, int(datetime(3000, 1, 1, tzinfo=UTC).timestamp()) * 10**6]


def test_only_the_columns_asked_for_must_have_a_place(tmp_path: Path) -> None:
    listed = ROWS.append_column("list", pa.array([[1]] * 5))
    for data in (listed, listed.to_pandas()):
        source = Source("s", data, timestamp="at")
        assert SourceReader(tmp_path).read(source, ["late"]).num_rows == 5
        with pytest.raises(SourceError, match=r"'list' .*list<"):
            SourceReader(tmp_path).read(source, ["list"])


@pytest.mark.parametrize(
    ("form", "count"),
    [("frame", 5), ("table", 5), ("row groups", 5), ("glob", 5), ("csv", None), ("duckdb", None)],
)
def test_the_number_of_rows(tmp_path: Path, form: str, count: int | None) -> None:
    source = Source("s", FORMS[form](tmp_path), timestamp="at")
    assert SourceReader(tmp_path).row_count(source) == count


def test_a_query_that_fails_in_the_middle(tmp_path: Path) -> None:
    sql = "SELECT (100000 - range)::UTINYINT AS v, now() AS moment FROM range(100001)"
    batches = SourceReader(tmp_path).batches(Source("sales", Query(sql), timestamp="moment"), ["v"])
    with pytest.raises(SourceError, match="'sales' can't be read"):
        list(batches)


def test_names_that_need_quotes_and_names_with_dots(tmp_path: Path) -> None:
    table = pa.table({'a "b"': [1], "a.b": [2], "a": [{"b": 3}], "at": ROWS["at"][:1]})
    pq.write_table(table, tmp_path / "t.parquet")
    (tmp_path / "t.csv").write_text('"a ""b""",a.b,at\n1,2,2024-01-01\n')
    for data in ("t.parquet", "t.csv"):
        source = Source("s", data, timestamp="at")
        (read,) = SourceReader(tmp_path).batches(source, ['a "b"', "a.b"])
        assert read.select(['a "b"', "a.b"]).to_pylist() == [{'a "b"': 1, "a.b": 2}]


@pytest.mark.parametrize("kept", ["parquet", "table"])
def test_uuids_are_their_text(tmp_path: Path, kept: str) -> None:
    ids = [uuid.UUID(int=row) for row in range(4)]
    stored = pa.array([*(i.bytes for i in ids), None], pa.uuid())
    table = pa.table({"id": stored, "at": ROWS["at"]})
    pq.write_table(table, tmp_path / "t.parquet")
    source = Source("s", table if kept == "table" else "t.parquet", timestamp="at")
    (read,) = SourceReader(tmp_path).batches(source, ["id"], dictionaries=["id"])
    assert read["id"].to_pylist() == [*map(str, ids), None]


DICTIONARY = pa.dictionary(pa.int32(), pa.string())
SMALL = pa.array([None, "b", "a", "b", "a"])


@pytest.mark.parametrize(
    "stored",
    [
        SMALL,
        SMALL.cast(pa.large_string()),
        SMALL.dictionary_encode(),
        SMALL.dictionary_encode().cast(pa.dictionary(pa.int8(), pa.string())),
    ],
)
@pytest.mark.parametrize("kept", ["parquet", "table"])
def test_text_may_come_as_dictionaries(tmp_path: Path, stored: pa.Array, kept: str) -> None:
    table = pa.table({"name": stored, "at": ROWS["at"]})
    if kept == "parquet":
        pq.write_table(table, tmp_path / "t.parquet", row_group_size=2)
    data = table if kept == "table" else "t.parquet"
    source = Source("s", data, timestamp="at", columns={"name": "key"})
    reader = SourceReader(tmp_path)
    tables = list(reader.batches(source, ["key"], rows=3, dictionaries=["key"]))
    plain = kept == "table" and not pa.types.is_dictionary(stored.type)
    wanted = pa.string() if plain else DICTIONARY
    assert {table.schema.field("key").type for table in tables} == {wanted}
    assert [v for table in tables for v in table["key"].to_pylist()] == SMALL.to_pylist()
    assert reader.read(source, ["key"])["key"].equals(pa.chunked_array([SMALL]))


def test_a_null_in_a_dictionary_is_a_null(tmp_path: Path) -> None:
    encoded = SMALL.dictionary_encode(null_encoding="encode")
    source = Source("s", pa.table({"key": encoded, "at": ROWS["at"]}), timestamp="at")
    (table,) = SourceReader(tmp_path).batches(source, ["key"], dictionaries=["key"])
    assert table["key"].type == DICTIONARY
    assert table["key"].null_count == 1
    assert table["key"].to_pylist() == SMALL.to_pylist()


def test_what_is_no_small_dictionary_in_the_file_stays_text(tmp_path: Path) -> None:
    n = 200_000
    table = pa.table(
        {
            "unique": np.arange(n).astype(str),
            "number": np.arange(n) % 3,
            "plain": (np.arange(n) % 3).astype(str),
            "few": (np.arange(n) % 3).astype(str),
            "at": np.zeros(n, "datetime64[us]"),
        }
    )
    kept = ["unique", "few", "number"]
    pq.write_table(table, tmp_path / "t.parquet", use_dictionary=kept)
    columns = ["unique", "number", "plain", "few"]
    (read,) = SourceReader(tmp_path).batches(
        Source("s", "t.parquet", timestamp="at"), columns, dictionaries=columns
    )
    types = [read.schema.field(name).type for name in columns]
    assert types == [pa.string(), pa.int64(), pa.string(), DICTIONARY]
    assert read["few"].cast(pa.string()).equals(table["few"])
    assert read["unique"].equals(table["unique"])
