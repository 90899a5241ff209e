"""`onedag apply`, `onedag snapshots` and `onedag rollback` in a repository on disk."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from rich.console import Console

from batch_etl import registry as commands
from drivers.registry import Registry
from onedag import Project
from onedag.errors import ConfigurationError

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def edit(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Edit the features; the next command loads them anew."""
    [module] = repository.glob("features_of_*.py")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def change(old: str, new: str) -> None:
        text = module.read_text()
        assert old in text
        module.write_text(text.replace(old, new))
        sys.modules.pop(module.stem, None)

    return change


def current(repository: Path) -> str:
    move = Registry(repository / ".onedag" / "registry").current()
    assert move is not None
    return move.snapshot


def test_the_first_one(repository: Path, run: Run) -> None:
    code, printed = run("apply", "--by", "ada", "--message", "all [new]")
    assert code == 0
    assert f"Applied snapshot {current(repository)[:12]} (no commit)" in printed
    assert "It is the first in" in printed
    code, printed = run("apply")
    assert code == 0
    assert re.search(r"is the current one since 20\d\d-\S+ \S+ UTC, by ada", printed)
    code, printed = run("snapshots")
    assert code == 0
    assert printed.count(current(repository)[:12]) == 1
    assert "all [new]" in printed


def test_what_changed_in_short(
    repository: Path, run: Run, edit: Callable[[str, str], None]
) -> None:
    run("apply")
    edit('"""Mean price of the training rows."""', '"""The mean."""')
    assert "functions: 1 changed otherwise\n" in run("apply")[1]
    edit("price.mean()", "price.median()")
    printed = run("apply")[1]
    assert "functions: 2 changed in meaning\n" in printed  # what comes of it too
    assert "services: 1 changed in meaning\n" in printed
    assert "views" not in printed
    edit('over="1d"', 'over=["1d", "2d"]')
    printed = run("apply")[1]
    assert "functions: 1 added, 1 changed otherwise\n" in printed
    assert "views: 1 changed in meaning\n" in printed
    edit('"2d"', '"3d"')
    assert "functions: 1 added, 1 removed, 1 changed otherwise\n" in run("apply")[1]


def test_roll_back_and_forth(repository: Path, run: Run, edit: Callable[[str, str], None]) -> None:
    ids = []
    for old, new in [("the day", "a day"), ("a day", "one day"), ("one day", "each day")]:
        edit(old, new)
        run("apply")
        ids.append(current(repository))
    code, printed = run("rollback", "--message", "too early")
    assert code == 0
    assert f"Back to snapshot {ids[1][:12]}" in printed
    assert f"Since snapshot {ids[2][:12]}" in printed
    assert current(repository) == ids[1]
    assert run("rollback", ids[0][:8])[0] == 0
    assert current(repository) == ids[0]
    code, printed = run("snapshots", "--most", "3")
    places = [printed.index(each[:12]) for each in (ids[0], ids[1], ids[2])]
    assert places == sorted(places)
    assert "too early" in printed
    assert "and 2 before" in printed
    moves = json.loads(run("snapshots", "--most", "3", "--json")[1])
    assert [move["snapshot"] for move in moves] == ids[:3]
    assert [move["number"] for move in moves] == [5, 4, 3]
    assert (moves[1]["reason"], moves[1]["commit"]) == ("too early", "no commit")
    assert len(Registry(repository / ".onedag" / "registry").ids()) == 3


def test_errors_of_a_rollback(run: Run, repository: Path) -> None:
    assert run("rollback")[0] == 1
    run("apply")
    code, printed = run("rollback", "abcdef0123")
    assert code == 1
    assert "No snapshot begins with 'abcdef0123'" in printed
    assert current(repository)[:12] in printed
    assert "too short" in run("rollback", "abc")[1]


def test_nothing_was_applied_yet(run: Run) -> None:
    code, printed = run("snapshots")
    assert code == 0
    assert "run `onedag apply`" in printed


def test_a_source_that_is_not_there(run: Run, repository: Path) -> None:
    (repository / "clicks.parquet").unlink()
    code, printed = run("apply")
    assert code == 1
    assert "there is no file" in printed
    assert "--allow-missing" in printed
    assert not (repository / ".onedag").exists()
    assert run("apply", "--allow-missing")[0] == 0
    found = Registry(repository / ".onedag" / "registry").snapshot(current(repository))
    assert found.sources["clicks"].columns == {}


def test_the_commit_is_told(run: Run, repository: Path, edit: Callable[[str, str], None]) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"]

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=repository, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    git("init")
    (repository / ".gitignore").write_text("__pycache__\n")
    git("add", ".")
    git("commit", "-m", "all")
    head = git("rev-parse", "HEAD")[:10]
    assert f"({head})" in run("apply")[1]
    assert "is the current one since" in run("apply")[1]  # the registry isn't a change
    edit("price - price_mean", "price + price_mean")
    assert f"({head} with changes)" in run("apply")[1]
    assert f"{head} with changes" in run("snapshots")[1]


def test_a_damaged_snapshot_does_not_hide_the_others(
    run: Run, repository: Path, edit: Callable[[str, str], None]
) -> None:
    run("apply")
    first = current(repository)
    path = repository / ".onedag" / "registry" / "snapshots" / f"{first}.json"
    path.chmod(0o644)
    path.write_text("{}")
    edit("the day", "a day")
    code, printed = run("apply")
    assert code == 0
    assert "What changed isn't known" in printed
    code, printed = run("snapshots")
    assert code == 0
    assert "unreadable" in printed
    code, printed = run("rollback")
    assert code == 1
    assert "isn't what was written" in printed


def test_a_training_says_its_snapshot(run: Run, repository: Path) -> None:
    code, printed = run("train", "buys")
    assert code == 0
    [found] = Registry(repository / ".onedag" / "registry").ids()
    assert f"of snapshot {found[:12]}" in printed
    assert run("apply")[0] == 0
    assert current(repository) == found


def test_a_registry_that_cannot_be_written_loses_no_training(
    run: Run, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / "file").write_text("")
    monkeypatch.setenv("ONEDAG_REGISTRY", "file/registry")
    code, printed = run("train", "buys")
    assert code == 1
    assert "ONEDAG_REGISTRY" in printed
    assert not (repository / "kept" / "frames").exists()


def test_a_project_in_code_has_no_registry() -> None:
    project = Project([ModuleType("empty")], store="memory://")
    with pytest.raises(ConfigurationError, match="has no registry"):
        commands.show_moves(project, 1, Console())
