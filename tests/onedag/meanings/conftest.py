"""Loading a little project of two packages from disk."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from onedag import Project

Load = Callable[[Mapping[str, str]], Project]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Write files and load them as a project: the package ``shop``, with ``tools`` beside it."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    def forget() -> None:
        for name in [n for n in sys.modules if n.partition(".")[0] in ("shop", "tools")]:
            del sys.modules[name]

    def of(files: Mapping[str, str]) -> Project:
        forget()
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        importlib.invalidate_caches()
        return Project(["shop"], store="memory://", root=tmp_path)

    yield of
    forget()
