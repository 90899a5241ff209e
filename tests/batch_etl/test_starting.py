"""`onedag init`, and each command that the new repository's README shows, in their order."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from batch_etl.cli import app
from batch_etl.starting import new_repository
from onedag.errors import ConfigurationError, OfflineError

ROOT = Path(__file__).parents[2]
STARTED_ELSEWHERE = "onedag serve"
"""A server's end is nothing to wait for; `tests/online_api` starts it."""


def shown(readme: str) -> list[list[str]]:
    commands = re.findall(r"^\$ (.*)$", readme, re.MULTILINE)
    return [shlex.split(one, comments=True) for one in commands if STARTED_ELSEWHERE not in one]


def run(folder: Path, command: list[str]) -> str:
    programs = {
        "python": [sys.executable],
        "pytest": [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        "onedag": [sys.executable, "-c", "from batch_etl.cli import main; main()"],
    }
    finished = subprocess.run(
        [*programs[command[0]], *command[1:]],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "120"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def test_a_new_repository_does_what_its_readme_shows(tmp_path: Path) -> None:
    folder = tmp_path / "teams" / "shop"
    made = new_repository(folder)
    assert {str(path.relative_to(folder)) for path in made} >= {".gitignore", "pyproject.toml"}
    commands = shown((folder / "README.md").read_text())
    said = {" ".join(command[:2]): run(folder, command) for command in commands}
    assert "0 problems" in said["onedag check"]
    assert "2 passed" in said["pytest"]
    assert "0 of 18,027 cells differ" in said["onedag verify"]
    assert '"spent_30d": 18.34' in said["onedag features"]
    assert [path.name for path in folder.parent.iterdir()] == ["shop"]


def test_nothing_that_is_there_is_touched(tmp_path: Path) -> None:
    kept = tmp_path / "notes.txt"
    kept.write_text("mine")
    with pytest.raises(ConfigurationError, match="has files in it"):
        new_repository(tmp_path)
    with pytest.raises(ConfigurationError, match="is a file"):
        new_repository(kept)
    with pytest.raises(OfflineError, match="The repository can't be written"):
        new_repository(kept / "below")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    assert (tmp_path / "features" / "shop.py") in new_repository(tmp_path)


def test_it_is_a_command() -> None:
    assert "init" in {
        command.callback.__name__ for command in app.registered_commands if command.callback
    }
