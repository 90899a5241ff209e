"""`LocalEngine`: the point-in-time join on DuckDB, windows on sorted arrays, in this process."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from drivers.engines.base import History, Windows
from drivers.engines.local.asof import asof
from drivers.engines.local.window import window
from onedag.planner import StoredFeature

__all__ = ["LocalEngine"]


class LocalEngine:
    """Joins moments with history in this process.

    Args:
        threads: of DuckDB; one for each core by default.
    """

    def __init__(self, threads: int | None = None) -> None:
        self._connection = duckdb.connect()
        if threads is not None:
            self._connection.execute(f"SET threads = {int(threads)}")

    def asof(self, moments: pa.Table, history: History, columns: Sequence[str]) -> pa.Table:
        """See `drivers.engines.Engine.asof`."""
        return asof(self._connection.cursor(), moments, history, columns)

    def window(
        self, moments: pa.Table, history: History, features: Sequence[StoredFeature]
    ) -> Windows:
        """See `drivers.engines.Engine.window`."""
        return window(moments, history, features)

    def close(self) -> None:
        """Close DuckDB. Closing twice is allowed."""
        self._connection.close()
