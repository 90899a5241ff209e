"""A store in one SQLite file: the default, for one machine and no server.

A write is one transaction in write-ahead mode. So readers go on seeing the last whole write while
another process writes, and never wait for it; a writer that is killed leaves pages in the log that
the next one ignores.

After each write the log is copied into the file and cut to nothing. SQLite by itself tries that
only at the very moment of a commit, and not past pages that somebody is just reading; under
readers that never rest the log would grow with every run.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from drivers.stores.base import Writer
from drivers.stores.limits import refuse_long_keys, refuse_too_long
from drivers.stores.sqlite_errors import translated
from onedag.errors import StoreError, StoreUnavailable

__all__ = ["SqliteStore"]

FORMAT = 1
MAX_KEYS = 30_000  # in one statement; SQLite may allow fewer

CREATE = """
CREATE TABLE IF NOT EXISTS entries (
    key BLOB NOT NULL PRIMARY KEY,
    as_of INTEGER NOT NULL,
    blob BLOB NOT NULL
) WITHOUT ROWID
"""

PUT = """
INSERT INTO entries (key, as_of, blob) VALUES (?, ?, ?)
ON CONFLICT (key) DO UPDATE SET as_of = excluded.as_of, blob = excluded.blob
WHERE excluded.as_of >= entries.as_of
"""

REMOVE = "DELETE FROM entries WHERE key = ? AND as_of <= ?"

_FileId = tuple[int, int]


class SqliteStore:
    """One table in one file.

    The file and its folder are made by the first write; reading before that finds nothing and
    makes nothing. Threads share a store freely. A store that was closed opens again when used.

    Args:
        path: the file.
        lock_timeout: how long a write waits for another writer before it raises `StoreBusy`.

    >>> import tempfile
    >>> store = SqliteStore(Path(tempfile.mkdtemp()) / "store.db")
    >>> with store.write() as writer:
    ...     writer.put([b"a"], [b"1"], as_of=0)
    >>> store.read([b"a", b"b"])
    [b'1', None]
    >>> store.close()
    """

    def __init__(self, path: Path, *, lock_timeout: timedelta = timedelta(seconds=5)) -> None:
        self._path = Path(path).absolute()
        self._lock_timeout = lock_timeout
        self._idle: list[tuple[_FileId, sqlite3.Connection]] = []

    def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """As `Store.read`.

        Raises:
            StoreUnavailable: the file can't be opened.
            StoreError: the file isn't a store of this version.
        """
        if not keys:
            return []
        with self._seam(), self._reader() as connection:
            found = {} if connection is None else _select(connection, keys)
        return [found.get(key) for key in keys]

    @contextmanager
    def write(self) -> Iterator[Writer]:
        """As `Store.write`; waits up to ``lock_timeout`` for another writer."""
        with self._seam():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = self._connect("rwc")
        try:
            with self._seam():
                self._begin(connection)
            writer = _SqliteWriter(self, connection)
            yield writer
            writer.refuse_after_failure()
            with self._seam():
                connection.execute("COMMIT")
            self._empty_the_log(connection)
        finally:
            connection.close()  # rolls back what wasn't committed

    def close(self) -> None:
        """Close the idle connections; a read that is under way keeps its own."""
        while (connection := self._idle_connection()) is not None:
            connection[1].close()

    def _begin(self, connection: sqlite3.Connection) -> None:
        self._check(connection)
        if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        # Part of the transaction: nobody sees a table before there is something in it.
        connection.execute(CREATE)
        connection.execute(f"PRAGMA user_version = {FORMAT}")

    def _empty_the_log(self, connection: sqlite3.Connection) -> None:
        """Wait for those who read what was before; whoever comes now reads what was committed."""
        # The write stands, whatever comes of this: the next one does it, if a reader takes long
        # or the disk is full.
        with suppress(sqlite3.Error):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    @contextmanager
    def _reader(self) -> Iterator[sqlite3.Connection | None]:
        """A connection for one read; None when nothing was ever written."""
        file = self._file_id()
        connection = None if file is None else self._take(file)
        if file is None or connection is None:
            yield None
            return
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._idle.append((file, connection))

    def _take(self, file: _FileId) -> sqlite3.Connection | None:
        while (idle := self._idle_connection()) is not None:
            if idle[0] == file:
                return idle[1]
            idle[1].close()  # of a file that was deleted since
        connection = self._connect("rw")
        try:
            if self._check(connection):
                return connection
        except BaseException:
            connection.close()
            raise
        connection.close()
        return None

    def _idle_connection(self) -> tuple[_FileId, sqlite3.Connection] | None:
        try:
            return self._idle.pop()  # one step, so threads need no lock
        except IndexError:
            return None

    def _file_id(self) -> _FileId | None:
        try:
            status = os.stat(self._path)
        except FileNotFoundError:
            return None
        return status.st_dev, status.st_ino

    def _connect(self, mode: str) -> sqlite3.Connection:
        return sqlite3.connect(
            f"{self._path.as_uri()}?mode={mode}",
            uri=True,
            timeout=self._lock_timeout.total_seconds(),
            isolation_level=None,
            check_same_thread=False,
        )

    def _check(self, connection: sqlite3.Connection) -> bool:
        """Whether the file holds a store; False when it is empty, an error when it is foreign."""
        connection.execute("BEGIN")  # the first write may end between the two questions
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        connection.execute("COMMIT")
        if version == FORMAT:
            return True
        if version == 0 and tables == 0:
            return False
        raise StoreError(
            f"The SQLite file {self._path} has user_version {version}, and a store that this "
            f"version of onedag reads has {FORMAT}: another program or another version wrote it. "
            f"Name another file, or delete this one and materialize again."
        )

    @contextmanager
    def _seam(self) -> Iterator[None]:
        """Foreign errors become ours here, and nowhere else."""
        try:
            yield
        except StoreError:
            raise
        except sqlite3.Error as error:
            raise translated(error, self._path, self._lock_timeout) from error
        except OSError as error:
            raise StoreUnavailable(
                f"The store's file {self._path} can't be reached: {error}. "
                f"Check the path and its permissions."
            ) from error


class _SqliteWriter:
    """Puts into the open transaction."""

    def __init__(self, store: SqliteStore, connection: sqlite3.Connection) -> None:
        self._store = store
        self._connection = connection
        self._failed: StoreError | None = None

    def put(self, keys: Sequence[bytes], blobs: Sequence[bytes], as_of: int) -> None:
        refuse_too_long(keys, blobs)
        self._execute(PUT, [(key, as_of, blob) for key, blob in zip(keys, blobs, strict=True)])

    def remove(self, keys: Sequence[bytes], as_of: int) -> None:
        refuse_long_keys(keys)
        self._execute(REMOVE, [(key, as_of) for key in keys])

    def refuse_after_failure(self) -> None:
        """SQLite may have rolled back by itself, and what came next would be a write of its own."""
        if self._failed is not None:
            raise self._failed

    def _execute(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        self.refuse_after_failure()
        try:
            with self._store._seam():
                self._connection.executemany(statement, rows)
        except StoreError as error:
            self._failed = error
            raise


def _select(connection: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, bytes]:
    """Every entry that is there, from one moment of the file."""
    limit = min(MAX_KEYS, connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER))
    if len(keys) <= limit:
        return dict(_select_some(connection, keys))
    found: dict[bytes, bytes] = {}
    connection.execute("BEGIN")
    for start in range(0, len(keys), limit):
        found.update(_select_some(connection, keys[start : start + limit]))
    connection.execute("COMMIT")
    return found


def _select_some(
    connection: sqlite3.Connection, keys: Sequence[bytes]
) -> Iterable[tuple[bytes, bytes]]:
    marks = ",".join("?" * len(keys))
    return connection.execute(f"SELECT key, blob FROM entries WHERE key IN ({marks})", tuple(keys))
