"""`Limits`: what one server takes on, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server refuses to go beyond, so that nothing hangs and nothing grows without end.

    Attributes:
        max_rows: how many rows one request may carry.
        max_body_bytes: how long the body of a request may be.
        max_batch_rows: how many rows of several requests are answered together. A request that
            has more by itself is answered alone; none is split.
        max_waiting_rows: how many rows of one service may wait for their batch. A request that
            finds nobody waiting is never refused.
        deadline: how long after its headers have arrived a request is answered, if only with an
            error. Its body must be there by then.
        coalesce: whether what arrives while a batch runs is answered together. Without, each
            request is answered by itself, at once, and none waits.
    """

    max_rows: int = 1000
    max_body_bytes: int = 4 * 2**20
    max_batch_rows: int = 512
    max_waiting_rows: int = 10_000
    deadline: timedelta = timedelta(seconds=2)
    coalesce: bool = True
