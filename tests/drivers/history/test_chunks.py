"""Chunks in memory and on disk, and what is kept of the memory."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from drivers.history.chunks import Chunks, Room, Sizes
from drivers.history.partitions import Partitions, part_count
from onedag.errors import ConfigurationError, OfflineError


def table(rows: int, start: int = 0) -> pa.Table:
    numbers = pa.array(np.arange(start, start + rows))
    return pa.table({"key": numbers, "text": numbers.cast(pa.string()).dictionary_encode()})


@pytest.mark.parametrize("memory", [0, 3_000, 10**9])
def test_tables_come_back_in_their_order(tmp_path: Path, memory: int) -> None:
    chunks = Chunks(Room(tmp_path / "made when needed", Sizes(memory=memory)))
    tables = [table(rows, rows) for rows in (100, 0, 1, 50)]
    assert [chunks.append(each) for each in tables] == [0, 1, 2, 3]
    assert chunks.num_rows == 151
    assert all(a.equals(b) for a, b in zip(chunks, tables, strict=True))
    assert chunks[2].equals(tables[2])


def test_room_is_given_back(tmp_path: Path) -> None:
    room = Room(tmp_path, Sizes(memory=table(100).nbytes))
    chunks = Chunks(room)
    chunks.append(table(100))
    assert not room.take(1)
    del chunks
    assert room.take(table(100).nbytes)


def test_files_have_no_name_and_go_with_the_chunks(tmp_path: Path) -> None:
    chunks = Chunks(Room(tmp_path, Sizes(memory=0)))
    chunks.append(table(10))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OfflineError, match="file/below"):
        Chunks(Room(tmp_path / "file" / "below", Sizes(memory=0))).append(table(1))


def test_a_hot_key_does_not_hold_the_memory_of_its_table(tmp_path: Path) -> None:
    """Where the slice of one key doesn't fit, the others mustn't keep the whole table alive."""
    room = Room(tmp_path, Sizes(memory=2**20))
    parts = Partitions(room, ["key"], 64)
    before = pa.total_allocated_bytes()
    for _ in range(30):
        keys = np.where(np.arange(100_000) % 1000, 0, np.arange(100_000))
        parts.append(pa.table({"key": pa.array(keys), "value": pa.array(np.arange(100_000.0))}))
    gc.collect()
    assert pa.total_allocated_bytes() - before < 3 * 2**20
    assert parts.num_rows == 3_000_000


@pytest.mark.parametrize("count", [1, 2, 64])
def test_a_key_is_in_one_part(tmp_path: Path, count: int) -> None:
    parts = Partitions(Room(tmp_path, Sizes()), ["city", "number"], count)
    rows = {"city": ["a", "b", None, "a"] * 20, "number": [1, 2, 3, None] * 20}
    for _ in range(2):
        parts.append(pa.table(rows))
    seen: dict[tuple[object, object], int] = {}
    for part in range(count):
        for _, piece in parts.pieces(part):
            for row in piece.to_pylist():
                assert seen.setdefault((row["city"], row["number"]), part) == part
    assert len(seen) == 4


def test_how_many_parts() -> None:
    assert [part_count(rows, ["key"], 100) for rows in (0, 99, 199, 200, 399, 400)] == [
        1,
        1,
        1,
        2,
        2,
        4,
    ]
    assert part_count(10**9, [], 100) == 1


@pytest.mark.parametrize("wrong", [{"memory": -1}, {"chunk_rows": 0}, {"part_rows": 0}])
def test_sizes_that_make_no_sense(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigurationError, match="makes no sense"):
        Sizes(**wrong)


def test_the_part_of_a_text_depends_on_the_text_alone(tmp_path: Path) -> None:
    texts = ["", "a", "ab", "b", "abcdefgh", "abcdefghi", "é", "x" * 16, "x" * 17, "x" * 100, None]

    def parts_of(column: pa.Array) -> dict[str | None, int]:
        parts = Partitions(Room(tmp_path, Sizes()), ["key"], 64)
        parts.append(pa.table({"key": column}))
        return {
            text: part
            for part in range(64)
            for _, piece in parts.pieces(part)
            for text in piece["key"].to_pylist()
        }

    whole = parts_of(pa.array(texts))
    assert len(set(whole.values())) > 5
    for start in range(len(texts)):
        for length in range(1, len(texts) - start + 1):
            some = parts_of(pa.array(texts).slice(start, length))
            assert some.items() <= whole.items()
    assert parts_of(pa.array(texts[::-1])) == whole


def test_keys_that_count_up_are_spread_evenly(tmp_path: Path) -> None:
    for keys in (
        pa.array([f"customer-{number:08d}" for number in range(64_000)]),
        pa.array([f"{number}" for number in range(64_000)]),
        pa.array(np.arange(64_000)),
        pa.array(np.arange(64_000) << 32),
    ):
        parts = Partitions(Room(tmp_path, Sizes()), ["key"], 64)
        parts.append(pa.table({"key": keys}))
        sizes = [sum(piece.num_rows for _, piece in parts.pieces(part)) for part in range(64)]
        assert 800 < min(sizes) <= max(sizes) < 1200
