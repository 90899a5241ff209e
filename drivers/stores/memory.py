"""A store in the memory of this process: for tests, notebooks and trials."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from drivers.stores.base import Writer

__all__ = ["MemoryStore"]


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
        self._entries: dict[bytes, tuple[int, bytes]] = {}
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
            accepted = {
                key: entry
                for key, entry in staged.entries.items()
                if not _is_newer(self._entries.get(key), entry[0])
            }
            # One call, so that not even Ctrl-C can leave half a write behind.
            self._entries.update(accepted)

    def close(self) -> None:
        """Nothing to give up: the entries stay as long as the store does."""


class _Staged:
    """What one block has put so far."""

    def __init__(self) -> None:
        self.entries: dict[bytes, tuple[int, bytes]] = {}

    def put(self, keys: Sequence[bytes], blobs: Sequence[bytes], as_of: int) -> None:
        pairs = list(zip(keys, blobs, strict=True))
        for key, blob in pairs:
            if not _is_newer(self.entries.get(key), as_of):
                self.entries[key] = (as_of, blob)


def _is_newer(entry: tuple[int, bytes] | None, as_of: int) -> bool:
    return entry is not None and entry[0] > as_of
