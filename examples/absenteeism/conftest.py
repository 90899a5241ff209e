"""The example's modules, and projects over records of its generator."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

import pandas as pd
import pytest

from onedag import Project

HERE = Path(__file__).parent
MODULES = ("absenteeism_features", "absenteeism_services")

MakeProject: TypeAlias = Callable[[pd.DataFrame], Project]


@pytest.fixture(scope="session", autouse=True)
def modules() -> Iterator[dict[str, ModuleType]]:
    """The project's modules, as `Project.load` finds them: from the example's folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(HERE)
        yield {name: importlib.import_module(name) for name in MODULES}
        for name in MODULES:
            patch.delitem(sys.modules, name)


@pytest.fixture(scope="session")
def features(modules: dict[str, ModuleType]) -> ModuleType:
    return modules["absenteeism_features"]


@pytest.fixture(scope="session")
def services(modules: dict[str, ModuleType]) -> ModuleType:
    return modules["absenteeism_services"]


@pytest.fixture(scope="session")
def generate() -> ModuleType:
    return _script("generate")


@pytest.fixture(scope="session")
def prepare(modules: dict[str, ModuleType]) -> ModuleType:
    return _script("prepare")


def _script(name: str) -> ModuleType:
    # Under a name of its own: other examples have scripts of these names too.
    spec = importlib.util.spec_from_file_location(f"absenteeism_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def records(generate: ModuleType, prepare: ModuleType) -> pd.DataFrame:
    """Three years of 25 employees, clean, under the CSV's names."""
    cleaned: pd.DataFrame = prepare.clean(generate.generate(seed=1, employees=25))
    return cleaned


@pytest.fixture(params=["memory://", "sqlite:///store.db"])
def make_project(request: pytest.FixtureRequest, tmp_path: Path) -> MakeProject:
    """Makes the example's project over some records, in a folder of its own."""

    def make(records: pd.DataFrame) -> Project:
        root = tmp_path / f"project{sum(1 for _ in tmp_path.iterdir())}"
        (root / "data").mkdir(parents=True)
        records.to_parquet(root / "data" / "absences.parquet", index=False)
        return Project(MODULES, store=request.param, root=root)

    return make
