"""The files of the log: each whole or not there, and no more bytes than were allowed."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["LogFile", "LogFolder", "log_files"]

_TIME = "%Y%m%dT%H%M%S%fZ"
_NAME = re.compile(r"\d{8}T\d{12}Z-[0-9a-f]+-\d+\.parquet")
_UNFINISHED = ".unfinished"
_ABANDONED_S = 3600.0
"""An unfinished file that is older than this was left by a process that was killed."""


@dataclass(frozen=True, slots=True, order=True)
class LogFile:
    """One file of a log. They sort by time.

    Attributes:
        name: its time, process and number.
        path: where it is.
        service: whose answers it holds.
        run_id: of their run.
    """

    name: str
    path: Path
    service: str
    run_id: str

    @property
    def starts(self) -> datetime:
        """When the earliest row of it was answered, aware UTC."""
        return datetime.strptime(self.name.partition("-")[0] + "+0000", _TIME + "%z")


def log_files(folder: Path) -> list[LogFile]:
    """The files of a log, oldest first; none where the folder isn't there."""
    found = (path for path in folder.glob("*/*/*.parquet") if _NAME.fullmatch(path.name))
    return sorted(LogFile(p.name, p, p.parts[-3], p.parts[-2]) for p in found)


class LogFolder:
    """Where one process writes files of the log, besides others that write there too.

    Args:
        folder: of the log.
        max_bytes: of all files in it.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._process = secrets.token_hex(4)  # process ids repeat, in containers on one volume
        self._number = 0

    def write(self, service: str, run_id: str, starts: datetime, table: pa.Table) -> bool:
        """Write a file; False where it would be larger than the whole log may be.

        Raises:
            OSError: the disk is full or can't be written. Nothing is left of the file.
        """
        self._number += 1
        name = f"{starts:{_TIME}}-{self._process}-{self._number:06d}.parquet"
        path = self._folder / service / run_id / name
        unfinished = path.with_name(f".{name}{_UNFINISHED}")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            pq.write_table(table, unfinished, compression="zstd")
            fits = self._make_room(unfinished.stat().st_size)
            if fits:
                unfinished.replace(path)
            return fits
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)

    def _make_room(self, size: int) -> bool:
        """Remove the oldest files until one of this size has its place."""
        left = self._max_bytes - size
        if left < 0:
            return False
        sizes = {file: found for file in log_files(self._folder) if (found := _size(file.path))}
        total = sum(sizes.values())
        for file, found in sizes.items():
            if total <= left:
                break
            file.path.unlink(missing_ok=True)
            total -= found
            for parent in (file.path.parent, file.path.parent.parent):
                with suppress(OSError):  # others' files are in it
                    parent.rmdir()
        self._remove_abandoned()
        return True

    def _remove_abandoned(self) -> None:
        for path in self._abandoned():
            with suppress(OSError):
                path.unlink()

    def _abandoned(self) -> Iterator[Path]:
        now = time.time()
        for path in self._folder.glob(f"*/*/.*{_UNFINISHED}"):
            with suppress(OSError):
                if now - path.stat().st_mtime > _ABANDONED_S:
                    yield path


def _size(path: Path) -> int:
    """Of a file; 0 where another process has removed it."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
