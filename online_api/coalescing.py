"""What arrives while a batch runs is the next batch: nobody waits for company, or for a timer.

Requests of one service are answered together: one read of the store, one pass over the functions,
one call of the model. While nothing runs, what has arrived starts at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeAlias, cast

from online_api.asked import Answer, Asked
from online_api.errors import DeadlineExceeded, Disconnected, Overloaded, Stopped
from online_api.limits import Limits

__all__ = ["Coalescer", "Work"]

Work: TypeAlias = Callable[[Sequence[Asked], timedelta], Awaitable[None]]
"""Settles each of a batch; the time is how long the store may take. It raises for none of them."""

PATIENCE = timedelta(milliseconds=100)
"""How long a request waits before anybody looks whether its client is still there."""

OF_THE_STORE = 0.8
"""The store's part of the time that is left, so that there is some to answer without it."""

LATE = 0.1
"""Less than this part of the deadline is no time to hurry a whole batch for."""


class Coalescer:
    """The queue of one service, and the batch that runs.

    Args:
        service: its name.
        work: what answers a batch.
        limits: how large a batch is, how many rows wait, and for how long.
    """

    def __init__(self, service: str, work: Work, limits: Limits) -> None:
        self._service = service
        self._work = work
        self._limits = limits
        self._deadline_s = limits.deadline.total_seconds()
        self._patience_s = PATIENCE.total_seconds()
        self._queue: deque[Asked] = deque()
        self._rows = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False

    @property
    def waiting_rows(self) -> int:
        """How many rows wait for their batch."""
        return self._rows

    @property
    def waiting_requests(self) -> int:
        """How many requests wait for their batch."""
        return len(self._queue)

    @property
    def running(self) -> int:
        """How many batches are being answered."""
        return len(self._tasks)

    async def answer(self, asked: Asked) -> Answer:
        """The answer to a request, in the batch that it falls into.

        Raises:
            Overloaded: too many rows wait already.
            DeadlineExceeded: the deadline has passed.
            Disconnected: the client is gone.
            Stopped: the server stops.
            OnedagError: as the work that answers it.
        """
        self._enter(asked)
        try:
            return await asked.answer
        finally:
            self._leave(asked)

    async def stop(self) -> None:
        """Fail all that is unanswered, and answer nothing more."""
        self._stopped = True
        for asked in self._queue:
            asked.fail(Stopped.of(self._service))
        running = list(self._tasks)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _enter(self, asked: Asked) -> None:
        if self._stopped:
            raise Stopped.of(self._service)
        if self._rows and self._rows + len(asked.rows) > self._limits.max_waiting_rows:
            raise Overloaded.of(self._service, self._rows, self._limits.max_waiting_rows)
        loop = asyncio.get_running_loop()
        patient_until = min(loop.time() + self._patience_s, asked.until)
        asked.timer = loop.call_at(patient_until, self._grow_impatient, asked)
        asked.waits = True
        self._rows += len(asked.rows)
        self._queue.append(asked)
        if not self._tasks or not self._limits.coalesce:
            # A task first runs in the loop's next turn, with all that arrives in this one.
            self._tasks.add(loop.create_task(self._run_all()))

    def _leave(self, asked: Asked) -> None:
        if not asked.answer.cancel() and not asked.answer.cancelled():
            asked.answer.exception()  # else asyncio logs it as one that nobody saw
        asked.release()
        if asked.waits:
            self._queue.remove(asked)
            self._taken(asked)

    def _taken(self, asked: Asked) -> None:
        asked.waits = False
        self._rows -= len(asked.rows)

    def _take(self) -> list[Asked]:
        """The next batch: those that came first, as many as fit; at least one."""
        most = self._limits.max_batch_rows if self._limits.coalesce else 0
        batch: list[Asked] = []
        rows = 0
        while self._queue:
            rows += len(self._queue[0].rows)
            if batch and rows > most:
                break
            asked = self._queue.popleft()
            self._taken(asked)
            batch.append(asked)
        return batch

    async def _run_all(self) -> None:
        try:
            while batch := self._take():
                await self._run(batch)
        finally:
            # At once, not in a callback: the next request must see that nothing runs.
            self._tasks.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    async def _run(self, batch: Sequence[Asked]) -> None:
        try:
            await self._work(batch, self._time_of_the_store(batch))
        finally:
            for asked in batch:
                if not asked.answer.done():  # the work was cancelled
                    asked.fail(Stopped.of(self._service))

    def _time_of_the_store(self, batch: Sequence[Asked]) -> timedelta:
        """A part of what is left to the one that waits longest, if that is worth a read."""
        now = asyncio.get_running_loop().time()
        least = LATE * self._deadline_s
        left = [asked.until - now for asked in batch if asked.until - now >= least]
        return timedelta(seconds=OF_THE_STORE * min(left, default=least))

    def _grow_impatient(self, asked: Asked) -> None:
        loop = asyncio.get_running_loop()
        asked.timer = loop.call_at(asked.until, self._expire, asked)
        asked.watcher = loop.create_task(_watch(asked))

    def _expire(self, asked: Asked) -> None:
        asked.fail(DeadlineExceeded.of(self._service, self._limits.deadline, asked.waits_for))


async def _watch(asked: Asked) -> None:
    """Give up a request whose client goes."""
    if (await asked.receive())["type"] == "http.disconnect":
        asked.fail(Disconnected())
