"""Which models are served, and what they were trained with."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from drivers import BatchDriver
from drivers.published import published
from drivers.registry import take_snapshot
from drivers.stored.records import RunRecord, current_key, run_key
from drivers.stores import open_store
from onedag import Project

NOW = datetime(2024, 2, 1, tzinfo=UTC)
MODULE = """
import pandas as pd
import pydantic
from onedag import Entity, FeatureService, Source, latest

user = Entity("user", ["user_id"])
users = Source("users", data="users.parquet", timestamp="since")


@latest(users, by=user)
def rate(share: pd.Series) -> pd.Series:
    return share


class Request(pydantic.BaseModel):
    user_id: int


one = FeatureService("one", ["rate"], request=Request)
two = FeatureService("two", ["rate"], request=Request)
"""


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Project]:
    name = f"published_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(MODULE)
    since = pd.Timestamp("2024-01-01", tz="UTC")
    users = pd.DataFrame({"user_id": [1, 2], "share": [0.1, 0.2], "since": since})
    users.to_parquet(tmp_path / "users.parquet")
    monkeypatch.syspath_prepend(tmp_path)

    def loaded(**arguments: Any) -> Project:
        return Project(name, root=tmp_path, **{"registry": "registry"} | arguments)

    return loaded


def train(project: Project, service: str) -> RunRecord:
    moment = pd.Timestamp("2024-01-02", tz="UTC")
    spine = pd.DataFrame({"user_id": [1, 2], "event_timestamp": moment})
    with BatchDriver(project) as batch:
        return batch.publish(batch.training_frame(spine, service))


def test_a_run_with_the_snapshot_that_it_was_trained_with(load: Callable[..., Project]) -> None:
    project = load()
    run = train(project, "one")
    other = replace(take_snapshot(project), versions=("Python 2.7",))
    found = published(project, other)
    assert set(found.models) == {"one"}
    model = found.models["one"]
    assert (model.service, model.run_id, model.known) == ("one", run.run_id, True)
    assert model.trained_with.id == run.snapshot
    assert found.unasked == ""


def test_a_run_whose_snapshot_the_registry_doesnt_have(load: Callable[..., Project]) -> None:
    train(load(registry=None), "one")
    old = take_snapshot(load())
    for project in (load(), load(registry=None)):
        model = published(project, old).models["one"]
        assert model.trained_with is old
        assert model.known is False


def test_a_service_that_the_old_snapshot_doesnt_have(load: Callable[..., Project]) -> None:
    """Its run says itself what it was trained with."""
    project = load()
    run = train(project, "one")
    old = replace(take_snapshot(project), services={})
    assert published(project, old).models == {}
    model = published(project, old, ["one", "two"]).models["one"]
    assert (model.trained_with.id, model.known) == (run.snapshot, True)


def test_views_that_are_stored(load: Callable[..., Project]) -> None:
    project = load()
    with BatchDriver(project) as batch:
        batch.materialize(NOW)
    old = take_snapshot(project)
    found = published(project, old, views=["user_users", "other"])
    assert set(found.records) == {"user_users"}
    assert found.records["user_users"].meaning == old.views["user_users"].meaning
    assert found.models == {}


def test_a_run_of_another_version_of_the_store(load: Callable[..., Project]) -> None:
    project = load()
    run = train(project, "two")
    store = open_store(project.store, project.root)
    with store.write() as writer:
        writer.put([run_key(run.run_id)], [b'{"format": 1}'], 2**62)
    store.close()
    old = take_snapshot(project)
    model = published(project, old).models["two"]
    assert (model.run_id, model.known) == (run.run_id, False)


def test_a_run_whose_record_is_gone(load: Callable[..., Project]) -> None:
    project = load()
    run = train(project, "two")
    store = open_store(project.store, project.root)
    with store.write() as writer:
        writer.remove([run_key(run.run_id)], 2**62)
    assert store.read([current_key("two")]) == [run.run_id.encode()]
    store.close()
    assert published(project, take_snapshot(project)).models == {}


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite:///nowhere.db", "There is no store .*nowhere.db here"),
        ("memory://", "A store in memory is empty"),
        ("redis://127.0.0.1:1/0", "127.0.0.1:1"),
    ],
)
def test_a_store_that_cant_be_asked(load: Callable[..., Project], url: str, reason: str) -> None:
    project = load(store=url)
    old = take_snapshot(project)
    found = published(project, old, views=["user_users"])
    assert re.search(reason, found.unasked)
    assert set(found.models) == {"one", "two"}
    assert {(model.run_id, model.known) for model in found.models.values()} == {("", False)}
    assert found.models["one"].trained_with is old
    assert found.records == {}
