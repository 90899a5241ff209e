"""Paths as a project says them, wherever it is checked out."""

from __future__ import annotations

from pathlib import Path, PurePath

__all__ = ["from_root"]


def from_root(path: str | PurePath, root: Path | None) -> str:
    """A path; one below the project's folder as it is from there.

    >>> from_root("/home/me/shop/data/orders.csv", Path("/home/me/shop"))
    'data/orders.csv'
    """
    if root is not None and PurePath(path).is_relative_to(root):
        return PurePath(path).relative_to(root).as_posix()
    return str(path)
