"""`--keep`: what was measured is found by whoever asks the store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pandas as pd
import pytest

from drivers import BatchDriver
from drivers.catalog import CatalogReader
from onedag import Project
from onedag.catalog import Catalog

Run: TypeAlias = Callable[..., tuple[int, str]]
SPLIT = pd.Timestamp("2024-01-15", tz="UTC")


@pytest.fixture
def run_id(run: Run, repository: Path) -> str:
    """The run of the rows before the test period; the command needs the project's folder."""
    spine = pd.read_parquet(repository / "spine.parquet")
    with BatchDriver(Project.load(repository)) as batch:
        return batch.publish(
            batch.training_frame(spine[spine["event_timestamp"] < SPLIT], "buys")
        ).run_id


def catalog(repository: Path) -> Catalog:
    return CatalogReader(Project.load(repository)).read()


def test_drift_is_kept_where_the_catalog_finds_it(run: Run, repository: Path, run_id: str) -> None:
    code, said = run("drift", "buys", "--keep")
    assert (code, said.splitlines()[-1]) == (0, f"Kept with run {run_id}.")
    kept = catalog(repository).drift["buys"]
    assert set(kept) == {"clicks_seen_1d", "price_over_mean"}
    assert kept["price_over_mean"].verdict == "stable"
    assert kept["price_over_mean"].compared == "spine.parquet from 2024-01-15 00:00 UTC"
    assert kept["price_over_mean"].rows > 100


def test_drift_that_fails_is_kept_too(run: Run, repository: Path, run_id: str) -> None:
    dearer = pd.read_parquet(repository / "spine.parquet")
    dearer["price"] += 5.0
    dearer.to_parquet(repository / "dearer.parquet")
    code, said = run("drift", "buys", "--keep", "--spine", "dearer.parquet")
    assert code == 1, said
    assert catalog(repository).drift["buys"]["price_over_mean"].verdict == "drifted"


def test_drift_isnt_kept_unless_it_is_asked_for(run: Run, repository: Path, run_id: str) -> None:
    assert run("drift", "buys")[0] == 0
    assert catalog(repository).drift == {}


def test_keeping_leaves_json_alone(run: Run, run_id: str) -> None:
    _, said = run("drift", "buys", "--keep", "--json", "-")
    assert said.startswith("{")
    assert said.endswith(f"}}\nKept with run {run_id}.\n")  # which is on stderr


def test_verify_keeps_of_a_log_only(run: Run, run_id: str) -> None:
    code, said = run("verify", "buys", "--keep")
    assert code != 0
    assert "--keep can only be used with --log DIR" in said
