"""A shop on disk, whose catalog is read."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from drivers import BatchDriver
from drivers.stored.records import RunRecord
from drivers.stores import Store, open_store
from onedag import Project

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)
MODULE = '''
import pandas as pd
import pydantic
from onedag import Entity, FeatureService, Source, aggregate, latest

user = Entity("user", ["user_id"])
orders = Source("orders", data="orders.parquet", timestamp="at")
profiles = Source("profiles", data="profiles.parquet", timestamp="since", key=user)


@aggregate(orders, by=user, over="7d")
def spent(amount: pd.Series) -> float:
    """Sum of a week."""
    return amount.sum()


def price_mean(price: pd.Series) -> float:
    """Mean price."""
    return price.mean()


def price_over_mean(price: pd.Series, price_mean: float) -> pd.Series:
    """The price above the mean."""
    return price - price_mean


class Request(pydantic.BaseModel):
    user_id: int
    price: float


buys = FeatureService("buys", ["spent_7d", "price_over_mean", "age"], Request)
'''

Load = Callable[..., Project]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Load the project anew, after edits of its code if there are any."""
    day = pd.Timestamp("2024-02-20", tz="UTC")
    orders = pd.DataFrame({"user_id": [1, 1, 2], "amount": [1.0, 2.0, 3.0], "at": day})
    orders.to_parquet(tmp_path / "orders.parquet")
    profiles = pd.DataFrame({"user_id": [1, 2], "age": [30, 40], "since": day})
    profiles.to_parquet(tmp_path / "profiles.parquet")
    monkeypatch.syspath_prepend(tmp_path)
    names: list[str] = []

    def loaded(*edits: tuple[str, str], **arguments: Any) -> Project:
        code = MODULE
        for old, new in edits:
            assert old in code
            code = code.replace(old, new)
        names.append(f"catalogued_{len(names)}_{tmp_path.name}")
        (tmp_path / f"{names[-1]}.py").write_text(code)
        given = {"root": tmp_path, "registry": "registry", "store": "sqlite:///store.db"}
        return Project(names[-1], **given | arguments)

    yield loaded
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture
def project(load: Load) -> Project:
    return load()


@pytest.fixture(params=["memory", "sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path, redis_url: str) -> Iterator[Store]:
    urls = {
        "memory": "memory://",
        "sqlite": "sqlite:///store.db",
        "redis": f"{redis_url}?namespace={tmp_path.name}",
    }
    opened = open_store(urls[request.param], tmp_path)
    yield opened
    opened.close()


def train(project: Project, store: Store | None = None) -> RunRecord:
    """Publish a run of four rows, and fill the views as of noon."""
    spine = pd.DataFrame(
        {
            "event_timestamp": pd.Timestamp("2024-02-22", tz="UTC"),
            "user_id": [1, 2, 1, 2],
            "price": [1.0, 2.0, 3.0, 4.0],
        }
    )
    with BatchDriver(project, store=store) as batch:
        run = batch.publish(batch.training_frame(spine, "buys"))
        batch.materialize(NOON)
    return run
