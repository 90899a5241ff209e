"""Sources that change while they are read."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from drivers.sources import SourceReader
from onedag import Query, Source
from onedag.errors import SourceError

AT = pa.array([0, 1, 2, 3], pa.timestamp("us"))


def write(path: Path, first: int = 0) -> None:
    pq.write_table(pa.table({"v": range(first, first + 4), "at": AT}), path, row_group_size=1)


def in_place(folder: Path) -> None:
    write(folder / "1.parquet", first=4)


def renamed(folder: Path) -> None:
    write(folder / "new", first=4)
    os.replace(folder / "new", folder / "1.parquet")


def cut_off(folder: Path) -> None:
    os.truncate(folder / "2.parquet", 100)


def emptied(folder: Path) -> None:
    os.truncate(folder / "2.parquet", 0)


def gone(folder: Path) -> None:
    (folder / "2.parquet").unlink()


def added(folder: Path) -> None:
    write(folder / "3.parquet")


def same_content(folder: Path) -> None:
    """Only the inode and the time of the change tell that this is another file."""
    content = (folder / "1.parquet").read_bytes()
    (folder / "new").write_bytes(content)
    os.replace(folder / "new", folder / "1.parquet")


CHANGES: dict[Callable[[Path], None], str] = {
    in_place: r"1\.parquet was written",
    renamed: r"1\.parquet was written",
    cut_off: r"2\.parquet was written",
    emptied: r"2\.parquet was written",
    gone: r"2\.parquet is gone",
    added: r"3\.parquet is new",
    same_content: r"1\.parquet was written",
}


@pytest.fixture
def source(tmp_path: Path) -> Source:
    write(tmp_path / "1.parquet")
    write(tmp_path / "2.parquet")
    return Source("sales", "*.parquet", timestamp="at")


def rest(batches: Iterator[pa.Table]) -> None:
    for _ in batches:
        pass


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_during_a_pass(
    tmp_path: Path, source: Source, change: Callable[[Path], None]
) -> None:
    """
    batches   |--1--|--1--|--1--|--1--|--2--|--2--|--2--|--2--|
    change          ^                                         error, at the latest
    """
    batches = SourceReader(tmp_path).batches(source, ["v"], rows=1)
    assert next(batches)["v"].to_pylist() == [0]
    change(tmp_path)
    with pytest.raises(SourceError, match=f"'sales' changed .*{CHANGES[change]}") as caught:
        rest(batches)
    assert "rename" in str(caught.value)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_between_two_passes(
    tmp_path: Path, source: Source, change: Callable[[Path], None]
) -> None:
    """
    reader    |---- pass 1 ----|        |---- pass 2 ----|
    change                         ^    error
    """
    reader = SourceReader(tmp_path)
    reader.columns([source])
    reader.read(source, ["v"])
    change(tmp_path)
    with pytest.raises(SourceError, match=f"'sales' changed .*{CHANGES[change]}"):
        next(reader.batches(source, ["v"]))


def test_two_passes_over_the_same_files(tmp_path: Path, source: Source) -> None:
    reader = SourceReader(tmp_path)
    assert reader.row_count(source) == 8
    assert reader.read(source, ["v"]).equals(reader.read(source, ["v"]))


def test_another_run_reads_what_is_there_then(tmp_path: Path, source: Source) -> None:
    reader = SourceReader(tmp_path)
    assert reader.read(source, ["v"])["v"].to_pylist() == [0, 1, 2, 3] * 2
    renamed(tmp_path)
    added(tmp_path)
    now = [4, 5, 6, 7, 0, 1, 2, 3, 0, 1, 2, 3]
    assert reader.for_a_run().read(source, ["v"])["v"].to_pylist() == now
    with pytest.raises(SourceError, match="then run again"):
        reader.row_count(source)
    assert reader.read(source, ["v"])["v"].to_pylist() == now, "the cure works with one reader too"
    assert reader.row_count(source) == 12


def test_a_change_before_the_first_pass_is_none(tmp_path: Path, source: Source) -> None:
    reader = SourceReader(tmp_path)
    assert reader.columns([source]) == {"sales": ("v", "at")}
    renamed(tmp_path)
    assert reader.read(source, ["v"])["v"].to_pylist() == [4, 5, 6, 7, 0, 1, 2, 3]


def test_a_csv_file_that_grows(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("v,at\n1,2024-01-01\n2,2024-01-02\n")
    batches = SourceReader(tmp_path).batches(Source("sales", "rows.csv", timestamp="at"), [], 1)
    next(batches)
    with path.open("a") as file:
        file.write("3,2024-01-03\n")
    with pytest.raises(SourceError, match=r"'sales' changed .*rows\.csv was written"):
        rest(batches)


def test_a_query_that_gives_other_rows_the_second_time(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "rows.db")
    database.execute("CREATE TABLE kept (v, at)")
    reader = SourceReader(tmp_path)
    source = Source("sales", Query("SELECT * FROM kept", "rows.db"), timestamp="at")
    for count in (1, 2):
        database.execute("INSERT INTO kept VALUES (1, '2024-01-01')")
        database.commit()
        if count == 1:
            assert reader.read(source, ["v"]).num_rows == 1
    database.close()
    with pytest.raises(SourceError, match=r"'sales' changed .* 1 rows at first and has 2 now"):
        reader.read(source, ["v"])
    assert reader.for_a_run().read(source, ["v"]).num_rows == 2
