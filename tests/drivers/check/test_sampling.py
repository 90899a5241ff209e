"""A few rows are read of a source, and those that functions get wrong are among them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from drivers.check.choosing import blocks, chosen
from drivers.check.sampling import READ_ROWS, SampledReader, some_of_spine
from onedag import Source
from onedag.errors import SourceError

GROUP, GROUPS = 1000, 40


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Rows 0 to 39,999 in 40 row groups, one a second."""
    numbers = np.arange(GROUP * GROUPS)
    frame = pd.DataFrame({"n": numbers, "at": pd.to_datetime(numbers, unit="s", utc=True)})
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.Table.from_pandas(frame), path, row_group_size=GROUP, compression="none")
    return path


def damaged(path: Path, group: int) -> None:
    """Make one row group unreadable."""
    place = pq.ParquetFile(path).metadata.row_group(group).column(0).data_page_offset
    content = bytearray(path.read_bytes())
    content[place : place + 64] = b"\xff" * 64
    path.write_bytes(bytes(content))


def test_row_groups_in_between_are_not_read(file: Path) -> None:
    source = Source("rows", str(file), timestamp="at")
    damaged(file, 2)
    part = SampledReader(Path()).part(source, ["n"])
    starts = part["n"].to_numpy()[::GROUP] // GROUP
    assert starts.tolist() == [0, 5, 11, 16, 22, 27, 33, 39]
    damaged(file, 5)
    with pytest.raises(SourceError):
        SampledReader(Path()).part(source, ["n"])


def test_some_of_several_files(tmp_path: Path, file: Path) -> None:
    for number in range(20):
        (tmp_path / f"more_{number:02}.parquet").write_bytes(file.read_bytes())
    source = Source("rows", str(tmp_path / "more_*.parquet"), timestamp="at")
    part = SampledReader(Path()).part(source, ["n"])
    assert 0 < part.num_rows <= READ_ROWS
    assert part["n"].to_numpy().max() == GROUP * GROUPS - 1


def test_the_first_rows_of_one_large_row_group(tmp_path: Path) -> None:
    numbers = np.arange(READ_ROWS + 5000)
    path = tmp_path / "one.parquet"
    at = pa.array(numbers, pa.timestamp("s", "UTC"))
    pq.write_table(pa.table({"n": numbers, "at": at}), path)
    part = SampledReader(Path()).part(Source("one", str(path), timestamp="at"), ["n"])
    assert part.num_rows == READ_ROWS
    reader = SampledReader(Path())
    [history] = reader.batches(Source("one", str(path), timestamp="at"), ["n"])
    assert history.num_rows == 8 * 256
    found = some_of_spine(path, Path())
    assert isinstance(found, pa.Table)
    assert found.num_rows == READ_ROWS


def test_later_columns_are_of_the_same_rows(file: Path) -> None:
    reader, source = SampledReader(Path()), Source("rows", str(file), timestamp="at")
    first = reader.part(source, [])
    both = reader.part(source, ["n", "at"])
    assert both.num_rows == first.num_rows
    assert (both["at"].cast(pa.int64()).to_numpy() // 10**6 == both["n"].to_numpy()).all()


@pytest.mark.parametrize("empty", [True, False])
def test_a_source_without_rows(tmp_path: Path, empty: bool) -> None:
    table = pa.table({"n": pa.array([], pa.int64()), "at": pa.array([], pa.timestamp("us", "UTC"))})
    path = tmp_path / "none.parquet"
    pq.write_table(table, path)
    data = table if empty else str(path)
    assert SampledReader(Path()).part(Source("none", data, timestamp="at"), ["n"]).num_rows == 0


def test_csv_and_frames_give_their_first_rows(tmp_path: Path) -> None:
    frame = pd.DataFrame({"n": range(10), "at": pd.date_range("2024-01-01", periods=10)})
    path = tmp_path / "rows.csv"
    frame.to_csv(path, index=False)
    for data in (str(path), frame):
        part = SampledReader(Path()).some(Source("rows", data, timestamp="at"), ["n"], 4)
        assert part["n"].to_pylist() == [0, 1, 2, 3]


def test_chosen_rows_hold_extremes_nulls_and_ties() -> None:
    values: list[float | None] = [float(n) for n in range(5000)]
    values[1234], values[2345], values[3456] = 1e9, -1e9, None
    values[77] = values[33]
    texts = ["m"] * 5000
    texts[4321] = "zz"
    table = pa.table({"x": pa.array(values), "t": texts})
    rows = chosen(table, 32).tolist()
    assert len(rows) == 32
    assert rows == sorted(set(rows))
    assert {0, 4999, 1234, 2345, 3456, 33, 77, 4321} <= set(rows)


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_of_few_rows_all_are_chosen(rows: int) -> None:
    table = pa.table({"x": pa.nulls(rows, pa.float64())})
    assert chosen(table, 8).tolist() == list(range(rows))


def test_more_columns_than_rows_to_choose() -> None:
    table = pa.table({f"x{n}": np.random.default_rng(n).normal(size=100) for n in range(30)})
    assert len(chosen(table, 8)) == 8


def test_blocks_of_rows_that_stand_together() -> None:
    table = pa.table({"n": np.arange(1000)})
    numbers = blocks(table, 3, 10)["n"].to_pylist()
    assert numbers == [*range(10), *range(495, 505), *range(990, 1000)]
    assert blocks(table, 100, 10) is table
