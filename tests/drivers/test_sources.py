"""Reading sources in every form, and every way in which one can be unreadable."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from drivers.engines import EVENT, KNOWN
from drivers.sources import SourceReader
from onedag import Query, Source
from onedag.errors import SourceError

ROWS = pd.DataFrame(
    {
        "who": ["a", "b", None],
        "value": [1, 2, 3],
        "at": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"], utc=True),
        "seen": pd.to_datetime(["2024-01-02", None, "2024-01-03"], utc=True),
    }
)
HOUR = 3_600_000_000


def us(day: int) -> int:
    return int(datetime(2024, 1, day, tzinfo=UTC).timestamp()) * 1_000_000


@pytest.fixture
def reader(tmp_path: Path) -> SourceReader:
    return SourceReader(tmp_path)


def in_form(form: str, folder: Path) -> object:
    """The rows in one of the forms that a source's data can have."""
    if form == "table":
        return pa.Table.from_pandas(ROWS)
    if form == "parquet":
        ROWS.to_parquet(folder / "rows.parquet")
    if form == "glob":
        ROWS.iloc[:1].to_parquet(folder / "part-0.parquet")
        ROWS.iloc[1:].to_parquet(folder / "part-1.parquet")
    if form in ("csv", "query"):
        ROWS.to_csv(folder / "rows.csv", index=False, sep=";")
    if form == "duckdb":
        with duckdb.connect(str(folder / "rows.duckdb")) as connection:
            connection.register("frame", pa.Table.from_pandas(ROWS))
            connection.execute("CREATE TABLE kept AS SELECT * FROM frame")
    if form == "sqlite":
        connection = sqlite3.connect(folder / "rows.sqlite")
        ROWS.assign(at=ROWS["at"].astype("str"), seen=ROWS["seen"].astype("str")).to_sql(
            "kept", connection, index=False
        )
        connection.close()
    return {
        "frame": ROWS,
        "parquet": "rows.parquet",
        "glob": "part-*.parquet",
        "csv": "rows.csv",
        "query": Query("SELECT * FROM 'rows.csv'"),
        "duckdb": Query("SELECT * FROM kept", database="rows.duckdb"),
        "sqlite": Query("SELECT * FROM kept", database="rows.sqlite"),
    }[form]


@pytest.mark.parametrize(
    "form", ["frame", "table", "parquet", "glob", "csv", "query", "duckdb", "sqlite"]
)
def test_every_form_gives_the_same_rows(reader: SourceReader, tmp_path: Path, form: str) -> None:
    source = Source("s", in_form(form, tmp_path), timestamp="at", known_at="seen")
    table = reader.read(source, ["who", "value"])
    assert table.column_names == ["who", "value", EVENT, KNOWN]
    assert table["who"].to_pylist() == ["a", "b", None]
    assert table["value"].to_pylist() == [1, 2, 3]
    assert table["value"].type == pa.int64()
    assert table[EVENT].to_pylist() == [us(1), us(2), us(3)]
    assert table[KNOWN].to_pylist() == [us(2), None, us(3)]
    assert reader.columns([source]) == {"s": ("who", "value", "at", "seen")}


def test_delay_and_renames(reader: SourceReader) -> None:
    source = Source(
        "s", ROWS, timestamp="at", delay="1h", columns={"value": "points", "at": "when"}
    )
    table = reader.read(source, ["points", "when"])
    assert table["points"].to_pylist() == [1, 2, 3]
    assert table[KNOWN].to_pylist() == [us(day) + HOUR for day in (1, 2, 3)]


def test_zones_dates_texts_and_nanoseconds_are_the_same_moments(reader: SourceReader) -> None:
    forms = [
        ROWS["at"].dt.tz_convert("America/New_York"),
        ROWS["at"].dt.tz_localize(None),
        ROWS["at"].dt.as_unit("ns"),
        ROWS["at"].dt.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        ROWS["at"].dt.strftime("%Y-%m-%d"),
        ROWS["at"].dt.date,
    ]
    for form in forms:
        table = reader.read(Source("s", pd.DataFrame({"at": form}), timestamp="at"), [])
        assert table[EVENT].to_pylist() == [us(1), us(2), us(3)]


def test_a_source_without_rows(reader: SourceReader, tmp_path: Path) -> None:
    ROWS.iloc[:0].to_parquet(tmp_path / "none.parquet")
    table = reader.read(Source("s", "none.parquet", timestamp="at"), ["value"])
    assert table.num_rows == 0
    assert table["value"].type == pa.int64()


UNREADABLE = {
    "missing file": ("nowhere.parquet", r"no file .*nowhere\.parquet"),
    "no file in a glob": ("nowhere-*.csv", "no file"),
    "empty parquet": ("empty.parquet", r"empty\.parquet"),
    "empty csv": ("empty.csv", r"empty\.csv"),
    "not a parquet file": ("text.parquet", r"text\.parquet"),
    "truncated parquet": ("half.parquet", r"half\.parquet"),
    "missing database": (Query("SELECT 1", "no.duckdb"), r"no\.duckdb"),
    "bad SQL": (Query("SELEKT 1"), "SELEKT"),
    "no SELECT": (Query("-- nothing"), "nothing.* one SELECT"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_an_unreadable_source_is_named(reader: SourceReader, tmp_path: Path, case: str) -> None:
    (tmp_path / "empty.parquet").touch()
    (tmp_path / "empty.csv").touch()
    (tmp_path / "text.parquet").write_text("not parquet at all")
    ROWS.to_parquet(tmp_path / "half.parquet")
    whole = (tmp_path / "half.parquet").read_bytes()
    (tmp_path / "half.parquet").write_bytes(whole[: len(whole) // 2])
    data, said = UNREADABLE[case]
    source = Source("sales", data, timestamp="at")
    for read in (lambda: reader.read(source, []), lambda: reader.columns([source])):
        with pytest.raises(SourceError, match=said) as caught:
            read()
        assert "'sales'" in str(caught.value)


BAD_COLUMNS = {
    "no such column": ({}, ["price"], "price"),
    "null timestamp": (
        {"at": ROWS["at"].where(ROWS["value"] != 2)},
        [],
        "1 of the first 3 rows .* row 1",
    ),
    "unparsable timestamp": ({"at": ["2024-01-01", "soon", "2024-01-03"]}, [], "'soon' at row 1"),
    "number as timestamp": ({"at": [1, 2, 3]}, [], "not a timestamp"),
    "a list": ({"value": [[1], [2], [3]]}, ["value"], "list"),
}


@pytest.mark.parametrize("case", BAD_COLUMNS)
def test_a_bad_column_is_named(reader: SourceReader, case: str) -> None:
    changes, columns, said = BAD_COLUMNS[case]
    source = Source("sales", ROWS.assign(**changes), timestamp="at")
    with pytest.raises(SourceError, match=said) as caught:
        reader.read(source, columns)
    assert "'sales'" in str(caught.value)


def test_a_timestamp_column_that_is_not_there(reader: SourceReader) -> None:
    with pytest.raises(SourceError, match=r"'when'.*who, value, at, seen"):
        reader.read(Source("s", ROWS, timestamp="when"), [])


def test_two_columns_of_one_name(reader: SourceReader) -> None:
    twice = Source("s", ROWS, timestamp="at", columns={"value": "who"})
    with pytest.raises(SourceError, match="more than one column named who"):
        reader.read(twice, ["who"])
