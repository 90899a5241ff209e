"""The whole frame of the reference features, on the flights out of New York in 2013."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import data
from benchmarks.measure import Contestant, race
from benchmarks.report import Report, Target, timings
from benchmarks.setting import ROOT, Setting
from drivers import BatchDriver
from onedag import Project

__all__ = ["SERVICE", "prepared", "run"]

SIZES = {"full": 336_776, "small": 30_000, "tiny": 500}

SERVICE = "departure_delay"
NAME = "onedag, into memory"


def run(setting: Setting) -> Report:
    """Run the benchmark."""
    folder = prepared(setting)
    found = race([Contestant(NAME, partial(_frame, folder))], setting.rounds)
    table: pa.Table = found.answers[NAME]
    return Report(
        name="flights",
        title="all features of the flights, from Parquet to the finished frame",
        size={"spine rows": table.num_rows, "features": table.num_columns},
        figures=timings(found, {}),
        targets=(Target("seconds", found.timings[NAME].median, 10),),
    )


def prepared(setting: Setting) -> Path:
    """The folder of the flights' data, with as many spine rows as the size says."""
    rows = SIZES[setting.size]
    return data.folder(setting.data / f"flights-{rows}", partial(_prepare, rows))


def _prepare(rows: int, folder: Path) -> None:
    script = ROOT / "examples/nycflights/prepare.py"
    subprocess.run([sys.executable, script, folder / "data"], check=True, stdout=subprocess.DEVNULL)
    spine = folder / "data/spine.parquet"
    pq.write_table(pq.read_table(spine).slice(0, rows), spine)


def _frame(folder: Path) -> pa.Table:
    project = Project("features", root=folder, store="memory://")
    with BatchDriver(project) as driver:
        return driver.training_frame("data/spine.parquet", SERVICE).table
