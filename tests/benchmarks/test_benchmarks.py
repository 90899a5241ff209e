"""Every benchmark runs, at a tiny size, and its contestants agree. No speed is asserted."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import absenteeism
from benchmarks.__main__ import BENCHMARKS
from benchmarks.latency_plot import draw
from benchmarks.memory_point import measured
from benchmarks.profiling import profiled
from benchmarks.report import Report, show
from benchmarks.setting import ROOT, Setting

TARGETS = {
    "asof": 4,
    "windows": 3,
    "flights": 1,
    "store": 1,
    "memory": 1,
    "request": 7,
    "absenteeism": 1,
    "http": 5,
    "log": 1,
    "observability": 4,
    "start": 2,
    "diff": 1,
    "catalog": 9,
    "lineage": 1,
    "testing": 1,
    "verify": 1,
}
CHECKS = {
    "asof": 2,
    "windows": 3,
    "flights": 0,
    "store": 3,
    "memory": 2,
    "request": 3,
    "absenteeism": 4,
    "http": 3,
    "log": 2,
    "observability": 1,
    "start": 0,
    "diff": 1,
    "catalog": 1,
    "lineage": 1,
    "testing": 0,
    "verify": 1,
}
OF_FEAST = {"asof": 1, "request": 4}
"""Targets that can't be measured without Feast."""


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    folder = tmp_path_factory.mktemp("bench")
    return Setting("tiny", data=folder, rounds=1, feast=None, plots=folder / "plots")


@pytest.fixture(scope="module", params=sorted(BENCHMARKS))
def report(request: pytest.FixtureRequest, setting: Setting) -> Report:
    return BENCHMARKS[request.param](setting)


def test_contestants_do_the_same_work(report: Report) -> None:
    assert len(report.checks) == CHECKS[report.name]
    assert all(check.compared > 0 for check in report.checks)
    assert report.agrees, report.checks


def test_every_target_but_feasts_is_measured(report: Report) -> None:
    assert len(report.targets) == TARGETS[report.name]
    unmeasured = [target.what for target in report.targets if target.value is None]
    assert len(unmeasured) == OF_FEAST.get(report.name, 0)
    assert all("faster than Feast" in what for what in unmeasured)


def test_a_report_is_shown_with_all_its_targets(report: Report) -> None:
    output = io.StringIO()
    show(report, Console(file=output, width=200))
    shown = output.getvalue()
    assert report.title in shown
    assert all(target.what in shown for target in report.targets)
    assert all(str(row[0]) in shown for row in report.figures.rows if isinstance(row[0], str))


def test_the_memory_curve_is_drawn_and_a_process_that_gets_too_big_is_stopped(
    setting: Setting,
) -> None:
    BENCHMARKS["memory"](setting)
    assert (setting.plots / "memory.png").read_bytes().startswith(b"\x89PNG")
    point = measured(setting.data / "memory-1000", stop_gb=0.01)
    assert point.stopped
    assert point.peak_gb > 0.01


def test_latency_against_load_is_drawn(tmp_path: Path) -> None:
    draw(tmp_path / "latency.png", (1, 16), dict.fromkeys("abc", [(100.0, 1.0, 2.0)] * 2))
    assert (tmp_path / "latency.png").read_bytes().startswith(b"\x89PNG")


def test_what_misses_its_target_is_profiled_if_told_where(tmp_path: Path) -> None:
    setting = Setting("tiny", tmp_path, 1, feast=None, plots=tmp_path, profiles=tmp_path / "why")
    report = absenteeism.run(setting)
    [target] = report.targets
    profiles = [path.name for path in (tmp_path / "why").glob("*")]
    assert profiles == ([] if target.reached else ["absenteeism.txt"])
    profiled(lambda: report.to_dict(), tmp_path / "own.txt")
    assert "to_dict" in (tmp_path / "own.txt").read_text()


def test_the_command_writes_its_figures_as_json(tmp_path: Path) -> None:
    output = tmp_path / "figures.json"
    options = ["--size", "tiny", "--rounds", "1", "--data", tmp_path / "data", "--json", output]
    command = [sys.executable, "-m", "benchmarks", "asof", *options, "--feast", tmp_path / "none"]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    assert "Without Feast" in finished.stdout
    figures = json.loads(output.read_text())
    assert figures["machine"]["cores"].startswith(("1 used", "2 used"))
    assert [report["name"] for report in figures["reports"]] == ["asof"]
    assert {target["reached"] for target in figures["reports"][0]["targets"]} >= {None}
