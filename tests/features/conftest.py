"""The flights of 2013, prepared once a session by the example's own script."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "examples" / "nycflights" / "prepare.py"


@pytest.fixture(scope="session")
def prepare() -> ModuleType:
    """The script as a module: the examples aren't a package."""
    spec = importlib.util.spec_from_file_location("nycflights_prepare", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def flights_data(prepare: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that holds the five Parquet files."""
    directory = tmp_path_factory.mktemp("nycflights") / "data"
    prepare.prepare(directory)
    return directory
