"""The point-in-time join: for each moment, a row of sorted history."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from drivers.engines.base import EVENT, KNOWN, History
from drivers.engines.local.slices import Timeline

__all__ = ["asof"]


def asof(
    timeline: Timeline, moments: pa.Table, history: History, columns: Sequence[str]
) -> pa.Table:
    """See `drivers.engines.Engine.asof`."""
    positions, found = timeline.newest(moments)
    table = history.table.select([EVENT, KNOWN, *columns])
    # Arrow takes from several chunks much more slowly than from one.
    return table.combine_chunks().take(pa.array(positions, mask=~found))
