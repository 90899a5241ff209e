"""Which files a source has, and whether they are still the same."""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from onedag.errors import SourceError
from onedag.source import Source

__all__ = ["Files", "Watch"]


@dataclass(frozen=True, slots=True)
class Files:
    """A source's files at one moment, in their order.

    Attributes:
        states: by path, what changes when a file is written: size, modification time (ns), inode.
    """

    states: Mapping[str, tuple[int, int, int]]

    @property
    def paths(self) -> list[str]:
        return list(self.states)

    @classmethod
    def of(cls, source: Source, root: Path) -> Files:
        """The files of a source as they are now; none for one that has no path.

        Raises:
            OSError: a file that can't be looked at.
        """
        if not isinstance(source.data, str | Path):
            return cls({})
        paths = sorted(glob.glob(str(root / source.data), recursive=True))
        return cls({path: _state(path) for path in paths if not os.path.isdir(path)})

    def readable(self, source: Source, root: Path) -> Files:
        """The same files, which are some, and have a byte each.

        Raises:
            SourceError: no file, only a folder, or a file without a byte.
        """
        if not self.states and isinstance(source.data, str | Path):
            raise SourceError(_no_file(source, root / source.data))
        empty = [path for path, (size, _, _) in self.states.items() if size == 0]
        if empty:
            raise SourceError(
                f"Source {source.name!r}: {empty[0]} is empty, without even the names of columns. "
                f"Write the file again."
            )
        return self

    def difference(self, later: Files) -> str | None:
        """What changed first, in words; None where nothing did."""
        for path, state in self.states.items():
            if path not in later.states:
                return f"{path} is gone"
            if later.states[path] != state:
                return f"{path} was written"
        new = [path for path in later.states if path not in self.states]
        return f"{new[0]} is new" if new else None


def _state(path: str) -> tuple[int, int, int]:
    stat = os.stat(path)
    return stat.st_size, stat.st_mtime_ns, stat.st_ino


def _no_file(source: Source, pattern: Path) -> str:
    if pattern.is_dir():
        return (
            f"Source {source.name!r}: {pattern} is a folder, not a file. Name the files in it, "
            f"for example {source.data}/**/*.parquet."
        )
    return (
        f"Source {source.name!r}: there is no file {pattern}. Check the path, which is "
        f"relative to the project's folder, or run the job that writes the file."
    )


class Watch:
    """Holds every pass over a source to the files and the number of rows of the first one."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: dict[Source, Files] = {}
        self._counts: dict[Source, int] = {}

    def files(self, source: Source) -> Files:
        """The source's files as they are now.

        Raises:
            SourceError: there are none to read, or they aren't those of the first call.
        """
        changed = self.changed(source)
        if changed is not None:
            raise changed
        if source not in self._files:
            now = Files.of(source, self._root)
            self._files[source] = now.readable(source, self._root)
        return self._files[source]

    def finish(self, source: Source, rows: int) -> None:
        """Says that a pass read ``rows`` rows, to its end.

        Raises:
            SourceError: a file changed, or an earlier pass read another number of rows.
        """
        self.files(source)
        before = self._counts.setdefault(source, rows)
        if before != rows:
            raise self._error(source, f"it had {before} rows at first and has {rows} now")

    def changed(self, source: Source) -> SourceError | None:
        """The error that says what changed since the first call of `files`, if anything did."""
        if source not in self._files:
            return None
        what = self._files[source].difference(Files.of(source, self._root))
        return None if what is None else self._error(source, what)

    def _error(self, source: Source, what: str) -> SourceError:
        # The state that was read is gone: the next pass reads another one, and starts anew.
        self._files.pop(source, None)
        self._counts.pop(source, None)
        return SourceError(
            f"Source {source.name!r} changed while it was read: {what}. Write files under "
            f"another name and rename them when they are whole, then run again."
        )
