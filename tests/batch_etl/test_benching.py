"""`onedag bench`, on a trained repository."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.batch_etl.conftest import Run


@pytest.fixture
def served(run: Run, repository: Path) -> Path:
    run("train", "buys")
    run("materialize", "--as-of", "2024-01-20")
    return repository


def test_a_frame_and_requests_of_each_size(run: Run, served: Path) -> None:
    code, said = run("bench", "buys", "--seconds", "0.3")
    assert code == 0
    rows = len(pd.read_parquet(served / "spine.parquet"))
    assert said.startswith(f"buys, 2 features: {rows:,} rows of the spine in ")
    assert "from sqlite, in this process:" in said
    sizes = [line.split()[0] for line in said.splitlines()[-3:]]
    assert sizes == ["1", "10", "100"]


def test_as_json(run: Run, served: Path) -> None:
    assert run("bench", "buys", "--seconds", "0.3", "--json", "cost.json")[0] == 0
    cost = json.loads((served / "cost.json").read_text())
    assert [one["rows"] for one in cost["online"]] == [1, 10, 100]
    for one in cost["online"]:
        assert one["requests"] > 0
        assert 0 < one["p50_ms"] <= one["p99_ms"]
    printed, _, told = run("bench", "buys", "--seconds", "0.3", "--json", "-")[1].partition("\n}\n")
    assert json.loads(f"{printed}\n}}")["service"] == "buys"
    assert told.startswith("buys, 2 features: ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["buy"], "UnknownName: No service is named 'buy'. Did you mean 'buys'"),
        (["buys"], "NotPublished: Service 'buys' has no published run"),
    ],
)
def test_what_cannot_be_measured(
    run: Run, repository: Path, arguments: list[str], message: str
) -> None:
    code, said = run("bench", *arguments)
    assert code == 1
    assert said.startswith(message)


def test_a_spine_without_rows(run: Run, served: Path) -> None:
    empty = pd.read_parquet(served / "spine.parquet").iloc[:0]
    empty.to_parquet(served / "empty.parquet")
    code, said = run("bench", "buys", "--spine", "empty.parquet")
    assert code == 1
    assert "empty.parquet has no rows, so there is nothing to ask for." in said
