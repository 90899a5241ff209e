"""The git commit of a project's code."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from onedag.snapshots import Commit

__all__ = ["commit_of", "remote_of"]

_SECONDS = 30
_OF_A_HOOK = frozenset(f"GIT_{each}" for each in ("DIR", "WORK_TREE", "INDEX_FILE", "PREFIX"))
"""What git tells its hooks, about the folder that they start in."""


def commit_of(folder: Path, without: Iterable[Path] = ()) -> Commit | None:
    """The commit that a folder is checked out at.

    It is dirty where a file below the folder differs from the commit, or isn't in it and isn't
    ignored either.

    Args:
        folder: of a project.
        without: folders whose files don't count.

    Returns:
        None where there is no git, no repository, no commit, or nothing of the folder is in it.
    """
    head = _git(folder, "rev-parse", "--verify", "HEAD^{commit}")
    if not head or not _git(folder, "ls-tree", "--name-only", "HEAD"):
        return None
    others = [f":(exclude,literal){path}" for path in _below(folder, without)]
    return Commit(head, _git(folder, "status", "--porcelain", "--", ".", *others) != "")


def remote_of(folder: Path) -> str | None:
    """The address that a folder's repository was cloned from; it may hold a password.

    Returns:
        None where there is no git, no repository, or no remote named ``origin``.
    """
    return _git(folder, "config", "--get", "remote.origin.url") or None


def _below(folder: Path, paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        if path != folder and path.is_relative_to(folder):
            yield path.relative_to(folder).as_posix()


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints; None where it can't say."""
    environment = {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK}
    # Without this, asking for the state writes to the index, which another git may hold.
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            env=environment,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
