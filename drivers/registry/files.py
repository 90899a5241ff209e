"""Files that are there whole or not at all, and never change."""

from __future__ import annotations

import errno
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["NoHardLinks", "keep", "keep_first"]

_LEFT_SECONDS = 24 * 3600
_UNFINISHED = ".unfinished-"
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


class NoHardLinks(OSError):
    """The file system has none."""


def keep(path: Path, content: bytes) -> None:
    """Write a file whose name says its content: what is there already is the same.

    Raises:
        OSError: it can't be written. A file that was there still is.
    """
    if path.exists():
        return
    with _unfinished(path, content) as written:
        try:
            os.replace(written, path)
        except PermissionError:  # Windows doesn't replace what another writer has just put there
            if not path.exists():
                raise
    _to_disk(path.parent)


def keep_first(path: Path, content: bytes) -> bool:
    """Write a file that isn't there yet; False where another writer was first.

    A hard link to a whole file is made in one step, on network file systems too, and never in
    place of another.

    Raises:
        NoHardLinks: the file system has none.
        OSError: it can't be written.
    """
    with _unfinished(path, content) as written:
        try:
            os.link(written, path)
        except FileExistsError:
            # A network file system may have made the link, lost the answer, and tried again.
            if not os.path.samefile(written, path):
                return False
        except OSError as error:
            if error.errno in _NO_LINKS:
                raise NoHardLinks(error.errno, "the file system has no hard links") from error
            raise
    _to_disk(path.parent)
    return True


@contextmanager
def _unfinished(path: Path, content: bytes) -> Iterator[Path]:
    """A file beside the path with the content, on disk; it is gone afterwards."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path.parent)
    written = path.with_name(f"{_UNFINISHED}{secrets.token_hex(8)}")
    try:
        with written.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        written.chmod(0o444)
        yield written
    finally:
        with suppress(FileNotFoundError):
            written.unlink()


def _to_disk(folder: Path) -> None:
    """The folder's names, so that they outlive a loss of power."""
    if os.name == "nt":
        return  # there a folder can't be opened
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(folder: Path) -> None:
    """Remove what writers left that were killed more than a day ago."""
    for left in folder.glob(f"{_UNFINISHED}*"):
        with suppress(FileNotFoundError):  # another one has just finished
            if time.time() - left.stat().st_mtime > _LEFT_SECONDS:
                left.unlink()
