"""A store in the memory of this process: for tests, notebooks and trials."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

from drivers.stores.base import Writer
from drivers.stores.limits import refuse_long_keys, refuse_too_long

__all__ = ["MemoryStore"]

_Entry: TypeAlias = tuple[int, bytes]  # as_of, blob


class MemoryStore:
    """A dictionary behind a lock. It ends with the process, and no other process sees it.

    Several threads may write at once: each block is applied whole, in the order in which the
    blocks end.

    >>> store = MemoryStore()
    >>> with store.write() as writer:
    ...     writer.put([b"a", b"b"], [b"1", b"2"], as_of=0)
    >>> store.read([b"b", b"c"])
    [b'2', None]
    """

    def __init__(self) -> None:
        self._entries: dict[bytes, _Entry | None] = {}
        self._lock = threading.Lock()

    def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """As `Store.read`. The lock makes the answer one moment."""
        with self._lock:
            found = [self._entries.get(key) for key in keys]
        return [None if entry is None else entry[1] for entry in found]

    async def aread(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """As `read`; there is nothing to wait for."""
        return self.read(keys)

    @contextmanager
    def write(self) -> Iterator[Writer]:
        """As `Store.write`. Never raises `StoreBusy`."""
        staged = _Staged()
        yield staged
        with self._lock:
            changed = self._changed_by(staged)
            # One call, so that not even Ctrl-C can leave half a write behind.
            self._entries.update(changed)
            for key in [key for key, entry in changed.items() if entry is None]:
                del self._entries[key]

    def _changed_by(self, staged: _Staged) -> dict[bytes, _Entry | None]:
        changed: dict[bytes, _Entry | None] = {}
        for keys, blobs, as_of in staged.steps:
            for key, blob in zip(keys, blobs, strict=True):
                known = changed[key] if key in changed else self._entries.get(key)
                if known is None or known[0] <= as_of:
                    changed[key] = None if blob is None else (as_of, blob)
        return changed

    def close(self) -> None:
        """Nothing to give up: the entries stay as long as the store does."""


class _Staged:
    """What one block has put and removed so far, in that order."""

    def __init__(self) -> None:
        self.steps: list[tuple[Sequence[bytes], Sequence[bytes | None], int]] = []

    def put(self, keys: Sequence[bytes], blobs: Sequence[bytes], as_of: int) -> None:
        refuse_too_long(keys, blobs)
        self.steps.append((tuple(keys), tuple(blobs), as_of))

    def remove(self, keys: Sequence[bytes], as_of: int) -> None:
        refuse_long_keys(keys)
        self.steps.append((tuple(keys), (None,) * len(keys), as_of))
