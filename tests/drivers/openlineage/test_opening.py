"""Nothing is told, imported or needed unless the project asks for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from drivers import BatchDriver
from onedag import Project
from onedag.errors import ConfigurationError
from online_api import create_app
from tests.online_api.shop import running

ROOT = Path(__file__).parents[3]

JOBS = """
import sys
from pathlib import Path
from drivers import BatchDriver
from tests.drivers.openlineage.shop import NOW, SPINE, shop_in
with shop_in(Path(sys.argv[1]), **eval(sys.argv[2])) as shop:
    with BatchDriver(shop) as batch:
        batch.training_frame(SPINE, "buys")
        batch.materialize(NOW)
print(sorted(m for m in sys.modules if m.startswith(("openlineage", "requests"))))
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True
    )


@pytest.mark.parametrize("options", ["{}", "{'openlineage': 'off'}"])
def test_off_imports_nothing(options: str, tmp_path: Path) -> None:
    done = run(JOBS, str(tmp_path), options)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in ("[]", "['openlineage_shop']")
    assert not list(tmp_path.rglob("*.jsonl"))


def test_on_imports_the_client(tmp_path: Path) -> None:
    done = run(JOBS, str(tmp_path), "{'openlineage': 'file:e.jsonl'}")
    assert "openlineage.client" in done.stdout, done.stderr


def test_a_server_that_tells_loads_no_duckdb() -> None:
    code = "import sys, drivers.openlineage.serving; print('duckdb' in sys.modules)"
    assert run(code).stdout.strip() == "False"


def test_without_the_client_the_extra_is_named(tmp_path: Path) -> None:
    hide = "import sys\nsys.path_importer_cache.clear()\n" + HIDDEN
    done = run(hide + JOBS, str(tmp_path), "{'openlineage': 'https://me:secret@host'}")
    assert "ConfigurationError" in done.stderr
    assert "pip install 'onedag[openlineage]'" in done.stderr
    assert "https://host/api/v1/lineage" in done.stderr
    assert "secret" not in done.stderr
    assert run(hide + JOBS, str(tmp_path / "off"), "{}").returncode == 0


HIDDEN = """
import importlib.machinery
class WithoutClient(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] == "openlineage" else super().find_spec(name, path)
sys.meta_path[:] = [
    WithoutClient if each is importlib.machinery.PathFinder else each for each in sys.meta_path
]
"""
"""As if the package had never been installed."""


def test_a_wrong_destination_is_said_before_anything_runs(tmp_path: Path) -> None:
    project = Project([], root=tmp_path, openlineage="somewhere")
    with pytest.raises(ConfigurationError, match="openlineage"):
        BatchDriver(project)
    with pytest.raises(ConfigurationError, match="openlineage"), running(create_app(project)):
        pass
    with BatchDriver(project, tell=False) as batch:
        assert batch.views() == {}
