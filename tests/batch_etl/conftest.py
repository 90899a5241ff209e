"""A small repository on disk, and the command in it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
import pytest

from batch_etl import cli

Run: TypeAlias = Callable[..., tuple[int, str]]

MODULE = '''
import pandas as pd
import pydantic
from onedag import Entity, FeatureService, Source, aggregate

user = Entity("user", ["user_id"])
clicks = Source("clicks", data="clicks.parquet", timestamp="at")


@aggregate(clicks, by=user, over="1d")
def clicks_seen(weight: pd.Series) -> float:
    """Sum of weights of the day."""
    return weight.sum()


def price_mean(price: pd.Series) -> float:
    """Mean price of the training rows."""
    return price.mean()


def price_over_mean(price: pd.Series, price_mean: float) -> pd.Series:
    """The price above the mean."""
    return price - price_mean


class Request(pydantic.BaseModel):
    user_id: int
    price: float


buys = FeatureService("buys", ["clicks_seen_1d", "price_over_mean"], request=Request)
'''
SETTINGS = """
[tool.onedag]
modules = ["{module}"]
store = "sqlite:///kept/store.db"
offline = "kept"

[tool.onedag.training.buys]
spine = "spine.parquet"
label = "bought"
test_from = 2024-01-15T00:00:00Z
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Clicks of 20 users over 20 days; who clicked much buys."""
    rng = np.random.default_rng(0)
    module = f"features_of_{tmp_path.name}"
    (tmp_path / f"{module}.py").write_text(MODULE)
    (tmp_path / "pyproject.toml").write_text(SETTINGS.format(module=module))
    day = pd.Timestamp("2024-01-01", tz="UTC")
    clicks = pd.DataFrame(
        {
            "user_id": rng.integers(0, 20, 4000),
            "weight": rng.random(4000),
            "at": day + pd.to_timedelta(rng.random(4000) * 20, unit="D"),
        }
    )
    clicks.to_parquet(tmp_path / "clicks.parquet")
    spine = pd.DataFrame(
        {
            "user_id": rng.integers(0, 20, 1500),
            "price": rng.random(1500),
            "event_timestamp": day + pd.to_timedelta(rng.random(1500) * 19 + 1, unit="D"),
        }
    )
    spine["bought"] = spine["user_id"] % 3 + rng.random(1500) > 1.5
    spine.to_parquet(tmp_path / "spine.parquet")
    return tmp_path


@pytest.fixture
def run(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run a command in the repository: its exit code, and what it printed."""
    monkeypatch.chdir(repository)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys, "path", [*sys.path])

    def call(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["onedag", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out + printed.err

    return call
