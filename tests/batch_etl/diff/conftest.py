"""A repository whose module is edited between commands."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pandas as pd
import pytest

from drivers import BatchDriver
from onedag import Project

Edit: TypeAlias = Callable[[str, str], None]


@pytest.fixture
def edit(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Edit]:
    """Replace a text in the module; the next command imports it again, as a new process would."""
    # Two versions of one second and one size would share their bytecode.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (module,) = repository.glob("features_of_*.py")

    def replace(old: str, new: str) -> None:
        text = module.read_text()
        assert old in text
        module.write_text(text.replace(old, new))
        sys.modules.pop(module.stem, None)
        importlib.invalidate_caches()

    yield replace
    sys.modules.pop(module.stem, None)


@pytest.fixture
def publish(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """Publish a run of the service on a few rows; its id."""

    def published() -> str:
        monkeypatch.syspath_prepend(repository)
        spine = pd.read_parquet(repository / "spine.parquet").head(50)
        with BatchDriver(Project.load(repository)) as batch:
            return batch.publish(batch.training_frame(spine, "buys")).run_id

    return published
