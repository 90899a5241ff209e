"""Many processes apply at once, and some are killed: nothing is lost, and all can be read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from drivers.registry import Registry

START = """
import os, random, signal, sys, time
from datetime import UTC, datetime
from pathlib import Path
from drivers.registry import Registry, apply
from onedag.snapshots import EntitySnapshot, Snapshot

registry = Registry(Path(sys.argv[1]))

def apply_named(name):
    entities = {name: EntitySnapshot(name, ("key",) * 50)}
    snapshot = Snapshot({}, {}, entities, {}, {}, ())
    apply(registry, snapshot, at=datetime.now(UTC), by=str(os.getpid()), reason=name)

def started(work):
    process = os.fork()
    if not process:
        work()
        os._exit(0)
    return process
"""
RACE = f"""{START}
ready = time.monotonic() + 0.2

def work(who):
    time.sleep(max(0.0, ready - time.monotonic()))
    for i in range(25):
        apply_named(f"{{who}}_{{i}}")

processes = [started(lambda: work(who)) for who in "abcdefgh"]
for process in processes:
    assert os.waitpid(process, 0)[1] == 0
"""
KILLED = f"""{START}
random.seed(5)

def work():
    while True:
        apply_named(str(time.monotonic_ns()))

for _ in range(40):
    process = started(work)
    time.sleep(random.random() / 20)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    moves = registry.moves()
    assert [move.number for move in moves] == list(range(1, len(moves) + 1))
    for each in registry.ids():
        registry.snapshot(each)
apply_named("after all")
assert registry.current().reason == "after all"
"""


def run(script: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", script, folder],
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "registry"


def test_eight_processes_that_apply_lose_no_snapshot_and_no_move(folder: Path) -> None:
    run(RACE, folder)
    registry = Registry(folder)
    moves = registry.moves()
    expected = {f"{who}_{i}" for who in "abcdefgh" for i in range(25)}
    assert [move.number for move in moves] == list(range(1, 201))
    assert {move.reason for move in moves} == expected
    assert {name for each in registry.ids() for name in registry.snapshot(each).entities} == (
        expected
    )
    assert [move.previous for move in moves] == [None, *(move.snapshot for move in moves[:-1])]
    for who in "abcdefgh":  # each one's moves in its own order
        own = [move.reason for move in moves if move.reason.startswith(who)]
        assert own == [f"{who}_{i}" for i in range(25)]
    assert not list(folder.rglob(".unfinished-*"))


def test_processes_that_are_killed_leave_a_registry_that_can_be_read(folder: Path) -> None:
    run(KILLED, folder)
    registry = Registry(folder)
    assert len(registry.moves()) > 1
    assert {move.snapshot for move in registry.moves()} <= set(registry.ids())
