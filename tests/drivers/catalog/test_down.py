"""A store that is down, hangs, or holds what can't be read."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from drivers.catalog import CatalogReader
from drivers.stored.measured import keep_drift
from drivers.stored.records import current_key, drift_key, run_key, statistics_key, view_key
from drivers.stores import Store, open_store
from drivers.stores.memory import MemoryStore
from onedag import Project
from onedag.catalog import feature_facts, service_facts
from tests.drivers.catalog.conftest import NOON, Load, train

AT_ONCE = timedelta(0)


def put(store: Store, key: bytes, blob: bytes) -> None:
    with store.write() as writer:
        writer.put([key], [blob], 2**62)


@pytest.mark.parametrize(
    "url",
    ["redis://:sesame@127.0.0.1:1/0", "sqlite:///orders.parquet", "ftp://sesame@somewhere/0"],
)
def test_a_store_that_cant_be_read(load: Load, url: str) -> None:
    project = load(store=url)
    catalog = CatalogReader(project).read()
    assert catalog.store_error
    assert "sesame" not in catalog.store_error + catalog.store
    assert catalog.runs == {}
    assert feature_facts(catalog, "spent_7d").uses[0].service == "buys"
    unknown = feature_facts(catalog, "spent_7d").freshness["user_orders"].unknown
    assert unknown == f"The store can't be read: {catalog.store_error}"


class HangingStore(MemoryStore):
    """A store that doesn't answer while it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open = threading.Event()
        self.open.set()
        self.asked = 0

    def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        self.asked += 1
        self.open.wait()
        return super().read(keys)


def test_a_store_that_hangs(project: Project) -> None:
    store = HangingStore()
    train(project, store)
    store.asked = 0
    reader = CatalogReader(project, store, kept=AT_ONCE, patience=timedelta(seconds=0.05))
    store.open.clear()
    late = reader.read()
    assert late.store_error == "The store hasn't answered within 0.05 s."
    assert late.snapshot.functions
    assert reader.read().store_error == late.store_error
    assert store.asked == 1  # it isn't asked again while it hangs
    store.open.set()
    patient = CatalogReader(project, store, kept=AT_ONCE)
    assert patient.read().store_error is None
    assert patient.read().runs


def test_a_store_that_comes_back(project: Project) -> None:
    store = HangingStore()
    reader = CatalogReader(project, store, kept=AT_ONCE, patience=timedelta(seconds=1))
    run = train(project, store)
    before = reader.read()
    assert before.runs["buys"].run_id == run.run_id
    store.open.clear()
    down = reader.read()
    assert down.runs == {}
    assert down.snapshot is before.snapshot  # what was known of sources still is
    store.open.set()
    for thread in threading.enumerate():
        if thread.name == "onedag-catalog":
            thread.join()
    assert reader.read().runs["buys"].run_id == run.run_id


DAMAGED = {
    "another format": (b'{"format": 99}', "has format 99"),
    "no JSON": (b"\x00\xff", "It is damaged"),
    "half of it": (b'{"format": 4}', "It is damaged"),
    "a list": (b"[]", "It is damaged"),
}


@pytest.mark.parametrize(("blob", "said"), DAMAGED.values(), ids=DAMAGED)
def test_records_that_cant_be_read(project: Project, store: Store, blob: bytes, said: str) -> None:
    run = train(project, store)
    put(store, view_key("user_orders"), blob)
    put(store, run_key(run.run_id), blob)
    catalog = CatalogReader(project, store).read()
    assert set(catalog.unread_views) == {"user_orders"}
    assert said in catalog.unread_views["user_orders"]
    assert said in catalog.unread_runs["buys"]
    assert catalog.runs == {}
    assert set(catalog.views) == {"user_profiles"}
    assert said in feature_facts(catalog, "spent_7d").freshness["user_orders"].unknown
    assert said in service_facts(catalog, "buys").run_unknown


@pytest.mark.parametrize("blob", [blob for blob, _ in DAMAGED.values()], ids=DAMAGED)
def test_statistics_and_drift_that_cant_be_read(
    project: Project, store: Store, blob: bytes
) -> None:
    run = train(project, store)
    put(store, statistics_key(run.run_id), blob)
    put(store, drift_key(run.run_id), blob)
    catalog = CatalogReader(project, store).read()
    assert catalog.runs["buys"].statistics is None
    assert catalog.drift == {}
    assert len(catalog.notes) == 2
    assert catalog.notes[0].startswith(f"statistics/{run.run_id} can't be read: ")


def test_drift_of_another_shape(project: Project) -> None:
    store = MemoryStore()
    run = train(project, store)
    keep_drift(store, run.run_id, {}, NOON)
    [blob] = store.read([drift_key(run.run_id)])
    assert blob is not None
    content = json.loads(blob) | {"features": {"age": {"psi": "much"}}}
    put(store, drift_key(run.run_id), json.dumps(content).encode())
    [note] = CatalogReader(project, store).read().notes
    assert "It is damaged" in note


def test_a_run_that_is_repaired(project: Project) -> None:
    store = MemoryStore()
    run = train(project, store)
    [whole] = store.read([run_key(run.run_id)])
    assert whole is not None
    reader = CatalogReader(project, store, kept=AT_ONCE)
    put(store, run_key(run.run_id), whole[:100])
    assert reader.read().runs == {}
    put(store, run_key(run.run_id), whole)
    assert reader.read().runs["buys"].run_id == run.run_id


def test_a_record_of_another_run(project: Project) -> None:
    """Nothing writes it so, and a page should come all the same."""
    store = MemoryStore()
    run = train(project, store)
    [blob] = store.read([run_key(run.run_id)])
    assert blob is not None
    content = json.loads(blob) | {"run_id": "other", "service": "else"}
    put(store, run_key(run.run_id), json.dumps(content).encode())
    reader = CatalogReader(project, store, kept=AT_ONCE)
    assert reader.read().runs["buys"].run_id == "other"
    assert reader.read().unplanned == {}


def test_a_run_without_a_record(project: Project, store: Store) -> None:
    put(store, current_key("buys"), b"gone")
    catalog = CatalogReader(project, store).read()
    assert catalog.unread_runs == {"buys": "The store has no record of run gone, which is served."}


def test_a_record_of_an_earlier_version_says_nothing_of_its_code(
    project: Project, store: Store
) -> None:
    """Then it is as it was if it means the same, and nobody knows otherwise."""
    train(project, store)
    [blob] = store.read([view_key("user_orders")])
    assert blob is not None
    content = json.loads(blob)
    del content["code"]
    for meaning, current in ((content["meaning"], True), ("another", False)):
        put(store, view_key("user_orders"), json.dumps(content | {"meaning": meaning}).encode())
        view = CatalogReader(project, store, open_sources=True).read().views["user_orders"]
        assert (view.current, view.outdated) == (current, ())


def test_a_store_that_was_never_written(load: Load, tmp_path: Path) -> None:
    catalog = CatalogReader(load(store="sqlite:///nowhere.db")).read()
    assert (catalog.store_error, catalog.runs) == (None, {})
    assert not (tmp_path / "nowhere.db").exists()
    assert open_store("sqlite:///nowhere.db", tmp_path).read([b"a"]) == [None]
