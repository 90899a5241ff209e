"""A stretch of time that rows are chosen by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from onedag.dtypes import TIMESTAMP, canonical_array
from onedag.durations import to_utc
from onedag.errors import ConfigurationError

__all__ = ["Period"]


@dataclass(frozen=True, slots=True)
class Period:
    """Rows from a moment on, before another; naive moments are UTC.

    Attributes:
        since: the first moment, inclusive; None for no bound.
        until: the end, exclusive; None for no bound.
    """

    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        for name in ("since", "until"):
            moment = getattr(self, name)
            object.__setattr__(self, name, None if moment is None else to_utc(moment))
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ConfigurationError(f"No row is in the period {self}: it ends before it starts.")

    def __bool__(self) -> bool:
        return self.since is not None or self.until is not None

    def __str__(self) -> str:
        parts = [("from", self.since), ("before", self.until)]
        told = [f"{word} {moment:%Y-%m-%d %H:%M}" for word, moment in parts if moment is not None]
        return f"{' and '.join(told)} UTC" if told else "of all times"

    def select(self, table: pa.Table, times: str) -> pa.Table:
        """The rows whose time in a column is in the period; a null is in none but all times."""
        for moment, is_in in ((self.since, pc.greater_equal), (self.until, pc.less)):
            if moment is not None:
                found = canonical_array(table[times], f"Column {times!r}")
                table = table.filter(is_in(found, pa.scalar(moment, TIMESTAMP)))
        return table
