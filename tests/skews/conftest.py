"""Small projects on real stores, for skews that other feature stores have.

Each test of this folder is one way in which training and serving part elsewhere. Its docstring says
what goes wrong; where that takes a few lines, the test shows it before it shows that it can't
happen here, or is caught by name.
"""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pandas as pd
import pytest

from drivers.stores import Store, open_store
from onedag import Project

NAMESPACES = (f"skews-{number}" for number in itertools.count())

MakeProject: TypeAlias = Callable[..., Project]


@pytest.fixture
def make_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeProject]:
    """Makes a project of a module's text; frames, by source, become its files."""
    monkeypatch.syspath_prepend(tmp_path)
    made: list[str] = []

    def make(source: str, **frames: pd.DataFrame) -> Project:
        (tmp_path / "data").mkdir(exist_ok=True)
        for name, frame in frames.items():
            frame.to_parquet(tmp_path / "data" / f"{name}.parquet")
        made.append(f"skewed_features_{len(made)}")
        (tmp_path / f"{made[-1]}.py").write_text(source)
        importlib.invalidate_caches()
        return Project(made[-1], root=tmp_path)

    yield make
    for name in made:
        sys.modules.pop(name, None)


@pytest.fixture(params=["memory", "sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each store in turn, empty; Redis is a real server."""
    if request.param == "redis":
        url = f"{request.getfixturevalue('redis_url')}/0?namespace={next(NAMESPACES)}"
    else:
        url = {"memory": "memory://", "sqlite": "sqlite:///store.db"}[request.param]
    opened = open_store(url, tmp_path)
    yield opened
    opened.close()
