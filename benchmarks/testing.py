"""A user's test of features both ways, by itself and as the whole of a run of pytest."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from benchmarks.measure import Contestant, race
from benchmarks.projects import latest
from benchmarks.report import Report, Target, timings
from benchmarks.setting import ROOT, Setting
from drivers.testing import Features, Rows, both_ways
from onedag import Project

__all__ = ["run"]

SMALL = "a small project's test: 3 stored features, 3 rows at 3 times"
FLIGHTS = "the flights' 50 features, a row"
FILE = "pytest with the small project's test, imports and all"
EMPTY = "pytest with an empty test"

SOURCES = {
    "events": """
        key, event_timestamp,  amount, quantity, status
        1,   2024-01-01T10:00, 20.0,   1,        paid
        1,   2024-01-02T10:00, 30.0,   2,        sent
    """
}
SPINE = """
    event_timestamp,  key
    2024-01-01T09:00, 1
    2024-01-01T11:00, 1
    2024-01-02T10:00, 1
"""
TEST = f"""
def test_newest_values(both_ways):
    sources, spine = {SOURCES!r}, {SPINE!r}
    features = both_ways(service="by_number", sources=sources, spine=spine)
    assert features["last_amount"] == [None, 20.0, 30.0]
"""
FLIGHT: Rows = [
    {
        "event_timestamp": "2013-06-01T10:00",
        "carrier": "UA",
        "origin": "EWR",
        "dest": "SFO",
        "tailnum": "N14228",
        "distance": 2565.0,
        "scheduled_departure": "2013-06-01T11:00",
    }
]
HISTORY: Mapping[str, Rows] = {
    "landings": """
        carrier, origin, dest, tailnum, landed_at,        arr_delay
        UA,      EWR,    SFO,  N14228,  2013-05-31T10:00, 20.0
    """,
    "departures": """
        origin, left_at,          dep_delay
        EWR,    2013-05-31T10:00, 20.0
    """,
    "planes": """
        tailnum, registered_at, built_year
        N14228,  1999-01-01,    1999
    """,
    "weather": """
        origin, observed_at,      temp, wind_speed, visib, precip
        EWR,    2013-06-01T08:00, 61.5, 4.5,        10.0,  0.0
    """,
}


def run(setting: Setting) -> Report:
    """Run the benchmark. Nothing is read but what is written here."""
    small, flights = Project(latest, root=setting.data), Project("features", root=setting.data)
    with_test = _folder(setting.data / "both-ways", TEST)
    empty = _folder(setting.data / "empty", "def test_nothing():\n    pass\n")
    contestants = [
        Contestant(SMALL, partial(_test, small, "by_number", SOURCES, SPINE)),
        Contestant(FLIGHTS, partial(_test, flights, "departure_delay", HISTORY, FLIGHT)),
        Contestant(FILE, partial(_pytest, with_test)),
        Contestant(EMPTY, partial(_pytest, empty)),
    ]
    found = race(contestants, setting.rounds)
    return Report(
        name="testing",
        title="testing features both ways",
        size={"rows": 3, "features": 3},
        figures=timings(found, {FILE: EMPTY}),
        targets=(Target("seconds of a small project's test", found.timings[SMALL].median, 1),),
    )


def _test(project: Project, service: str, sources: Mapping[str, Rows], spine: Rows) -> Features:
    return both_ways(project, service=service, sources=sources, spine=spine)


def _folder(folder: Path, test: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(
        f'[tool.onedag]\nmodules = ["{latest.__name__}"]\n[tool.pytest.ini_options]\n'
    )
    (folder / "test_features.py").write_text(test)
    return folder


def _pytest(folder: Path) -> None:
    # By the plugin's module: its entry point is there only where the package is installed anew.
    plugin = ["-p", "no:onedag", "-p", "drivers.pytest_plugin"]
    command = [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", *plugin]
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=folder, env=variables, stdout=subprocess.DEVNULL, check=True)
