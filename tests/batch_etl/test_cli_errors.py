"""What bad input gets: one message that names the thing, exit code 1, and the last run served."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pandas as pd
import pyarrow.parquet as pq
import pytest

from drivers import BatchDriver
from drivers.stores import open_store
from onedag import Project
from onedag.testing.redis import free_port, redis_server

Run: TypeAlias = Callable[..., tuple[int, str]]
Ask: TypeAlias = Callable[[], object]

ROW = json.dumps({"user_id": 3, "price": 0.5, "event_timestamp": "2024-01-18T00:00:00Z"})
MATERIALIZE = ("materialize", "--as-of", "2024-01-19")
BACKFILL = ("backfill", "--start", "2024-01-10", "--end", "2024-01-12")


@pytest.fixture
def ask(run: Run) -> Ask:
    """What is served now."""

    def answer() -> object:
        code, said = run("features", "buys", ROW, "--statuses")
        assert code == 0, said
        return json.loads(said)

    return answer


@pytest.fixture
def served(repository: Path) -> None:
    """A published run, and values as of the 18th."""
    publish(Project.load(repository))


def publish(project: Project) -> None:
    with BatchDriver(project) as batch:
        spine = pd.read_parquet(project.root / "spine.parquet")
        batch.publish(batch.training_frame(spine, "buys"))
        batch.materialize(pd.Timestamp("2024-01-18", tz="UTC").to_pydatetime())


def failed(folder: Path, *arguments: str, largest_file: int | None = None) -> str:
    """The one message of a command that fails.

    Args:
        folder: where it runs.
        arguments: of the command.
        largest_file: bytes; a file that would grow beyond them is refused, as on a full disk.
    """

    def limit() -> None:
        if largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    finished = subprocess.run(
        [sys.executable, "-c", "from batch_etl.cli import main; main()", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        preexec_fn=limit,
    )
    assert finished.returncode == 1, finished.stdout + finished.stderr
    assert "Traceback" not in finished.stderr
    return finished.stderr


@pytest.mark.parametrize("command", ["plan buys", "lineage", "audit buys", "doctor"])
@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("FeatureService('x', [])", "missing 1 required positional argument: 'request'"),
        ("def f(:", "SyntaxError: invalid syntax"),
    ],
)
def test_a_module_that_raises(
    repository: Path, run: Run, command: str, mistake: str, said: str
) -> None:
    [module] = repository.glob("*.py")
    module.write_text(f"from onedag import FeatureService\n\n{mistake}\n")
    code, printed = run(*command.split())
    assert code == 1
    assert "The project's modules can't be imported: " in printed
    assert said in printed
    assert f"({module.name}:3)" in printed


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("command", [MATERIALIZE, ("train", "buys")], ids=" ".join)
def test_a_truncated_file(repository: Path, ask: Ask, command: tuple[str, ...]) -> None:
    before = ask()
    clicks = repository / "clicks.parquet"
    clicks.write_bytes(clicks.read_bytes()[:-100])
    said = failed(repository, *command)
    assert said.startswith("SourceError: Source 'clicks'")
    assert "clicks.parquet can't be read as Parquet" in said
    assert ask() == before


@pytest.mark.usefixtures("served")
def test_a_file_that_is_damaged_within(repository: Path, ask: Ask) -> None:
    """Its footer is whole, so it is found out while rows are read."""
    before = ask()
    clicks = repository / "clicks.parquet"
    column = pq.read_metadata(clicks).row_group(0).column(1)
    content = bytearray(clicks.read_bytes())
    start = column.data_page_offset
    content[start : start + 20] = bytes(20)
    clicks.write_bytes(content)
    said = failed(repository, *MATERIALIZE)
    assert said.startswith("SourceError: Source 'clicks'")
    assert "clicks.parquet" in said
    assert ask() == before


@pytest.mark.usefixtures("served")
def test_a_missing_file(repository: Path, ask: Ask) -> None:
    before = ask()
    (repository / "clicks.parquet").unlink()
    said = failed(repository, *MATERIALIZE)
    assert said.startswith("SourceError: Source 'clicks': there is no file")
    assert "clicks.parquet" in said
    assert ask() == before


@pytest.mark.usefixtures("served")
def test_a_column_of_another_type(repository: Path, ask: Ask) -> None:
    before = ask()
    clicks = pd.read_parquet(repository / "clicks.parquet")
    clicks.assign(weight="heavy").to_parquet(repository / "clicks.parquet")
    said = failed(repository, *MATERIALIZE)
    assert said.startswith("FunctionError: ")
    assert "clicks_seen" in said
    assert ask() == before


@pytest.mark.usefixtures("served")
def test_a_disk_that_is_full_while_materializing(repository: Path, run: Run, ask: Ask) -> None:
    before = ask()
    said = failed(repository, *MATERIALIZE, largest_file=4096)
    assert said.startswith("StoreError: The store's file ")
    assert "store.db can't grow" in said
    assert "Make room" in said
    assert ask() == before
    assert run(*MATERIALIZE)[0] == 0
    assert ask() != before


def test_a_disk_that_is_full_while_backfilling(repository: Path, run: Run) -> None:
    code, _ = run("backfill", "--start", "2024-01-10", "--end", "2024-01-10")
    assert code == 0
    there = sorted(repository.glob("kept/backfill/user_clicks/*/as_of=*"))
    said = failed(repository, *BACKFILL, largest_file=1024)
    assert said.startswith("OfflineError: ")
    assert "'user_clicks' can't be written to" in said
    folders = sorted(repository.glob("kept/backfill/user_clicks/*/*as_of=*"))
    assert folders == there
    code, said = run(*BACKFILL)
    assert code == 0
    (row,) = (line for line in said.splitlines() if line.startswith("user_clicks "))
    assert row.split()[1:3] == ["2", "1"]


@pytest.mark.usefixtures("served")
def test_a_disk_that_is_full_while_training(repository: Path, ask: Ask) -> None:
    before = ask()
    said = failed(repository, "train", "buys", largest_file=16_384)
    assert said.startswith("OfflineError: buys-calibration.png can't be written to ")
    assert ask() == before
    assert [file for file in repository.glob("kept/**/*") if file.name.startswith(".")] == []


@pytest.mark.usefixtures("served")
def test_a_second_writer(repository: Path, ask: Ask) -> None:
    before = ask()
    with closing(open_store("sqlite:///kept/store.db", repository)) as store, store.write():
        said = failed(repository, *MATERIALIZE)
        assert ask() == before
    assert said.startswith("StoreBusy: Another writer holds the store's file ")
    assert "store.db; waited 5 s for it" in said


def test_a_store_that_is_down(
    repository: Path, tmp_path: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data := tmp_path / "redis").mkdir()
    port = free_port()
    start = partial(redis_server, data, port, appendonly="yes", appendfsync="always")
    with start() as url:
        monkeypatch.setenv("ONEDAG_STORE", url)
        publish(Project.load(repository))
        before = ask()
    for command in (MATERIALIZE, (*MATERIALIZE, "--wait", "60"), ("features", "buys", ROW)):
        said = failed(repository, *command)
        assert said.startswith(f"StoreUnavailable: The store at {url}")
        assert "can't be reached" in said
    with start():
        assert ask() == before
