"""`LocalEngine`: joins and windows on sorted arrays, in this process."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np
import pyarrow as pa

from drivers.engines.base import History, Windows
from drivers.engines.local.asof import asof
from drivers.engines.local.slices import Timeline
from drivers.engines.local.window import window
from onedag.planner import StoredFeature

__all__ = ["LocalEngine"]


class LocalEngine:
    """Joins moments with history in this process.

    A history is sorted once for all questions about it. Several threads may ask at once.
    """

    def __init__(self) -> None:
        self._timelines: WeakKeyDictionary[History, Timeline] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def asof(self, moments: pa.Table, history: History, columns: Sequence[str]) -> pa.Table:
        """See `drivers.engines.Engine.asof`."""
        return asof(self._timeline(history), moments, history, columns)

    def window(
        self, moments: pa.Table, history: History, features: Sequence[StoredFeature]
    ) -> Windows:
        """See `drivers.engines.Engine.window`."""
        timeline = self._timeline(history)
        found = window(timeline, moments, history, features)
        rank = np.empty(moments.num_rows, np.int64)
        rank[timeline.place(moments)] = np.arange(moments.num_rows)
        return Windows(found.table.take(pa.array(rank)), found.called, found.calls)

    def close(self) -> None:
        """Forget all histories. Closing twice is allowed."""
        with self._lock:
            self._timelines.clear()

    def _timeline(self, history: History) -> Timeline:
        with self._lock:
            timeline = self._timelines.get(history)
        if timeline is None:
            timeline = Timeline(history)
            with self._lock:
                self._timelines[history] = timeline
        return timeline
