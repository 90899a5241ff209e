from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from drivers.stores.base import Store
from drivers.stores.sqlite import SqliteStore
from onedag.errors import StoreBusy, StoreError, StoreUnavailable
from onedag.testing import StoreContract

KEYS = [b"key %d" % number for number in range(20_000)]

WRITE_FOR_EVER = """
import sys
from pathlib import Path
from drivers.stores.sqlite import SqliteStore

keys = [b"key %d" % number for number in range(20_000)]
with SqliteStore(Path(sys.argv[1])).write() as writer:
    writer.put(keys[:15_000], [b"killed" * 50] * 15_000, 2)
    print("half", flush=True)
    while True:
        writer.put(keys[:1000], [b"killed"] * 1000, 2)
"""


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[SqliteStore]:
        store = SqliteStore(tmp_path / "store.db")
        yield store
        store.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path, lock_timeout=timedelta(milliseconds=200))
    yield store
    store.close()


def test_it_fits_the_protocol(store: SqliteStore) -> None:
    assert isinstance(store, Store)


def test_reading_creates_nothing(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "not" / "there" / "store.db")
    assert store.read([b"a", b"b"]) == [None, None]
    store.close()
    assert list(tmp_path.iterdir()) == []


def test_a_name_with_signs_that_urls_use(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "50% of #1? yes & no.db")
    _write(store, b"1")
    assert store.read([KEYS[0]]) == [b"1"]
    store.close()
    assert [file.name for file in tmp_path.iterdir()] == ["50% of #1? yes & no.db"]


def test_what_was_written_outlives_the_store(store: SqliteStore, path: Path) -> None:
    _write(store, b"1")
    store.close()
    again = SqliteStore(path)
    assert again.read(KEYS[:2]) == [b"1", b"1"]
    again.close()


def test_a_deleted_file_is_noticed(store: SqliteStore, path: Path) -> None:
    _write(store, b"old")
    assert store.read(KEYS[:1]) == [b"old"]
    path.unlink()
    assert store.read(KEYS[:1]) == [None]
    _write(store, b"new")
    assert store.read(KEYS[:1]) == [b"new"]


def test_more_keys_than_one_statement_takes(store: SqliteStore) -> None:
    keys = [b"%d" % number for number in range(70_000)]
    with store.write() as writer:
        writer.put(keys, keys, 0)
    assert store.read([*keys, b"missing"]) == [*keys, None]


def test_killed_writers_leave_the_last_whole_write(
    store: SqliteStore, path: Path, tmp_path: Path
) -> None:
    fresh = SqliteStore(tmp_path / "fresh.db")
    _write(store, b"whole")
    with _writers_to_be_killed(path, tmp_path / "fresh.db"):
        assert set(store.read(KEYS)) == {b"whole"}
        assert set(fresh.read(KEYS)) == {None}
        with pytest.raises(StoreBusy, match=r"Another writer holds .*store\.db"):
            _write(store, b"second")
    assert set(store.read(KEYS)) == {b"whole"}
    assert set(fresh.read(KEYS)) == {None}
    for one, as_of in ((store, 2), (fresh, 0)):
        _write(one, b"again", as_of)
        assert set(one.read(KEYS)) == {b"again"}
    fresh.close()


def test_two_writers_in_one_process(store: SqliteStore, path: Path) -> None:
    other = SqliteStore(path, lock_timeout=timedelta(milliseconds=50))
    with store.write() as writer:
        writer.put([b"a"], [b"1"], 0)
        with pytest.raises(StoreBusy, match=r"waited 0\.05 s"), other.write():
            pytest.fail("a second writer got in")
    _write(other, b"2")
    assert store.read([b"a", KEYS[0]]) == [b"1", b"2"]
    other.close()


def test_a_second_writer_waits_for_the_first(path: Path) -> None:
    store = SqliteStore(path)
    inside, waited = threading.Event(), []

    def second() -> None:
        inside.wait()
        started = time.monotonic()
        _write(store, b"second")
        waited.append(time.monotonic() - started)

    thread = threading.Thread(target=second)
    thread.start()
    with store.write() as writer:
        inside.set()
        time.sleep(0.1)
        writer.put(KEYS[:1], [b"first"], 1)
    thread.join()
    assert waited[0] >= 0.05
    assert store.read(KEYS[:1]) == [b"second"]
    store.close()


def test_readers_never_wait_for_a_writer(store: SqliteStore) -> None:
    _write(store, b"1")
    with store.write() as writer:
        writer.put(KEYS, [b"2"] * len(KEYS), 1)
        started = time.monotonic()
        assert store.read(KEYS[:2]) == [b"1", b"1"]
        assert time.monotonic() - started < 0.15  # less than the lock timeout


def test_many_threads_read(store: SqliteStore) -> None:
    _write(store, b"1")
    wrong: list[object] = []

    def read() -> None:
        for _ in range(50):
            found = store.read(KEYS[:20])
            if found != [b"1"] * 20:
                wrong.append(found)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(store._idle) <= 8


def test_a_file_that_is_no_database(store: SqliteStore, path: Path) -> None:
    path.write_bytes(b"a,b\n1,2\n" * 100)
    with pytest.raises(StoreError, match=r"store\.db is not a SQLite database.*another file"):
        store.read([b"a"])
    with pytest.raises(StoreError, match="is not a SQLite database"):
        _write(store, b"1")
    assert path.read_bytes() == b"a,b\n1,2\n" * 100


@pytest.mark.parametrize("version", [0, 99])
def test_a_database_of_something_else(store: SqliteStore, path: Path, version: int) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE other (a)")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=rf"store\.db has user_version {version}.*Name another"):
        store.read([b"a"])
    with pytest.raises(StoreError, match="materialize again"):
        _write(store, b"1")
    assert path.read_bytes() == before


def test_an_empty_file_is_an_empty_store(store: SqliteStore, path: Path) -> None:
    path.touch()
    assert store.read([b"a"]) == [None]
    _write(store, b"1")
    assert store.read(KEYS[:1]) == [b"1"]


def test_a_path_that_cant_be_opened(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    under_a_file = SqliteStore(tmp_path / "file" / "store.db")
    folder = SqliteStore(tmp_path)
    for store in (under_a_file, folder):
        with pytest.raises(StoreUnavailable, match="Check the path"):
            store.read([b"a"])
        with pytest.raises(StoreUnavailable, match="Check the path"):
            _write(store, b"1")


def test_errors_of_the_block_pass_unchanged(store: SqliteStore) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="mine"), store.write():
        raise sqlite3.IntegrityError("mine")
    with pytest.raises(PermissionError, match="mine"), store.write():
        raise PermissionError("mine")


def _write(store: SqliteStore, blob: bytes, as_of: int = 1) -> None:
    with store.write() as writer:
        writer.put(KEYS, [blob] * len(KEYS), as_of)


@contextmanager
def _writers_to_be_killed(*paths: Path) -> Iterator[None]:
    """A process for each file, in the middle of a write; SIGKILL ends them with the block."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with ExitStack() as stack:
        writers = []
        for path in paths:
            command = [sys.executable, "-c", WRITE_FOR_EVER, str(path)]
            writer = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
            stack.enter_context(writer)
            stack.callback(writer.kill)
            writers.append(writer)
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"half\n"
        yield
