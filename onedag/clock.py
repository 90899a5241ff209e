"""The one place that knows what time it is. A clock is passed in, so that a test can set it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from onedag.durations import to_utc

__all__ = ["Clock", "FixedClock", "SystemClock"]


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present moment, aware UTC, microseconds."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is set.

    >>> FixedClock(datetime(2013, 1, 1)).now()
    datetime.datetime(2013, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """

    def __init__(self, moment: datetime) -> None:
        self._moment = to_utc(moment)

    def now(self) -> datetime:
        return self._moment

    def set(self, moment: datetime) -> None:
        """Move the hands; a naive moment is UTC."""
        self._moment = to_utc(moment)
