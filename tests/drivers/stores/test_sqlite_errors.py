"""Disks that are full, files that are read-only or damaged, and a log that must not grow."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from drivers.stores.sqlite import SqliteStore
from onedag.errors import StoreError

KEYS = [b"key %d" % number for number in range(20_000)]

READ_AND_WRITE = """
import os, sys
from pathlib import Path
from drivers.stores.sqlite import SqliteStore
from onedag.errors import StoreError

def say(what):
    try:
        print(what(), flush=True)
    except StoreError as error:
        print(error, flush=True)

def write():
    with store.write() as writer:
        writer.put([b"key 0"], [b"2"], 2)

if os.geteuid() == 0:
    os.setuid(65534)  # for root nothing is read-only
store = SqliteStore(Path(sys.argv[1]))
for _ in sys.stdin:
    say(lambda: store.read([b"key 0"]))
    say(write)
    store.close()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path)
    yield store
    store.close()


class _Small(SqliteStore):
    """A store whose disk is full soon, as SQLite sees it."""

    def _connect(self, mode: str) -> sqlite3.Connection:
        connection = super()._connect(mode)
        connection.execute("PRAGMA max_page_count = 300")
        return connection


@contextmanager
def _files_end_at(size: int) -> Iterator[None]:
    """No file grows beyond some bytes, as under a quota."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_that_cant_grow(store: SqliteStore, path: Path) -> None:
    _write(store, b"1", 1)
    with _files_end_at(2_000_000):
        with pytest.raises(StoreError, match=r"store\.db can't grow.*disk is full.*Make room"):
            _write(store, b"2" * 500, 2)
        assert set(store.read(KEYS)) == {b"1"}
        store.close()
        assert set(store.read(KEYS)) == {b"1"}
        _write(store, b"small", 2, 5)
        assert store.read(KEYS[:6]) == [b"small"] * 5 + [b"1"]
    _write(store, b"2" * 500, 2)
    assert set(store.read(KEYS)) == {b"2" * 500}


def test_a_disk_that_is_full(path: Path) -> None:
    store = _Small(path)
    _write(store, b"1", 1)
    with pytest.raises(StoreError, match=r"can't grow \(.*SQLITE_FULL\): the disk is full"):
        _write(store, b"2" * 500, 2)
    assert set(store.read(KEYS)) == {b"1"}
    _write(store, b"small", 2, 5)
    assert store.read(KEYS[:6]) == [b"small"] * 5 + [b"1"]
    store.close()


def test_nothing_is_written_after_a_failure_that_was_ignored(path: Path) -> None:
    """SQLite rolls back by itself; what follows would be visible at once, put by put."""
    store = _Small(path)
    _write(store, b"1", 1)

    def ignore_a_failure() -> None:
        with store.write() as writer:
            writer.put(KEYS[:5], [b"2"] * 5, 2)
            with suppress(StoreError):
                writer.put(KEYS, [b"2" * 500] * len(KEYS), 2)
            with suppress(StoreError):
                writer.put(KEYS[5:9], [b"2"] * 4, 2)
            assert set(store.read(KEYS)) == {b"1"}

    with pytest.raises(StoreError, match="SQLITE_FULL"):
        ignore_a_failure()
    assert set(store.read(KEYS)) == {b"1"}
    store.close()


def test_the_first_reader_on_a_full_disk(store: SqliteStore) -> None:
    _write(store, b"1", 1)
    with (
        _files_end_at(16_384),
        pytest.raises(StoreError, match=r"SQLITE_IOERR_SHMSIZE.*What was stored before stays"),
    ):
        store.read(KEYS[:1])
    assert store.read(KEYS[:1]) == [b"1"]


def test_a_read_only_file(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:  # others can't reach into tmp_path
        path = Path(folder) / "store.db"
        store = SqliteStore(path)
        _write(store, b"1", 1)
        path.chmod(0o444)
        Path(folder).chmod(0o555)
        with _another_user(path) as ask:
            closed = ask()
            store.read(KEYS[:1])
            opened = ask()
        Path(folder).chmod(0o755)
        assert set(store.read(KEYS)) == {b"1"}
        store.close()
    assert all("store.db" in said and "writable" in said for said in closed)
    assert opened[0] == "[b'1']\n"
    assert "store.db is read-only for this process" in opened[1]


def test_a_damaged_file(store: SqliteStore, path: Path) -> None:
    _write(store, b"1", 1)
    store.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 100_000)
    with pytest.raises(StoreError, match=r"store\.db is damaged.*store\.db-wal.*materialize and"):
        store.read(KEYS)
    with pytest.raises(StoreError, match="is damaged"):
        _write(store, b"2", 2)


def test_the_files_dont_grow_while_readers_never_rest(store: SqliteStore, path: Path) -> None:
    """Reads overlap, so at every commit somebody is reading what was before::

    reads   |-----|  |-----|  |-----|
              |-----|  |-----|  |-----|
    """
    _write(store, b"%0100d" % 0, 0)
    sizes = []
    with _overlapping_reads(path):
        for number in range(1, 16):
            _write(store, b"%0100d" % number, number)
            sizes.append({file.name: file.stat().st_size for file in path.parent.iterdir()})
    for size in sizes:
        assert size["store.db-wal"] <= 100_000
        assert size["store.db"] <= sizes[0]["store.db"] * 1.05


def test_removed_keys_take_no_room(store: SqliteStore, path: Path) -> None:
    sizes = []
    for number in range(20):
        keys, old = ([b"%d/%d" % (n, key) for key in range(3000)] for n in (number, number - 1))
        with store.write() as writer:
            writer.remove(old, number)
            writer.put(keys, [b"x" * 100] * len(keys), number)
        sizes.append(path.stat().st_size)
    assert max(sizes[3:]) <= sizes[2] * 1.1


# Helpers


def _write(store: SqliteStore, blob: bytes, as_of: int, count: int = len(KEYS)) -> None:
    with store.write() as writer:
        writer.put(KEYS[:count], [blob] * count, as_of)


@contextmanager
def _another_user(path: Path) -> Iterator[Callable[[], tuple[str, str]]]:
    """What a process prints that reads and then writes, as a user who may only read."""
    command = [sys.executable, "-c", READ_AND_WRITE, str(path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        said, asked = process.stdout, process.stdin
        assert said is not None
        assert asked is not None

        def ask() -> tuple[str, str]:
            print("go", file=asked, flush=True)
            return said.readline(), said.readline()

        yield ask


@contextmanager
def _overlapping_reads(path: Path) -> Iterator[None]:
    over, begun = threading.Event(), threading.Event()

    def read() -> None:
        connections = [
            sqlite3.connect(path, isolation_level=None, check_same_thread=False) for _ in range(2)
        ]
        connections[1].execute("BEGIN")
        connections[1].execute("SELECT count(*) FROM entries").fetchall()
        while not over.is_set():
            for one, other in (connections, connections[::-1]):
                one.execute("BEGIN")
                one.execute("SELECT count(*) FROM entries").fetchall()
                begun.set()
                over.wait(0.005)
                other.execute("COMMIT")
        for connection in connections:
            connection.close()

    thread = threading.Thread(target=read)
    thread.start()
    begun.wait()
    try:
        yield
    finally:
        over.set()
        thread.join()
