"""What a store must do: read many keys at once, write many keys as one.

A store is an ordered map from ``bytes`` to ``bytes``. It knows nothing of views, entities or
services; `drivers.stored.records` says which keys there are and what their bytes mean. Two rules
make it more than a dictionary:

* **All or nothing.** What is put within one ``with store.write():`` block becomes visible at once
  when the block ends, or never: when it raises, or when the process is killed. One ``read`` sees
  one moment; it never mixes two writes.
* **Order.** Each blob is put with an ``as_of``. A blob with an older ``as_of`` never replaces a
  newer one of the same key; one with the same ``as_of`` does, because that is how a correction
  arrives. A removal is ordered likewise.

`onedag.testing.StoreContract` is the test suite of this protocol; a store of your own passes by
subclassing it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

__all__ = ["Store", "SupportsAsyncRead", "Writer"]


class Writer(Protocol):
    """The open end of one write."""

    def put(self, keys: Sequence[bytes], blobs: Sequence[bytes], as_of: int) -> None:
        """Stage blobs, one for each key.

        Args:
            keys: any bytes, up to 64 KiB each; a key may be put again, the later one counts.
            blobs: as many as there are keys, up to 64 MiB each.
            as_of: microseconds since 1970 UTC, the moment the blobs are true of.

        Raises:
            StoreError: a key or a blob is too long (`drivers.stores.limits`), and nothing of this
                call is staged; or the store is full or refuses, and the whole write has failed.
        """

    def remove(self, keys: Sequence[bytes], as_of: int) -> None:
        """Stage the removal of what these keys have of this moment or an earlier one.

        A blob of a later moment stays, as it would against a put. A removed key is as one that
        was never put: the store keeps nothing of it, so that it doesn't grow with what is gone.
        So a put of an earlier moment brings the key back; whoever removes must see to it, inside
        the block, that no older run comes after.

        Args:
            keys: any bytes; those that the store doesn't have are passed over.
            as_of: microseconds since 1970 UTC, the moment as of which nothing is there.

        Raises:
            StoreError: as `put`.
        """


@runtime_checkable
class Store(Protocol):
    """An ordered map of bytes that is written all or nothing."""

    def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The visible blob of each key, in the order asked; None where there is none.

        One round trip, and one moment of the store, whatever the number of keys.

        Raises:
            StoreUnavailable: the store can't be reached.
        """

    def write(self) -> AbstractContextManager[Writer]:
        """One write; visible when the block ends without an exception.

        Raises:
            StoreUnavailable: the store can't be reached.
            StoreBusy: another process is writing.
            StoreError: the store is full or refuses. Nothing of the write is visible then, and
                what was visible stays so.
        """

    def close(self) -> None:
        """Give up connections and files. Closing twice is allowed."""


@runtime_checkable
class SupportsAsyncRead(Protocol):
    """A store that reads without blocking the event loop. Others are read in a thread."""

    async def aread(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """As `Store.read`."""
