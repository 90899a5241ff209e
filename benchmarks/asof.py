"""Three newest values as of each row of a spine, against DuckDB's own ASOF join and Feast."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import data
from benchmarks.agreement import ROW, compare
from benchmarks.measure import Contestant, Measured, Race, race
from benchmarks.projects import latest
from benchmarks.report import Check, Report, Target, timings
from benchmarks.setting import Setting
from drivers import BatchDriver
from onedag import Project

__all__ = ["run"]

SIZES = {
    "full": {"spine rows": 1_000_000, "events": 1_000_000, "keys": 10_000},
    "small": {"spine rows": 100_000, "events": 100_000, "keys": 1_000},
    "tiny": {"spine rows": 500, "events": 1_000, "keys": 20},
}

MEMORY = "onedag, into memory"
PARQUET = "onedag, into Parquet"
TEXT = "onedag, into memory, text keys"
RAW_MEMORY = "DuckDB ASOF, into memory"
RAW_PARQUET = "DuckDB ASOF, into Parquet"
RAW_TEXT = "DuckDB ASOF, into memory, text keys"
FEAST = "Feast, into memory"

PEERS = {
    MEMORY: RAW_MEMORY,
    PARQUET: RAW_PARQUET,
    TEXT: MEMORY,
    RAW_TEXT: RAW_MEMORY,
    FEAST: MEMORY,
}

QUERY = """
    SELECT s.row, e.amount AS last_amount, e.quantity AS last_quantity, e.status AS last_status
    FROM '{0}/spine.parquet' s ASOF LEFT JOIN '{0}/events.parquet' e
      ON s.key = e.key AND s.event_timestamp >= e.event_timestamp
"""


def run(setting: Setting) -> Report:
    """Run the benchmark."""
    size = SIZES[setting.size]
    numbers, texts = (_prepared(setting, size, text) for text in (False, True))
    output = setting.data / "asof-output.parquet"
    contestants = [
        Contestant(MEMORY, partial(_frame, numbers, latest.by_number.name)),
        Contestant(PARQUET, partial(_frame, numbers, latest.by_number.name, output)),
        Contestant(TEXT, partial(_frame, texts, latest.by_text.name)),
        Contestant(RAW_MEMORY, partial(_raw, numbers)),
        Contestant(RAW_PARQUET, partial(_raw, numbers, output)),
        Contestant(RAW_TEXT, partial(_raw, texts)),
    ]
    if setting.feast is not None:
        contestants.append(Contestant(FEAST, partial(_feast, setting, numbers), rounds=1))
    found = race(contestants, setting.rounds)
    output.unlink()
    return Report(
        name="asof",
        title="3 newest values, from Parquet to the finished frame",
        size=size,
        figures=timings(found, PEERS),
        targets=_targets(found),
        checks=_checks(found),
        notes=("Feast runs once: it takes as long as all others together.",),
    )


def _prepared(setting: Setting, size: dict[str, int], text: bool) -> Path:
    rows, events, keys = size.values()

    def make(folder: Path) -> None:
        data.write(data.events(events, keys, text, seed=1), folder / "events.parquet")
        data.write(data.spine(rows, keys, text, seed=2), folder / "spine.parquet")

    name = f"asof-{rows}-{events}-{keys}-{'text' if text else 'int'}"
    return data.folder(setting.data / name, make)


def _frame(folder: Path, service: str, output: Path | None = None) -> pa.Table | None:
    project = Project(latest, root=folder, store="memory://")
    with BatchDriver(project) as driver:
        frame = driver.training_frame("spine.parquet", service, keep=[ROW])
        if output is None:
            return frame.table
        frame.to_parquet(output)
    return None


def _raw(folder: Path, output: Path | None = None) -> pa.Table | None:
    query = QUERY.format(folder)
    with duckdb.connect() as connection:
        if output is None:
            return connection.sql(query).to_arrow_table()
        connection.execute(f"COPY ({query}) TO '{output}' (FORMAT parquet)")
    return None


def _feast(setting: Setting, folder: Path) -> Measured:
    output = setting.data / "asof-feast.parquet"
    answer: dict[str, Any] = setting.ask_feast("feast_asof.py", folder, output, "int")
    table = pq.read_table(output)
    output.unlink()
    renamed = [name if name == ROW else f"last_{name}" for name in table.column_names]
    return Measured(answer["seconds"], table.rename_columns(renamed))


def _targets(found: Race) -> tuple[Target, ...]:
    return (
        Target("into memory, times DuckDB", found.ratio(MEMORY, RAW_MEMORY), 1.5),
        Target("into Parquet, times DuckDB", found.ratio(PARQUET, RAW_PARQUET), 1.5),
        Target("times faster than Feast", found.ratio(FEAST, MEMORY), 30, at_most=False),
        Target("text keys, times number keys", found.ratio(TEXT, MEMORY), 1.5),
    )


def _checks(found: Race) -> tuple[Check, ...]:
    answers = found.answers
    pairs = [("DuckDB", MEMORY, RAW_MEMORY), ("DuckDB, text keys", TEXT, RAW_TEXT)]
    if FEAST in answers:
        pairs.append(("Feast", MEMORY, FEAST))
    return tuple(compare(f"onedag and {who}", answers[a], answers[b]) for who, a, b in pairs)
