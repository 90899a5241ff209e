"""The plugin in a user's project: found by pytest, light, and readable where a test fails."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import drivers.pytest_plugin
import drivers.testing  # before the runs in this process, which forget what they import

ROOT = Path(__file__).parents[2]

# Under the name of its module, whether or not the package is installed with its entry point.
PLUGIN = ("-p", "no:onedag", "-p", "drivers.pytest_plugin")

PYTEST = '[tool.pytest.ini_options]\npythonpath = ["."]\n'

FEATURES = """
import pandas as pd
from onedag import Entity, Source, aggregate

carrier = Entity("carrier", "carrier")
landings = Source("landings", "data/landings.parquet", timestamp="landed_at", delay="90min")

@aggregate(landings, by=carrier, over="7d")
def carrier_late_rate(arr_delay: pd.Series) -> float:
    return (arr_delay >= 15).mean()

def is_long_haul(distance: pd.Series) -> pd.Series:
    return distance > 1500

def distance_share(distance: pd.Series) -> pd.Series:
    return distance / distance.max()
"""

TESTS = """
def test_late_rate(both_ways):
    features = both_ways(
        "carrier_late_rate_7d", "is_long_haul",
        sources={"landings": '''
            carrier, landed_at,        arr_delay
            UA,      2013-01-01T10:00, 20.0
        '''},
        spine=[
            {"event_timestamp": "2013-01-01T11:29", "carrier": "UA", "distance": 2000.0},
            {"event_timestamp": "2013-01-01T11:30", "carrier": "UA", "distance": 1000.0},
        ],
    )
    assert features["carrier_late_rate_7d"] == [None, 1.0]
    assert features["is_long_haul"] == [True, False]
"""

FAILS = """
def test_share(both_ways):
    both_ways("distance_share", spine=[{"distance": 2000.0}, {"distance": 1000.0}])

def test_typo(both_ways):
    both_ways("is_long_hual", spine=[{"distance": 2000.0}])
"""


@pytest.fixture
def user(pytester: pytest.Pytester) -> pytest.Pytester:
    """A feature repository with tests in a folder of its own, and no data."""
    pytester.makepyprojecttoml(PYTEST + '[tool.onedag]\nmodules = ["my_features"]\n')
    pytester.makepyfile(my_features=FEATURES)
    return pytester


def write_test(user: pytest.Pytester, text: str) -> Path:
    path = user.mkdir("tests") / "test_features.py"
    path.write_text(text)
    return path


def test_a_test_of_a_few_lines(user: pytest.Pytester) -> None:
    write_test(user, TESTS)
    user.runpytest_inprocess(*PLUGIN).assert_outcomes(passed=1)
    assert not (user.path / ".onedag").exists()


def test_the_same_in_a_process_of_its_own(
    user: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_test(user, TESTS)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    result = user.runpytest_subprocess(*PLUGIN, "-W", "error")
    result.assert_outcomes(passed=1)


def test_modules_of_the_test_instead_of_the_project_s(user: pytest.Pytester) -> None:
    user.makepyprojecttoml(PYTEST)
    named = TESTS.replace("spine=", "modules=my_features, spine=")
    write_test(user, f"import my_features\n{named}")
    user.runpytest_inprocess(*PLUGIN).assert_outcomes(passed=1)


def test_rows_that_hypothesis_draws(user: pytest.Pytester) -> None:
    write_test(
        user,
        "from hypothesis import given, strategies as st\n"
        "@given(distance=st.floats(0.0, 2000.0))\n"
        "def test_long(both_ways, distance):\n"
        "    features = both_ways('is_long_haul', spine=[{'distance': distance}])\n"
        "    assert features['is_long_haul'] == [distance > 1500]\n",
    )
    user.runpytest_inprocess(*PLUGIN).assert_outcomes(passed=1)


def test_no_project_at_all(user: pytest.Pytester) -> None:
    user.makepyprojecttoml(PYTEST)
    write_test(user, TESTS)
    result = user.runpytest_inprocess(*PLUGIN)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E*ConfigurationError: No pyproject.toml with *"])


def test_a_failure_shows_the_test_s_line_and_both_values(user: pytest.Pytester) -> None:
    path = write_test(user, FAILS)
    result = user.runpytest_inprocess(*PLUGIN)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            '>   *both_ways("distance_share", spine=*',
            "E   *AssertionError: Batch and online differ in 1 of 2 cells:",
            "E   *distance_share, row 1: batch 0.5 (float64, PRESENT), online 1.0 (float64, *",
            "E   *of 2000-01-01 00:00:00 UTC, distance=1000.0",
            "E   *`onedag check` names a function that looks across rows.",
            "E   *UnknownName: *'is_long_hual'. Did you mean 'is_long_haul'*",
        ]
    )
    frames = re.findall(r"^(\S+\.py):\d+: ", result.stdout.str(), flags=re.M)
    assert frames == [str(path.relative_to(user.path))] * 2, "the test's own lines, and no others"


def test_it_is_offered_to_pytest() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    entry = EntryPoint("onedag", project["entry-points"]["pytest11"]["onedag"], "pytest11")
    assert entry.load() is drivers.pytest_plugin


def test_it_imports_nothing_heavy() -> None:
    code = (
        "import drivers.pytest_plugin, sys\n"
        "print(sorted({'pandas', 'numpy', 'pyarrow', 'duckdb', 'hamilton', 'pydantic', 'onedag'}"
        " & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout == "[]\n"
