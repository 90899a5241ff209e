"""Parquet files: what is read of them, what they may disagree on, and damaged ones."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from drivers.engines import EVENT
from drivers.sources import SourceReader
from onedag import Source
from onedag.errors import SourceError

NAIVE = pa.timestamp("us")
AWARE = pa.timestamp("ns", "Europe/Berlin")


def write(path: Path, at: pa.DataType = NAIVE, **columns: pa.Array) -> None:
    moments = pa.array([0, 10**6], pa.timestamp("us")).cast(at)
    pq.write_table(pa.table({"at": moments, **columns}), path)


def two_files(folder: Path, first: pa.Array | None, second: pa.Array | None) -> Source:
    for name, values in (("1.parquet", first), ("2.parquet", second)):
        write(folder / name, **({} if values is None else {"v": values}))
    return Source("sales", "*.parquet", timestamp="at")


# One column in two files, and what comes of it.
AGREE = {
    "widths": (pa.array([1, 2], pa.int32()), pa.array([3, None], pa.uint8()), pa.int64()),
    "floats": (pa.array([1, 2], pa.float32()), pa.array([3, None], pa.float64()), pa.float64()),
    "texts": (pa.array(["1", "2"]), pa.array(["3", None], pa.large_string()), pa.string()),
    "no value first": (pa.nulls(2), pa.array([3, None], pa.int16()), pa.int64()),
    "no value last": (pa.array(["1", "2"]), pa.nulls(2), pa.string()),
    "no value": (pa.nulls(2), pa.nulls(2), pa.null()),
    "categories": (pa.array(["1", "2"]).dictionary_encode(), pa.array(["3", None]), pa.string()),
}


@pytest.mark.parametrize("case", AGREE)
@pytest.mark.parametrize("rows", [1, 3, 100])
def test_files_may_hold_a_column_in_forms_of_one_type(tmp_path: Path, case: str, rows: int) -> None:
    first, second, arrow = AGREE[case]
    source = two_files(tmp_path, first, second)
    for dictionaries in ([], ["v"]):
        tables = list(SourceReader(tmp_path).batches(source, ["v"], rows, dictionaries))
        assert len({table.schema for table in tables}) == 1
        values = [value for table in tables for value in table["v"].to_pylist()]
        assert values == [*first.to_pylist(), *second.to_pylist()]
    assert SourceReader(tmp_path).read(source, ["v"])["v"].type == arrow


def test_files_may_hold_times_in_any_unit_and_zone(tmp_path: Path) -> None:
    write(tmp_path / "1.parquet", NAIVE)
    write(tmp_path / "2.parquet", AWARE)
    write(tmp_path / "3.parquet", pa.timestamp("s"))
    table = SourceReader(tmp_path).read(Source("s", "*.parquet", timestamp="at"), ["at"])
    assert table[EVENT].to_pylist() == [0, 10**6] * 3


DISAGREE = {
    "integer, text": (pa.array([1, 2]), pa.array(["1", "2"]), "int64 in .*1.parquet and string in"),
    "integer, float": (pa.array([1, 2]), pa.array([1.0, None]), "and double in .*2.parquet"),
    "time, text": (pa.array([1, 2], NAIVE), pa.array(["1", "2"]), r"timestamp\[us\] in"),
    "text, list": (pa.array(["1", "2"]), pa.array([[1], [2]]), "and list<.* in"),
    "missing last": (
        pa.array([1, 2]),
        None,
        "2.parquet has no column 'v', .*1.parquet has as int64",
    ),
    "missing first": (None, pa.array([1, 2]), "1.parquet has no column 'v', .*It has at"),
}


@pytest.mark.parametrize("case", DISAGREE)
def test_a_column_that_changed_between_files_is_named(tmp_path: Path, case: str) -> None:
    first, second, said = DISAGREE[case]
    source = two_files(tmp_path, first, second)
    reader = SourceReader(tmp_path)
    assert reader.columns([source]) == {"sales": ("at", "v")}
    with pytest.raises(SourceError, match=f"'sales'.*'v'.*{said}|'sales'.*{said}") as caught:
        list(reader.batches(source, ["v"]))
    assert "Write it" in str(caught.value)
    assert reader.read(source, []).num_rows == 4, "other columns can be read"


def test_a_column_that_a_file_has_twice(tmp_path: Path) -> None:
    write(tmp_path / "1.parquet", v=pa.array([1, 2]))
    at = pa.array([0, 1], NAIVE)
    twice = pa.Table.from_arrays([at, pa.array([1, 2]), pa.array([3, 4])], ["at", "v", "v"])
    pq.write_table(twice, tmp_path / "2.parquet")
    with pytest.raises(SourceError, match=r"2\.parquet has more than one column 'v'"):
        SourceReader(tmp_path).read(Source("s", "*.parquet", timestamp="at"), ["v"])


def damage(path: Path, column: int) -> None:
    """Overwrites the pages of a column, and nothing else."""
    with pq.ParquetFile(path) as file:
        chunk = file.metadata.row_group(0).column(column)
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    content = bytearray(path.read_bytes())
    content[start : start + chunk.total_compressed_size] = b"\xff" * chunk.total_compressed_size
    path.write_bytes(content)


def test_only_the_columns_asked_for_are_read(tmp_path: Path) -> None:
    """Columns: ``at`` whole, ``v`` whole, ``w`` overwritten."""
    write(tmp_path / "1.parquet", v=pa.array([1, 2]), w=pa.array([3, 4]))
    damage(tmp_path / "1.parquet", column=2)
    reader, source = SourceReader(tmp_path), Source("sales", "1.parquet", timestamp="at")
    assert reader.read(source, ["v"])["v"].to_pylist() == [1, 2]
    with pytest.raises(SourceError, match=r"'sales': .*1\.parquet can't be read as Parquet"):
        reader.read(source, ["v", "w"])


def test_a_flipped_bit_is_found_where_the_file_has_checksums(tmp_path: Path) -> None:
    path = tmp_path / "1.parquet"
    table = pa.table({"at": pa.array([0, 1, 2], NAIVE), "v": [1.0, 2.0, 4.0]})
    pq.write_table(table, path, write_page_checksum=True, compression="none", use_dictionary=False)
    # Neither the smallest nor the largest value, which are in the footer too.
    path.write_bytes(path.read_bytes().replace(np.float64(2).tobytes(), np.float64(3).tobytes()))
    with pytest.raises(SourceError, match=r"1\.parquet can't be read"):
        SourceReader(tmp_path).read(Source("s", "1.parquet", timestamp="at"), ["v"])


@pytest.mark.parametrize("case", ["empty", "text", "half", "headless", "gone"])
def test_the_damaged_file_of_many_is_named(tmp_path: Path, case: str) -> None:
    for name in ("1.parquet", "2.parquet", "3.parquet"):
        write(tmp_path / name)
    whole = (tmp_path / "2.parquet").read_bytes()
    damaged = {"empty": b"", "text": b"at,v", "half": whole[: len(whole) // 2]}
    if case == "gone":
        (tmp_path / "2.parquet").unlink()
        (tmp_path / "2.parquet").symlink_to(tmp_path / "nowhere")
    else:
        (tmp_path / "2.parquet").write_bytes(damaged.get(case, whole[4:]))
    source = Source("sales", "*.parquet", timestamp="at")
    reader = SourceReader(tmp_path)
    attempts = [lambda: reader.read(source, ["at"]), lambda: reader.row_count(source)]
    for attempt in [*attempts, lambda: reader.columns([source])]:
        # Without its first four bytes, a file still has a footer, which only reading rows doubts.
        if case != "headless" or attempt is attempts[0]:
            with pytest.raises(SourceError, match=r"'sales'.*2\.parquet"):
                attempt()


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "rows.parquet").mkdir()
    write(tmp_path / "rows.parquet" / "part.parquet")
    for data in ("rows.parquet", tmp_path / "rows.parquet"):
        with pytest.raises(SourceError, match=r"is a folder.*rows\.parquet/\*\*/\*\.parquet"):
            SourceReader(tmp_path).read(Source("s", data, timestamp="at"), [])
    within = Source("s", "rows.parquet/**", timestamp="at")
    assert SourceReader(tmp_path).read(within, []).num_rows == 2


@contextmanager
def without_privileges() -> Iterator[None]:
    """As another user where the tests run as root, whom no file's mode keeps out."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("name", ["rows.parquet", "rows.csv"])
def test_a_file_that_may_not_be_read(open_folder: Path, name: str) -> None:
    write(open_folder / name)
    (open_folder / name).chmod(0)
    source = Source("sales", name, timestamp="at")
    with without_privileges(), pytest.raises(SourceError, match=rf"'sales'.*{name}"):
        SourceReader(open_folder).read(source, [])


@pytest.mark.parametrize("group", [2_000_000, 100_000])
def test_memory_is_that_of_a_batch(tmp_path: Path, group: int) -> None:
    """48 MB in batches of 0.5 MB; each column has a buffer of 1 MB, and a page or two."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(2, 2_000_000))
    at = np.arange(2_000_000).astype("datetime64[us]")
    table = pa.table({"v": values[0], "w": values[1], "at": at})
    pq.write_table(table, tmp_path / "rows.parquet", row_group_size=group)
    del table
    source = Source("s", "rows.parquet", timestamp="at")
    gc.collect()
    before = pa.total_allocated_bytes()
    batches = SourceReader(tmp_path).batches(source, ["v", "w"], 20_000)
    held = [pa.total_allocated_bytes() - before for batch in batches if batch.num_rows]
    assert len(held) == 100
    assert 0 < max(held) < 16_000_000
