"""`Asked`: an answer that is waited for only so long, and asked for only once at a time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from datetime import timedelta
from threading import Thread
from typing import Generic, TypeVar

from onedag.errors import StoreUnavailable

__all__ = ["Asked"]

_Answer = TypeVar("_Answer")


class Asked(Generic[_Answer]):
    """Asks, and doesn't wait for ever.

    A store that hangs holds one thread, however often it is asked meanwhile, and doesn't hold up
    the end of the process.

    Args:
        ask: gives the answer, or raises.
        patience: for how long the first one who asks waits; the next don't, until it has answered.
    """

    def __init__(self, ask: Callable[[], _Answer], patience: timedelta) -> None:
        self._ask = ask
        self._patience = patience
        self._asking: Future[_Answer] | None = None

    def answer(self) -> _Answer:
        """The answer. To be called by one thread at a time.

        Raises:
            StoreUnavailable: it hasn't come in time.
        """
        asking, seconds = self._asking, self._patience.total_seconds()
        if asking is None or asking.done():  # what came too late is long past, and asked again
            self._asking = asking = self._asked()
            wait([asking], seconds)
        if not asking.done():
            raise StoreUnavailable(f"The store hasn't answered within {seconds:g} s.")
        self._asking = None
        return asking.result()

    def _asked(self) -> Future[_Answer]:
        future: Future[_Answer] = Future()

        def ask() -> None:
            try:
                future.set_result(self._ask())
            except BaseException as error:  # it is raised where the answer is waited for
                future.set_exception(error)

        Thread(target=ask, name="onedag-catalog", daemon=True).start()
        return future
