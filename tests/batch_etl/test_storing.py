"""`onedag materialize` and `onedag backfill`: what they show, say and wait for.

The clicks of 20 users are spread over the days from the 1st to the 20th::

    day       1 ....................... 18   19   20
    clicks    | . . . . . . . . . . . . . . . . . |
    as of                               ^ 18th    ^ 20th at noon
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TypeAlias

import pandas as pd
import pytest

from drivers import BatchDriver
from drivers.stores import open_store
from onedag import Project

Run: TypeAlias = Callable[..., tuple[int, str]]

COMMAND = [sys.executable, "-c", "from batch_etl.cli import main; main()"]


def numbers(said: str, row: str) -> list[str]:
    """The cells of a row of a table, without its seconds."""
    (line,) = (line for line in said.splitlines() if line.startswith(f"{row} "))
    return line.split()[1:-1]


def test_materializing_writes_what_changed(run: Run, repository: Path) -> None:
    code, said = run("materialize", "--as-of", "2024-01-18")
    assert code == 0
    assert said.startswith("Materialized as of 2024-01-18 00:00:00 UTC")
    titles = ["written", "unchanged", "vanished", "rows", "bytes", "seconds"]
    assert said.splitlines()[1].split() == ["view", *titles]
    assert numbers(said, "user_clicks")[:4] == ["20", "0", "0", "4,000"]
    _, said = run("materialize", "--as-of", "2024-01-18")
    assert numbers(said, "user_clicks") == ["0", "20", "0", "4,000", "0"]
    clicks = pd.read_parquet(repository / "clicks.parquet")
    corrected = clicks["user_id"].isin([3, 4]) & (clicks["at"] < "2024-01-05")
    clicks = clicks[clicks["user_id"] != 7]
    clicks.loc[corrected, "weight"] += 1.0
    clicks.to_parquet(repository / "clicks.parquet")
    _, said = run("materialize", "--as-of", "2024-01-18")
    assert numbers(said, "user_clicks")[:3] == ["2", "17", "1"]
    assert numbers(said, "all")[:3] == ["2", "17", "1"]
    _, said = run("materialize", "--as-of", "2024-01-18", "--full")
    assert numbers(said, "user_clicks")[:3] == ["19", "0", "0"]
    code, said = run("materialize", "--as-of", "2024-01-17")
    assert code == 0
    assert "user_clicks was left as it is: the store has it as of 2024-01-18 00:00:00 UTC" in said


def test_a_function_that_is_called_window_by_window_is_named(run: Run, repository: Path) -> None:
    (module,) = repository.glob("features_of_*.py")
    module.write_text(module.read_text().replace("weight.sum()", "float(list(weight)[-1:] == [])"))
    _, said = run("materialize", "--as-of", "2024-01-18")
    assert re.search(r"^clicks_seen(_1d)? was called window by window: \d+\.\d\d s$", said, re.M)


def test_views_that_are_refreshed_have_a_moment_of_their_own(run: Run, repository: Path) -> None:
    (module,) = repository.glob("features_of_*.py")
    module.write_text(module.read_text().replace('over="1d"', 'over="1d", refresh="1d"'))
    _, said = run("materialize", "--as-of", "2024-01-18T15:30")
    (row,) = (line for line in said.splitlines() if line.startswith("user_clicks"))
    assert row.split()[1:3] == ["2024-01-18", "00:00:00"]
    (row,) = (line for line in said.splitlines() if line.startswith("all"))
    assert row.split()[1:3] == ["2024-01-18", "15:30:00"]


def test_a_backfill_goes_on_where_it_was(run: Run, repository: Path) -> None:
    code, said = run("backfill", "--start", "2024-01-10", "--end", "2024-01-12")
    assert code == 0
    assert said.startswith("Backfilled from 2024-01-10 00:00:00 to 2024-01-12 00:00:00 UTC")
    assert numbers(said, "user_clicks")[:3] == ["3", "0", "60"]
    (folder,) = re.findall(r"^user_clicks: (\S+)$", said, re.M)
    assert len(list((repository / folder).glob("as_of=*/values.parquet"))) == 3
    spans = ("--start", "2024-01-10", "--end", "2024-01-12", "--every", "12h")
    _, said = run("backfill", *spans, "--view", "user_clicks")
    assert numbers(said, "user_clicks")[:3] == ["2", "3", "40"]


def test_bars_are_for_terminals_only(run: Run, repository: Path) -> None:
    for command, unit in (
        (["materialize", "--as-of", "2024-01-18"], "1 of 1 parts"),
        (["backfill", "--start", "2024-01-10", "--end", "2024-01-12"], "3 of 3 moments"),
    ):
        shown = _on_a_terminal(repository, *command)
        assert unit in shown
        assert "user_clicks" in shown
        assert unit not in run(*command)[1]


def _on_a_terminal(folder: Path, *arguments: str) -> str:
    ours, theirs = pty.openpty()
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "TERM": "xterm"}
    command = [*COMMAND, *arguments]
    with subprocess.Popen(command, cwd=folder, stdout=theirs, stderr=theirs, env=environment) as it:
        os.close(theirs)
        shown = b""
        try:
            while portion := os.read(ours, 4096):
                shown += portion
        except OSError:  # how Linux says that the other end is closed
            pass
        os.close(ours)
        assert it.wait() == 0, shown.decode()
    return shown.decode()


def test_waiting_for_another_writer(
    run: Run, redis_url: str, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Redis, which says at once that it is busy."""
    url = f"{redis_url}?namespace={repository.name}"
    monkeypatch.setenv("ONEDAG_STORE", url)
    with ExitStack() as stack:
        store = stack.enter_context(closing(open_store(url, repository)))
        other = stack.enter_context(ExitStack())
        other.enter_context(store.write())
        code, said = run("materialize", "--as-of", "2024-01-18")
        assert code == 1
        assert "StoreBusy: Another writer holds the store" in said
        code, said = run("materialize", "--as-of", "2024-01-18", "--wait", "0.2")
        assert code == 1
        assert said.count("Another writer holds the store") == 2
        done = threading.Timer(3, other.close)
        done.start()
        code, said = run("materialize", "--as-of", "2024-01-18", "--wait", "60")
        done.join()
    assert code == 0
    assert "Waiting for up to 60 s more." in said
    assert said.count("Another writer") == 1
    assert numbers(said, "user_clicks")[:3] == ["20", "0", "0"]


def test_a_frame_from_the_backfill_of_the_command(run: Run, repository: Path) -> None:
    code, said = run("backfill", "--start", "2024-01-10", "--end", "2024-01-11")
    assert code == 0, said
    spine = pd.DataFrame(
        {
            "user_id": [3, 3, 99],
            "price": [0.5, 0.25, 0.0],
            "event_timestamp": pd.to_datetime(["2024-01-10", "2024-01-11", "2024-01-11"], utc=True),
        }
    )
    with BatchDriver(Project.load(repository)) as batch:
        from_sources = batch.training_frame(spine, "buys").to_pandas()
        backfilled = batch.training_frame(spine, "buys", backfilled=True).to_pandas()
    pd.testing.assert_frame_equal(backfilled, from_sources, check_exact=True)
