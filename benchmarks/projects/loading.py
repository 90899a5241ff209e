"""A generated project in this process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from onedag.project import Project

__all__ = ["loaded"]


@contextmanager
def loaded(folder: Path) -> Iterator[Project]:
    """A project whose modules are forgotten at the end: the next one has the same names."""
    before, path = set(sys.modules), [*sys.path]
    try:
        yield Project.load(folder)
    finally:
        sys.path[:] = path
        for name in set(sys.modules) - before:
            if name.startswith("many_features"):
                del sys.modules[name]
