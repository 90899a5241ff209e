"""A store that goes."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.stores.memory import MemoryStore
from onedag.errors import StoreUnavailable

__all__ = ["GoingStore"]


class GoingStore(MemoryStore):
    """A store in memory that can be taken away.

    Attributes:
        down: every read raises.
    """

    def __init__(self) -> None:
        super().__init__()
        self.down = False

    def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        if self.down:
            raise StoreUnavailable("The store can't be reached.")
        return super().read(keys)
