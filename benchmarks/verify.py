"""Replaying flights as requests, a million of them, and comparing every cell with the frame."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from benchmarks.flights import SERVICE, prepared
from benchmarks.measure import Contestant, race
from benchmarks.profiling import profiled
from benchmarks.report import Check, Report, Target, timings
from benchmarks.setting import Setting
from drivers import BatchDriver
from drivers.verify import VerifyReport, verify
from onedag import Project

__all__ = ["run"]

ROWS = {"full": 1_000_000, "small": 100_000, "tiny": 1_500}
"""To replay: about three times as many as the spine has."""

VERIFY = "onedag verify"
FRAME = "the training frame alone"


def run(setting: Setting) -> Report:
    """Run the benchmark."""
    folder, rows = prepared(setting), ROWS[setting.size]
    contestants = [
        Contestant(VERIFY, partial(_verify, folder, rows)),
        Contestant(FRAME, partial(_frame, folder)),
    ]
    found = race(contestants, setting.rounds)
    report: VerifyReport = found.answers[VERIFY]
    speed = rows / found.timings[VERIFY].median
    target = Target("rows/s, the training frame and all else included", speed, 20_000, False)
    stages = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in report.seconds.items())
    notes = [
        f"{report.requests:,} joint requests; {report.singly:,} rows besides as requests of their "
        f"own, {report.whole} against whole materializations",
        f"the last run: {stages}",
    ]
    if setting.profiles is not None and not target.reached:
        again = partial(_verify, folder, ROWS["small"])
        notes.append(profiled(again, setting.profiles / "verify.txt"))
    return Report(
        name="verify",
        title="flights replayed as requests, each as of its own time",
        size={"rows": report.rows, "spine rows": report.spine_rows, "cells": report.cells},
        figures=timings(found, {VERIFY: FRAME}),
        targets=(target,),
        checks=(Check("batch and online, to the bit", report.differing_cells, report.cells),),
        notes=tuple(notes),
    )


def _verify(folder: Path, rows: int) -> VerifyReport:
    return verify(_project(folder), SERVICE, "data/spine.parquet", rows=rows)


def _frame(folder: Path) -> int:
    with BatchDriver(_project(folder)) as driver:
        return len(driver.training_frame("data/spine.parquet", SERVICE))


def _project(folder: Path) -> Project:
    return Project("features", root=folder, store="memory://")
