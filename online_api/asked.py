"""One request while it waits for its answer, and the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import pydantic
from starlette.types import Receive

from drivers.serving.vectors import FeatureVectors
from onedag.errors import (
    DefinitionError,
    ModelMismatch,
    NotPublished,
    PlanError,
    StoreError,
    UnknownName,
)
from online_api.observing import Call

__all__ = ["Answer", "Asked", "fail_all", "in_halves"]

_OF_ALL = (DefinitionError, ModelMismatch, NotPublished, PlanError, StoreError, UnknownName)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request gets.

    Attributes:
        run_id: the run whose features these are, or were given to the model.
        store_error: why the store's values are missing, where the service would rather have that.
        vectors: of the request's rows; None if it didn't ask for them.
        predictions: shape ``(n_rows,)``; None if it didn't ask for them.
    """

    run_id: str
    store_error: str | None = None
    vectors: FeatureVectors | None = None
    predictions: list[float] | None = None


@dataclass(eq=False, slots=True)
class Asked:
    """A request that waits.

    Attributes:
        rows: as instances of the service's request model.
        features: whether it wants the vectors.
        predict: whether it wants predictions.
        receive: tells when its client is gone; its body has been read.
        until: its deadline, in the event loop's time.
        answer: is set once; nobody waits for one that is done.
        waits: whether it is in the queue.
        waits_for: what, in the words of an error message.
        request_id: under which it is logged; None if it isn't.
        call: the same request, as observers see it.
        since: when it began to wait, on the clock of `time.perf_counter`, in seconds.
    """

    rows: Sequence[pydantic.BaseModel]
    features: bool
    predict: bool
    receive: Receive
    until: float
    answer: asyncio.Future[Answer]
    call: Call
    waits: bool = False
    waits_for: str = "the batch before it"
    request_id: str | None = None
    since: float = field(default_factory=perf_counter)
    timer: asyncio.TimerHandle | None = None
    watcher: asyncio.Task[Any] | None = field(default=None, repr=False)

    def settle(self, answer: Answer) -> None:
        """Answer it, if somebody still waits."""
        if not self.answer.done():
            self.answer.set_result(answer)

    def given(self) -> Answer | None:
        """Its answer, once there is one that isn't an error."""
        answer = self.answer
        if not answer.done() or answer.cancelled() or answer.exception() is not None:
            return None
        return answer.result()

    def fail(self, error: Exception) -> None:
        """Answer it with an error, if somebody still waits."""
        if not self.answer.done():
            self.answer.set_exception(error)

    def release(self) -> None:
        """Stop the clock and the watch."""
        if self.timer is not None:
            self.timer.cancel()
        if self.watcher is not None:
            self.watcher.cancel()


async def in_halves(
    batch: Sequence[Asked], work: Callable[[Sequence[Asked]], Awaitable[None]]
) -> None:
    """Do the work of a batch. Where it fails, halve it until those that fail stand alone.

    Args:
        batch: those that are done already are left out.
        work: settles each, or raises; those that it hasn't settled are tried again, unless the
            error concerns all of them, as that of a store that is down does.
    """
    waiting = [asked for asked in batch if not asked.answer.done()]
    if not waiting:
        return
    try:
        return await work(waiting)
    except _OF_ALL as error:
        return fail_all(waiting, error)
    except Exception as error:  # whatever it is, the neighbours must not have it
        if len(waiting) == 1:
            return waiting[0].fail(error)
    # Not in the handler: Python would chain each error to those of the larger parts before it, and
    # the log of one bad row would be pages long.
    middle = len(waiting) // 2
    await in_halves(waiting[:middle], work)
    await in_halves(waiting[middle:], work)


def fail_all(batch: Sequence[Asked], error: Exception) -> None:
    """Answer each with the same error."""
    for asked in batch:
        asked.fail(error)
