"""A real store behind a gate: what it does while it is shut is for the test to say."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from drivers.stores.memory import MemoryStore
from onedag.errors import StoreUnavailable


class GatedStore:
    """Counts the reads of a memory store, and lets them through while the gate is open.

    Attributes:
        reads: the number of keys of each read that has begun.
        down: whether reads raise.
    """

    def __init__(self) -> None:
        self.inner = MemoryStore()
        self.reads: list[int] = []
        self.down = False
        self._open = asyncio.Event()
        self._open.set()

    def shut(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    async def aread(self, keys: Sequence[bytes]) -> list[bytes | None]:
        self.reads.append(len(keys))
        await self._open.wait()
        return self.read(keys)

    def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        if self.down:
            raise StoreUnavailable("The store of this test is down.")
        return self.inner.read(keys)

    def write(self) -> Any:
        return self.inner.write()

    def close(self) -> None:
        self.inner.close()
