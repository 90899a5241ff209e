"""An upgrade of a package is told from an edit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
import tool_of_a_test
from onedag.fingerprints import fingerprint
WEIGHT = float(sys.argv[2])
def feature(x):
    return tool_of_a_test.halved(x) * WEIGHT
found = fingerprint(feature)
print(found.text, found.written, found.certain)
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], list[str]]:
    """By the version of an installed package and a constant of the project."""
    found = {}
    for version, weight in [("1.0", "2"), ("1.1", "2"), ("1.1", "3")]:
        folder = tmp_path_factory.mktemp("environment") / "site-packages"
        described = folder / f"tool_of_a_test-{version}.dist-info"
        described.mkdir(parents=True)
        (folder / "tool_of_a_test.py").write_text("def halved(x):\n    return x / 2\n")
        (described / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: tool-of-a-test\nVersion: {version}\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(folder), weight],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        )
        found[version, weight] = done.stdout.split()
    return found


def test_an_upgrade_leaves_what_is_written(told: dict[tuple[str, str], list[str]]) -> None:
    before, after = told["1.0", "2"], told["1.1", "2"]
    assert before[0] != after[0]
    assert before[1] == after[1]
    assert before[2] == after[2] == "True"


def test_an_edit_differs_in_both(told: dict[tuple[str, str], list[str]]) -> None:
    before, after = told["1.1", "2"], told["1.1", "3"]
    assert before[0] != after[0]
    assert before[1] != after[1]
