"""What SQLite's errors mean for a store, and what to do about each."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

from onedag.errors import StoreBusy, StoreError, StoreUnavailable

__all__ = ["translated"]

# Errors of writing, which SQLite raises instead of SQLITE_FULL when the cause is a quota or a
# limit of the file's size. The -shm file grows when the first reader comes.
CANT_GROW = (
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_DIR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_SHMSIZE,
)
CANT_BE_READ = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR)


def translated(error: sqlite3.Error, path: Path, lock_timeout: timedelta) -> StoreError:
    """Our error for one of SQLite's.

    Args:
        error: what was caught.
        path: the store's file.
        lock_timeout: how long another writer was waited for.
    """
    extended = getattr(error, "sqlite_errorcode", 0)
    code = extended & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy(
            f"Another writer holds the store's file {path}; waited "
            f"{lock_timeout.total_seconds():g} s for it. Try again when it is done."
        )
    if code == sqlite3.SQLITE_FULL or extended in CANT_GROW:
        return StoreError(
            f"The store's file {path} can't grow ({error}, {_name(error)}): the disk is full, or "
            f"a quota or a limit of the file's size is reached. What was stored before stays, and "
            f"nothing of an unfinished write is visible. Make room and run it again."
        )
    if code == sqlite3.SQLITE_READONLY:
        return StoreError(
            f"The store's file {path} is read-only for this process, and nothing was written. "
            f"Writers need the file and its folder to be writable; so do readers, where no other "
            f"process has the file open, as SQLite keeps two small files (-wal, -shm) beside it."
        )
    if code in CANT_BE_READ:
        return StoreUnavailable(
            f"The store's file {path} can't be opened: {error}. Check the path and its permissions."
        )
    if code == sqlite3.SQLITE_NOTADB:
        return StoreError(
            f"The file {path} is not a SQLite database. "
            f"Name another file for the store, or move this one away."
        )
    if code == sqlite3.SQLITE_CORRUPT:
        return StoreError(
            f"The store's file {path} is damaged: {error}. "
            f"Move it away together with {path.name}-wal and {path.name}-shm, and materialize and "
            f"publish again."
        )
    return StoreError(f"SQLite refuses the store's file {path}: {error}.")


def _name(error: sqlite3.Error) -> str:
    return str(getattr(error, "sqlite_errorname", "no code"))
