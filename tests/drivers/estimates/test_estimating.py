"""Estimates come from the very computation, on the first rows, and leave nothing behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from drivers import BatchDriver
from drivers.engines.local import LocalEngine
from drivers.estimates import Estimate, estimate_views
from drivers.estimates.estimating import FIRST_ROWS
from drivers.estimates.sampling import FirstRows, sample, store_like
from drivers.sources import SourceReader
from drivers.stores.memory import MemoryStore
from drivers.stores.sqlite import SqliteStore
from onedag import Project

ROWS = 120_000
END = datetime(2024, 3, 1, tzinfo=UTC)
MODULE = """
import pandas as pd
from onedag import Entity, Query, Source, aggregate, latest

user = Entity("user", ["user_id"])
order = Entity("order", ["order_id"])
orders = Source("orders", data="orders{suffix}", timestamp="at")
users = Source("users", data="users.parquet", timestamp="since", key=user)
queried = Source("queried", data=Query("select * from 'users.parquet'"), timestamp="since")


def net(amount: pd.Series, rate: pd.Series) -> pd.Series:
    return amount * rate


@aggregate(orders, by=user, over=["1d", "30d"])
def spent(net: pd.Series) -> float:
    return net.sum()


@latest(orders, by=order, refresh="1d")
def paid(amount: pd.Series) -> pd.Series:
    return amount


@aggregate(queried, by=user)
def known(rate: pd.Series) -> int:
    return len(rate)
"""


@pytest.fixture
def project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Project:
    """Orders of 50 users over two months, each with a number of its own."""
    suffix = getattr(request, "param", ".parquet")
    rng = np.random.default_rng(0)
    start = pd.Timestamp("2024-01-01", tz="UTC")
    orders = pd.DataFrame(
        {
            "user_id": rng.integers(0, 50, ROWS),
            "order_id": np.arange(ROWS),
            "amount": rng.random(ROWS),
            "at": start + pd.to_timedelta(np.sort(rng.random(ROWS)) * 60, unit="D"),
        }
    )
    users = pd.DataFrame({"user_id": np.arange(50), "rate": 0.5, "since": start})
    users.to_parquet(tmp_path / "users.parquet")
    if suffix == ".csv":
        orders.to_csv(tmp_path / "orders.csv", index=False)
    else:
        orders.to_parquet(tmp_path / "orders.parquet")
    name = f"estimated_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(MODULE.format(suffix=suffix))
    monkeypatch.syspath_prepend(tmp_path)
    return Project(name, root=tmp_path)


def estimates(project: Project, seconds: float = 0.0) -> tuple[dict[str, Estimate], dict[str, str]]:
    with BatchDriver(project, store=MemoryStore()) as batch:
        views = batch.views()
    meanings = {name: f"meaning of {name}" for name in views}
    return estimate_views(project, views.values(), meanings, {}, timedelta(seconds=seconds))


@pytest.mark.parametrize("project", [".parquet"], indirect=True)
def test_rows_keys_and_bytes_are_about_those_of_the_materialization(project: Project) -> None:
    found, untold = estimates(project)
    with BatchDriver(project, store=MemoryStore()) as batch:
        report = batch.materialize(END)
    for view in report.views:
        if view.view == "user_queried":
            continue
        cost = found[view.view].cost
        assert found[view.view].meaning == f"meaning of {view.view}"
        assert found[view.view].sampled < ROWS
        assert cost.rows == view.rows
        assert cost.keys == pytest.approx(view.keys, rel=0.02)
        assert cost.bytes == pytest.approx(view.bytes, rel=0.05)
        assert cost.seconds > 0
    assert list(untold) == ["user_queried"]
    assert untold["user_queried"].startswith("Source 'queried' is a CSV file or a query")


def test_with_time_enough_all_rows_are_computed(project: Project) -> None:
    found, _ = estimates(project, seconds=60.0)
    assert found["user_orders"].sampled == ROWS
    assert found["order_orders_every_1d"].sampled == ROWS


def test_a_store_that_knows_its_keys_is_believed(project: Project) -> None:
    with BatchDriver(project, store=MemoryStore()) as batch:
        views = [batch.views()["user_orders"]]
    known = {"user_orders": 77}
    found, _ = estimate_views(project, views, {"user_orders": ""}, known, timedelta(0))
    assert found["user_orders"].cost.keys == 77


@pytest.mark.parametrize("project", [".csv"], indirect=True)
def test_a_source_that_cant_be_read_in_part(project: Project) -> None:
    found, untold = estimates(project)
    assert found == {}
    assert untold["user_orders"].startswith("Source 'orders' is a CSV file or a query")


def test_nothing_is_written(project: Project) -> None:
    before = sorted(project.root.rglob("*"))
    estimates(project)
    assert [
        p for p in sorted(project.root.rglob("*")) if p not in before and p.suffix != ".pyc"
    ] == [path for path in project.root.rglob("__pycache__") if path not in before]


def test_a_source_that_cant_be_read(project: Project) -> None:
    with BatchDriver(project, store=MemoryStore()) as batch:
        views = batch.views()
    (project.root / "orders.parquet").unlink()
    meanings = dict.fromkeys(views, "")
    found, untold = estimate_views(project, views.values(), meanings, {}, timedelta(0))
    assert found == {}
    assert "orders.parquet" in untold["user_orders"]


def test_a_sample_is_of_the_first_rows_and_of_their_time(project: Project) -> None:
    with BatchDriver(project, store=MemoryStore()) as batch:
        view = batch.views()["user_orders"]
    reader = FirstRows(SourceReader(project.root), view.source, 1_000, 0.1)
    table = reader.read(view.source, ["amount"])
    orders = pd.read_parquet(project.root / "orders.parquet")
    assert table["amount"].to_pylist() == orders["amount"].head(1_000).tolist()
    assert reader.newest == orders["at"].iloc[999].value // 1_000
    assert reader.row_count(view.source) == 1_000
    assert reader.read(project.sources["users"], ["rate"]).num_rows == 5
    engine = LocalEngine()
    taken = sample(
        project, view, SourceReader(project.root), engine, MemoryStore(), FIRST_ROWS, 1.0
    )
    engine.close()
    assert (taken.rows, taken.keys) == (FIRST_ROWS, 50)


def test_a_store_to_throw_away_is_of_the_kind_of_the_projects() -> None:
    with store_like("sqlite:///kept.db") as store:
        assert isinstance(store, SqliteStore)
    with store_like("redis://127.0.0.1:1/0") as store:
        assert isinstance(store, MemoryStore)
