"""``onedag diff`` in a project of 1,000 features, from the shell to the answer.

Each contestant does what the one before it does and something more, so that the differences say
where the time goes.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import sysconfig
import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks.measure import Contestant, Measured, race
from benchmarks.projects.many import CHAINED, FEATURES, SERVICES, write_project
from benchmarks.report import Check, Report, Target, timings
from benchmarks.setting import ROOT, Setting

__all__ = ["run"]

ONEDAG = str(Path(sysconfig.get_path("scripts")) / "onedag")
LIMIT = 2.0

PYTHON = "Python alone"
IMPORTS = "importing onedag and its drivers"
LOAD = "loading the project"
SNAPSHOT = "taking its snapshot"
DIFF = "onedag diff"
_IMPORT = "import drivers.published, drivers.registry, onedag, rich.table, typer"
_LOAD = f"{_IMPORT}; project = onedag.Project.load('.')"
CODE = {
    PYTHON: "",
    IMPORTS: _IMPORT,
    LOAD: _LOAD,
    SNAPSHOT: f"{_LOAD}; drivers.registry.take_snapshot(project).id",
}


def run(setting: Setting) -> Report:
    """Run the benchmark, after an edit of a constant that each module's chain reaches."""
    modules = SERVICES if setting.size == "tiny" else 10
    with tempfile.TemporaryDirectory(dir=setting.data) as name:
        folder = write_project(Path(name) / "many", modules)
        _run(folder, ONEDAG, "apply")
        helpers = folder / "many_features/helpers.py"
        helpers.write_text(helpers.read_text().replace("SMALLEST = 1e-9", "SMALLEST = 1e-8"))
        contestants = [
            *(
                Contestant(name, partial(_run, folder, sys.executable, "-c", code))
                for name, code in CODE.items()
            ),
            Contestant(DIFF, partial(_run, folder, ONEDAG, "diff", "--no-estimate")),
        ]
        if setting.size != "tiny":
            race(contestants, 1)  # so that what is read from the disk lies in its cache
        found = race(contestants, setting.rounds)
    said, busy = found.answers[DIFF]
    told = len(re.findall(r'^change_\d+_\d+ = "[0-9a-f]{12}"$', said, re.M))
    edited = modules * CHAINED
    return Report(
        name="diff",
        title="what an edit changes, from the shell to the answer",
        size={"features": modules * FEATURES, "services": SERVICES},
        figures=timings(found, dict.fromkeys((PYTHON, IMPORTS, SNAPSHOT, DIFF), LOAD)),
        targets=(Target("seconds of onedag diff", found.timings[DIFF].median, LIMIT),),
        checks=(Check("functions that the edit changes by themselves", edited - told, edited),),
        notes=(f"onedag diff took {busy:.2f} s of the processor, whatever else ran meanwhile",),
    )


def _run(folder: Path, *command: str) -> Measured:
    """What a command printed, and its seconds of the processor; diff ends with 1."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)])}
    environment["HAMILTON_AUTOLOAD_EXTENSIONS"] = "0"  # as the command has it
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # nobody compiles everything each time
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.stderr:
        raise RuntimeError(f"`{' '.join(command)}` failed:\n{done.stderr}")
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(seconds, (done.stdout, busy))
