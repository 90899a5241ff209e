"""`LogSettings`: where a server logs what it serves, how much of it, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from onedag.errors import ConfigurationError

__all__ = ["LogSettings"]


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What is logged of the answers, and the bounds of it.

    The log holds what requests carried. Name the fields that must not lie there in ``without``.

    Attributes:
        folder: of the log; several servers may share it.
        sample: the share of requests that are logged, each with all its rows. One that carries an
            ``x-request-id`` is in by a hash of it, so that all services and servers log the same
            ones; any other is drawn at random.
        max_bytes: of the whole folder. The oldest files go first.
        rows: in one file, at most.
        every: how long rows wait at most until they are in a file. A process that is killed loses
            those that wait.
        without: names of request fields, stored values and features that aren't logged.

    Raises:
        ConfigurationError: a share that isn't between 0 and 1, or a bound that isn't positive.
    """

    folder: Path
    sample: float = 0.01
    max_bytes: int = 2**30
    rows: int = 10_000
    every: timedelta = timedelta(minutes=5)
    without: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not 0 <= self.sample <= 1:
            raise ConfigurationError(
                f"The log's sample is {self.sample}: give the share of requests to log, 0 to 1."
            )
        if min(self.max_bytes, self.rows) < 1 or self.every <= timedelta(0):
            raise ConfigurationError(f"{self} makes no sense: each bound of the log is above 0.")
