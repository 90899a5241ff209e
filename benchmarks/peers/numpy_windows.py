"""Windows by hand: numpy's sort, prefix sums, and a binary search for each end of a window.

What somebody writes who knows that the keys are small numbers, that no value is missing, and that
prefix sums may lose digits. All three are the peer's advantage.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

__all__ = ["windows"]

DAY = 86_400 * 1_000_000

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def windows(folder: Path, days: Sequence[int]) -> pa.Table:
    """Count, sum, mean and std of ``amount`` in windows of so many days before each spine row.

    Args:
        folder: with ``events.parquet`` and ``spine.parquet``.
        days: lengths of the windows: start exclusive, end inclusive.
    """
    events = pq.read_table(folder / "events.parquet", columns=["key", "event_timestamp", "amount"])
    spine = pq.read_table(folder / "spine.parquet", columns=["key", "event_timestamp", "row"])
    times, at = _micros(events), _micros(spine)
    # Key and time in one number: one sort, one search. 0 is before all of a key's events.
    origin = int(times.min()) - 1
    room = max(int(times.max()), int(at.max())) - origin + 1
    packed = events["key"].to_numpy() * room + (times - origin)
    order = np.argsort(packed)
    packed = packed[order]
    amounts = events["amount"].to_numpy()[order]
    middle = amounts.mean()  # squares of values near 0 lose fewer digits
    sums, squares = _prefix(amounts - middle), _prefix((amounts - middle) ** 2)
    keys = spine["key"].to_numpy()
    by_key = np.argsort(keys * room + np.clip(at - origin, 0, None))  # neighbours share the cache
    keys, at, rows = keys[by_key], at[by_key], spine["row"].to_numpy()[by_key]
    ends = _search(packed, keys, at - origin, room)
    columns = {"row": rows}
    for length in days:
        starts = _search(packed, keys, at - origin - length * DAY, room)
        found = _reduced(ends - starts, sums[ends] - sums[starts], squares[ends] - squares[starts])
        count, total, std = found
        columns[f"amount_count_{length}d"] = count
        columns[f"amount_sum_{length}d"] = total + count * middle
        with np.errstate(invalid="ignore"):
            columns[f"amount_mean_{length}d"] = total / count + middle
        columns[f"amount_std_{length}d"] = std
    # The spine's order again, as a model's label has it.
    return pa.table(columns).take(pa.array(np.argsort(by_key)))


def _micros(table: pa.Table) -> Integers:
    return np.asarray(pc.cast(table["event_timestamp"], pa.int64()).to_numpy())


def _prefix(values: Floats) -> Floats:
    sums = np.zeros(len(values) + 1)
    np.cumsum(values, out=sums[1:])
    return sums


def _search(packed: Integers, keys: Integers, offsets: Integers, room: int) -> Integers:
    return np.searchsorted(packed, keys * room + np.clip(offsets, 0, None), side="right")


def _reduced(count: Integers, total: Floats, squares: Floats) -> tuple[Integers, Floats, Floats]:
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.maximum(squares - total * total / count, 0.0) / (count - 1)
    return count, total, np.sqrt(np.where(count > 1, variance, np.nan))
