"""What an engine must do: join moments with history, in two ways.

An engine sees neither entities nor services: it sees moments (a key and a time for each row) and
the history of one source. It gives back a row for each moment, in the order of the moments; it
never drops or repeats one. `onedag.testing.EngineContract` compares an engine with the brute-force
reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from onedag.dtypes import ColumnType
from onedag.planner import StoredFeature

__all__ = ["AT", "EVENT", "KNOWN", "Engine", "History", "Windows"]

EVENT = "__event_us"
KNOWN = "__known_us"
"""The columns of history that hold its times: int64 microseconds since 1970 UTC."""

AT = "__at_us"
"""The column of moments that holds their time: int64 microseconds since 1970 UTC."""


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class History:
    """The rows of one source. An object of it never changes, so an engine may remember it.

    Attributes:
        table: the join keys, `EVENT` and `KNOWN` (int64 microseconds; a null `KNOWN` is never
            visible), and the value columns, in the source's order of rows.
        join_keys: none for features of everything.
        types: of the value columns.
    """

    table: pa.Table
    join_keys: tuple[str, ...]
    types: Mapping[str, ColumnType]


@dataclass(frozen=True, slots=True)
class Windows:
    """Aggregates for moments.

    Attributes:
        table: one column for each feature, shape ``(n_moments,)``, of the function's annotated
            type.
        called: seconds spent in each function that wasn't recognised and was called per window.
        calls: how many times each of them was called; windows of the same rows share a call.
    """

    table: pa.Table
    called: Mapping[str, float] = field(default_factory=dict)
    calls: Mapping[str, int] = field(default_factory=dict)


class Engine(Protocol):
    """Joins moments with history."""

    def asof(self, moments: pa.Table, history: History, columns: Sequence[str]) -> pa.Table:
        """The newest visible row for each moment.

        A row is visible at t when its event and known times are both at or before t. The newest
        has the greatest event time, then the greatest known time, then the latest position.

        Args:
            moments: the join keys and `AT`. A null join key has no history.
            history: of one source.
            columns: value columns to bring along.

        Returns:
            `EVENT`, `KNOWN` and the columns, all null where no row is visible.
        """

    def window(
        self, moments: pa.Table, history: History, features: Sequence[StoredFeature]
    ) -> Windows:
        """The value of each aggregate for each moment.

        The window of length ``over`` at t holds the visible rows with t - over < event time <= t,
        in the order of event time, known time and position.

        Args:
            moments: as for `asof`.
            history: with all inputs of the features' functions among its value columns.
            features: aggregates of this history, with any windows.
        """

    def close(self) -> None:
        """Give up what the engine holds."""
