"""A new feature repository, from the one that is shipped with the library."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from onedag.errors import ConfigurationError, OfflineError

__all__ = ["new_repository"]

STARTER = Path(__file__).parent / "starter"
_RENAMED = {"gitignore": ".gitignore"}
"""Names under which a package can't ship a file."""


def new_repository(folder: Path) -> list[Path]:
    """Make a feature repository in a folder that is empty or isn't there; its files, sorted.

    It is there whole or not at all.

    Raises:
        ConfigurationError: there is something in the folder, or it is a file.
        OfflineError: it can't be written.
    """
    _refuse_what_is_there(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as unfinished:
            made = Path(unfinished) / "made"
            shutil.copytree(STARTER, made, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
            for name, wanted in _RENAMED.items():
                (made / name).rename(made / wanted)
            if folder.exists():
                folder.rmdir()
            made.rename(folder)
    except OSError as error:
        raise OfflineError.of("The repository", folder, error) from error
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _refuse_what_is_there(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.exists():
        there = "has files in it" if folder.is_dir() else "is a file"
        raise ConfigurationError(f"{folder} {there}. Name a folder that is empty or isn't there.")
