"""The commit of a project's folder, whatever else is in its repository."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.registry.git import commit_of, remote_of

Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """Run git in a repository with one committed file in each of two folders."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    root = tmp_path / "repository"
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main"]

    def run(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=root, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    for name in ("shop", "other"):
        (root / name).mkdir(parents=True)
        (root / name / "code.py").write_text("A = 1\n")
    run("init")
    run("add", ".")
    run("commit", "-m", "first")
    return run


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return tmp_path / "repository" / "shop"


def test_a_clean_folder(git: Git, shop: Path) -> None:
    commit = commit_of(shop)
    assert commit is not None
    assert (commit.hash, commit.dirty) == (git("rev-parse", "HEAD"), False)
    assert commit == commit_of(shop.parent)


@pytest.mark.parametrize(
    ("file", "dirty"),
    [
        ("shop/code.py", True),
        ("shop/new.py", True),
        ("shop/below/new.py", True),
        ("other/code.py", False),
        ("other/new.py", False),
        ("shop/.onedag/registry/snapshots/a.json", False),
    ],
)
def test_what_makes_a_folder_dirty(git: Git, shop: Path, file: str, dirty: bool) -> None:
    path = shop.parent / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("A = 2\n")
    registry = shop / ".onedag" / "registry"
    commit = commit_of(shop, [registry, shop.parent / "elsewhere", shop])
    assert commit is not None
    assert commit.dirty is dirty


def test_changes_that_are_staged_removed_or_ignored(git: Git, shop: Path) -> None:
    (shop / "code.py").write_text("A = 2\n")
    git("add", ".")
    assert commit_of(shop).dirty
    git("commit", "-m", "second")
    assert not commit_of(shop).dirty
    (shop / ".gitignore").write_text("*.parquet\n")
    git("add", ".")
    git("commit", "-m", "third")
    (shop / "rows.parquet").write_text("")
    assert not commit_of(shop).dirty
    (shop / "code.py").unlink()
    assert commit_of(shop).dirty


def test_no_commit_where_there_is_none(
    tmp_path: Path, git: Git, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert commit_of(tmp_path) is None  # no repository
    (shop.parent / "later").mkdir()
    assert commit_of(shop.parent / "later") is None  # nothing of the folder is committed
    subprocess.run(["git", "init", tmp_path / "new"], check=True, capture_output=True)
    assert commit_of(tmp_path / "new") is None  # a repository without a commit
    assert commit_of(tmp_path / "nowhere") is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit_of(shop) is None  # no git


def test_a_hook_of_another_repository_does_not_lead_away(
    git: Git, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = commit_of(shop)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert commit_of(shop) == expected


def test_the_remote_is_where_it_was_cloned_from(git: Git, shop: Path, tmp_path: Path) -> None:
    assert remote_of(shop) is None
    git("remote", "add", "origin", "git@host:team/shop.git")
    assert remote_of(shop) == "git@host:team/shop.git"
    assert remote_of(tmp_path) is None
