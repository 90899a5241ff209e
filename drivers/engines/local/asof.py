"""The point-in-time join in DuckDB.

A row becomes visible at the later of its event and known times. The newest visible row only
changes when a row becomes visible, so history is first turned into a list of changes (at this
moment, for this key, this row became the newest), and the list is then ASOF-joined. That gives the
rule of known times exactly, whatever order rows became known in:

    event time     1        2     3            rows a, b, c; c is known before b
    becomes known  a - - - - - - - b - - -     at 5
                            - - - c - - -      at 4
    newest         a a a a c c c c c c c c     b never is: c happened after it
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow as pa

from drivers.engines.base import AT, EVENT, KNOWN, History
from drivers.engines.local.sql import key_list, key_match, keyed, not_null, registered

__all__ = ["asof"]


def asof(
    connection: duckdb.DuckDBPyConnection,
    moments: pa.Table,
    history: History,
    columns: Sequence[str],
) -> pa.Table:
    """See `drivers.engines.Engine.asof`."""
    positions = _newest(connection, moments, history)
    return history.table.select([EVENT, KNOWN, *columns]).take(positions)


def _newest(connection: duckdb.DuckDBPyConnection, moments: pa.Table, history: History) -> pa.Array:
    """The position in history of the newest visible row of each moment, null where none is."""
    keys = history.join_keys
    tables = {
        "moments": keyed(moments.select([*keys, AT]), keys).append_column(
            "moment", _counted(moments)
        ),
        "history": keyed(history.table.select([*keys, EVENT, KNOWN]), keys).append_column(
            "position", _counted(history.table)
        ),
    }
    with registered(connection, tables):
        found = connection.sql(f"""
            WITH visible AS (
                SELECT *,
                    greatest({EVENT}, {KNOWN}) AS since,
                    row_number() OVER (
                        PARTITION BY {key_list(keys)} ORDER BY {EVENT}, {KNOWN}, position
                    ) AS age_rank
                FROM history
                WHERE {KNOWN} IS NOT NULL AND {not_null(keys)}
            ), changes AS (
                SELECT DISTINCT {key_list(keys)}, since, arg_max(position, age_rank) OVER (
                    PARTITION BY {key_list(keys)} ORDER BY since
                    RANGE UNBOUNDED PRECEDING
                ) AS newest
                FROM visible
            )
            SELECT moment, newest
            FROM moments ASOF LEFT JOIN changes
                ON {key_match("moments", "changes", keys)} AND moments.{AT} >= changes.since
        """).to_arrow_table()
    order = np.argsort(found["moment"].to_numpy(), kind="stable")
    return found["newest"].combine_chunks().take(pa.array(order))


def _counted(table: pa.Table) -> pa.Array:
    return pa.array(np.arange(table.num_rows, dtype=np.int64))
