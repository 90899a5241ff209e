"""The script as a reader runs it, in a copy of its folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("data", ".onedag", "__pycache__")
    return Path(shutil.copytree(HERE, tmp_path / "absenteeism", ignore=ignored))


def run(copy: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ONEDAG_")}
    return subprocess.run(
        [sys.executable, "-W", "error", str(copy / "run.py"), *map(str, arguments)],
        cwd=copy.parent,
        env=environment | {"PYTHONPATH": str(HERE.parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )


def test_both_scenarios_answer_the_same_on_generated_records(copy: Path) -> None:
    done = run(copy)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "40 employees asked in both ways: 360 values, 0 differ." in done.stdout
    shown = (HERE / "README.md").read_text(encoding="utf-8").split("```text\n")[1]
    assert done.stdout == shown.split("```")[0]


def test_runs_one_after_another_on_other_records(
    copy: Path, generate: ModuleType, tmp_path: Path
) -> None:
    """The second file is older, has no dates and other employees; the store is the same."""
    assert run(copy).returncode == 0
    undated = generate.generate(seed=5, employees=7).drop(columns="Date of absence")
    undated.astype({"Day of the week": "float64"}).to_csv(tmp_path / "x.csv", sep=";", index=False)
    done = run(copy, tmp_path / "x.csv")
    assert done.returncode == 0, done.stderr
    assert "7 employees asked in both ways: 63 values, 0 differ." in done.stdout


def test_records_of_one_employee_and_time_are_no_difference(
    copy: Path, generate: ModuleType, tmp_path: Path
) -> None:
    records = generate.generate(employees=3)
    records["Date of absence"] = records["Date of absence"].str[:7] + "-01"
    assert records.duplicated(["ID", "Date of absence"]).any()
    records.to_csv(tmp_path / "x.csv", sep=";", index=False)
    done = run(copy, tmp_path / "x.csv")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_file_that_cant_be_used_is_named(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("ID;Age\n1;30\n", encoding="utf-8")
    done = run(copy, tmp_path / "x.csv")
    assert done.returncode == 2
    assert "x.csv can't be used. There is no column 'Reason for absence'" in done.stderr
    assert run(copy, tmp_path / "none.csv").returncode == 2
