"""Windows in DuckDB's SQL, in the two ways that there are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

__all__ = ["range_join", "range_windows"]

DAY = 86_400 * 1_000_000


def range_windows(folder: Path, days: Sequence[int]) -> pa.Table:
    """One ``RANGE`` window for each length, over the events and the spine in one relation.

    A ``RANGE`` frame includes its start, so it is a microsecond shorter than the window.
    """
    values = ", ".join(_aggregates(f"OVER w{length}", length) for length in days)
    frames = ", ".join(
        f"w{length} AS (PARTITION BY key ORDER BY t "
        f"RANGE BETWEEN {length * DAY - 1} PRECEDING AND CURRENT ROW)"
        for length in days
    )
    return _answer(
        folder,
        f"""
        WITH both_sides AS (
            SELECT key, epoch_us(event_timestamp) AS t, amount, NULL AS row FROM events
            UNION ALL
            SELECT key, epoch_us(event_timestamp), NULL, row FROM spine
        )
        SELECT row, {values} FROM both_sides WINDOW {frames} QUALIFY row IS NOT NULL
        """,
    )


def range_join(folder: Path, days: Sequence[int]) -> pa.Table:
    """One join with all events of the longest window, reduced with a filter for each length.

    Its cost grows with the events in a window.
    """
    values = ", ".join(_aggregates(f"FILTER (e.t > s.t - {n * DAY})", n) for n in days)
    return _answer(
        folder,
        f"""
        WITH s AS (SELECT row, key, epoch_us(event_timestamp) AS t FROM spine),
             e AS (SELECT key, epoch_us(event_timestamp) AS t, amount FROM events)
        SELECT s.row, {values}
        FROM s LEFT JOIN e
          ON s.key = e.key AND e.t <= s.t AND e.t > s.t - {max(days) * DAY}
        GROUP BY s.row
        """,
    )


def _aggregates(window: str, length: int) -> str:
    return (
        f"count(amount) {window} AS amount_count_{length}d, "
        f"coalesce(sum(amount) {window}, 0.0) AS amount_sum_{length}d, "
        f"avg(amount) {window} AS amount_mean_{length}d, "
        f"stddev_samp(amount) {window} AS amount_std_{length}d"
    )


def _answer(folder: Path, query: str) -> pa.Table:
    with duckdb.connect() as connection:
        for name in ("events", "spine"):
            connection.execute(f"CREATE VIEW {name} AS FROM '{folder / name}.parquet'")
        return connection.sql(query).to_arrow_table()
