"""How long a request waits for the store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

from onedag.errors import StoreUnavailable

__all__ = ["Patience"]

T = TypeVar("T")


class Patience:
    """How long is waited for the store, however often it is asked.

    Args:
        timeout: in all; None for as long as it takes.
    """

    def __init__(self, timeout: timedelta | None) -> None:
        self._timeout = timeout
        self._until: float | None = None
        if timeout is not None:
            self._until = asyncio.get_running_loop().time() + timeout.total_seconds()

    async def with_(self, work: Awaitable[T]) -> T:
        """What the work gives.

        Raises:
            StoreUnavailable: it takes longer than is left.
        """
        if self._timeout is None:
            return await work
        try:
            async with asyncio.timeout_at(self._until):
                return await work
        except TimeoutError as error:
            raise StoreUnavailable(
                f"The store didn't answer within {self._timeout.total_seconds():g} seconds. Check "
                f"that the server runs and isn't overloaded."
            ) from error
