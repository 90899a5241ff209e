"""Where processes run: a server and the load on it don't share a core."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.machine import cores, cpu_seconds, on_core
from benchmarks.server import started
from onedag.testing.redis import free_port

CODE = "import os, sys; print(sorted(os.sched_getaffinity(0)), flush=True); sys.stdin.read()"


def affinity() -> list[int]:
    """The cores that this process may use; none where the system doesn't say."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


@pytest.mark.parametrize("number", [0, 1])
def test_what_is_started_in_the_block_stays_on_one_core(number: int) -> None:
    before = affinity()
    with on_core(number):
        within = affinity()
        shown = subprocess.run(
            [sys.executable, "-c", CODE],
            input="",
            capture_output=True,
            text=True,
            check=bool(before),
        ).stdout
    assert affinity() == before
    if cores() > 1 and before:
        assert within == [before[number]]
        assert shown.strip() == str(within)
    else:
        assert within == before


def test_a_server_on_a_core_leaves_this_process_where_it_was(tmp_path: Path) -> None:
    before = affinity()
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    with started(command, free_port(), tmp_path, {}, core=0) as server:
        assert affinity() == before
        if before:
            assert os.sched_getaffinity(server.process.pid) == {before[0]}


def test_the_processor_s_time_of_a_process_is_told_where_the_system_does() -> None:
    before = cpu_seconds(os.getpid())
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    after = cpu_seconds(os.getpid())
    assert (before is None) == (after is None) == (not Path("/proc/self/stat").exists())
    assert before is None or after is None or 0.03 <= after - before < 10
