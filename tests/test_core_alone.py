"""What is installed without extras is enough to begin: nothing else is imported on the way."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
_REFUSING = """
import sys
from importlib.abc import MetaPathFinder

class Refusing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {refused!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Refusing())
from batch_etl.cli import main
main()
"""


def installed_with(stated: list[str]) -> set[str]:
    """The distributions that an installation of some requirements brings, by their names."""
    found: set[str] = set()
    waiting = [(Requirement(text), frozenset({""})) for text in stated]
    while waiting:
        wanted, extras = waiting.pop()
        name = canonicalize_name(wanted.name)
        applies = wanted.marker is None or any(wanted.marker.evaluate({"extra": e}) for e in extras)
        if not applies or (name in found and not wanted.extras):
            continue
        try:
            brought = requires(wanted.name) or []
        except PackageNotFoundError:
            continue
        found.add(name)
        waiting.extend((Requirement(text), frozenset({"", *wanted.extras})) for text in brought)
    return found


@pytest.fixture(scope="module")
def refused() -> set[str]:
    """The modules of what is installed here and isn't brought by onedag without extras."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        core = installed_with(tomllib.load(file)["project"]["dependencies"])
    return {
        module
        for module, owners in packages_distributions().items()
        if not {canonicalize_name(owner) for owner in owners} & {*core, "onedag"}
    }


def run(refused: set[str], folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _REFUSING.format(refused=refused), *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def shop(tmp_path_factory, refused) -> Path:
    """A new feature repository with its data."""
    folder = tmp_path_factory.mktemp("core")
    made = run(refused, folder, "init", "shop")
    assert (made.returncode, made.stderr) == (0, "")
    arguments = [sys.executable, "make_data.py"]
    subprocess.run(arguments, cwd=folder / "shop", capture_output=True, check=True)
    return folder / "shop"


def test_the_extras_are_refused(refused):
    assert {"sklearn", "onnxruntime", "openlineage", "hypothesis", "pytest"} <= refused


@pytest.mark.parametrize(
    "line",
    [
        "check",
        "materialize --as-of 2024-06-29",
        "lineage --output lineage.html",
        "audit order_returned",
        "catalog --output pages",
    ],
)
def test_a_new_repository_needs_no_extras(shop, refused, line):
    done = run(refused, shop, *line.split())
    assert (done.returncode, done.stderr) == (0, "")


def test_what_needs_an_extra_says_which(shop, refused):
    done = run(refused, shop, "train", "order_returned")
    assert done.returncode == 1
    assert "pip install 'onedag[onnx]'" in done.stderr
    assert "Traceback" not in done.stderr
