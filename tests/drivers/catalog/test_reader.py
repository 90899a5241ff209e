"""What a catalog has of a store, on every kind of store."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta

from drivers import OnlineDriver
from drivers.catalog import CatalogReader
from drivers.stored.measured import keep_drift, keep_skew
from drivers.stored.publishing import KEPT_RUNS
from drivers.stores import Store
from drivers.stores.memory import MemoryStore
from onedag import FixedClock, Project
from onedag.catalog import MeasuredDrift, MeasuredSkew, feature_facts, service_facts
from tests.drivers.catalog.conftest import NOON, Load, train

AT_ONCE = timedelta(0)


def test_what_is_trained_stored_and_measured(project: Project, store: Store) -> None:
    run = train(project, store)
    drift = {"age": MeasuredDrift(NOON, 4, 0.5, None, "drifted", "some rows")}
    skew = {"age": MeasuredSkew(NOON, 9, 1, {"late-data": 1}, {run.run_id: 9})}
    keep_drift(store, run.run_id, drift, NOON)
    keep_skew(store, run.run_id, skew, NOON)
    catalog = CatalogReader(project, store, FixedClock(NOON + timedelta(hours=1))).read()

    assert (catalog.project, catalog.store_error) == (project.root.name, None)
    assert catalog.store in ("memory", "sqlite", "redis")
    served = catalog.runs["buys"]
    assert (served.run_id, served.rows, served.snapshot) == (run.run_id, 4, run.snapshot)
    assert served.types == {"spent_7d": "double", "price_over_mean": "double", "age": "int64"}
    assert served.fitted == {"price_mean": "2.5"}
    assert served.statistics is not None
    assert served.statistics.features["age"].rows == 4
    assert served.outdated == ()
    assert set(catalog.views) == {"user_orders", "user_profiles"}
    view = catalog.views["user_orders"]
    assert (view.keys, view.as_of, view.current, view.types) == (
        2,
        NOON,
        True,
        {"spent_7d": "double"},
    )
    assert (catalog.drift, catalog.skew) == ({"buys": drift}, {"buys": skew})
    facts = feature_facts(catalog, "age")
    assert facts.drift["buys"].compared == "some rows"
    assert facts.freshness["user_profiles"].age == timedelta(hours=1)


def test_nothing_is_published_yet(project: Project, store: Store) -> None:
    catalog = CatalogReader(project, store).read()
    assert (catalog.runs, catalog.views, catalog.models, catalog.drift) == ({}, {}, {}, {})
    assert catalog.store_error is None
    assert "onedag train buys" in service_facts(catalog, "buys").run_unknown


def test_a_new_run_takes_the_place_of_the_one_before(project: Project, store: Store) -> None:
    reader = CatalogReader(project, store, kept=AT_ONCE)
    runs = [train(project, store).run_id for _ in range(2) if reader.read()]
    second = reader.read()
    assert second.runs["buys"].run_id == runs[1]
    assert second.runs["buys"].statistics is not None


def test_what_was_measured_goes_with_its_run(project: Project, store: Store) -> None:
    first = train(project, store)
    keep_drift(store, first.run_id, {}, NOON)
    for _ in range(KEPT_RUNS):
        train(project, store)
    keys = [f"{what}/{first.run_id}".encode() for what in ("run", "statistics", "drift", "skew")]
    assert store.read(keys) == [None] * 4


class CountingStore(MemoryStore):
    """A store that knows which keys were read, call by call."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[list[str]] = []

    def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        self.calls.append([key.decode().partition("/")[0] for key in keys])
        return super().read(keys)


def test_few_round_trips_and_statistics_once(project: Project) -> None:
    store = CountingStore()
    train(project, store)
    reader = CatalogReader(project, store, kept=AT_ONCE)
    store.calls.clear()
    reader.read()
    assert len(store.calls) == 2
    assert "statistics" in store.calls[1]
    store.calls.clear()
    again = reader.read()
    assert len(store.calls) == 1
    assert {"statistics", "run"}.isdisjoint(store.calls[0])
    assert again.runs["buys"].statistics is not None


def test_what_was_read_just_now_is_good_enough(project: Project) -> None:
    store = CountingStore()
    reader = CatalogReader(project, store, kept=timedelta(hours=1))
    first = reader.read()
    asked = len(store.calls)
    assert reader.read() is first
    assert len(store.calls) == asked


def test_the_code_is_looked_at_once(project: Project, store: Store) -> None:
    train(project, store)
    reader = CatalogReader(project, store, kept=AT_ONCE)
    first, second = reader.read(), reader.read()
    assert second is not first
    assert second.snapshot is first.snapshot
    assert second.index is first.index


def test_several_who_ask_at_once_get_one_catalog(project: Project) -> None:
    reader, gate = CatalogReader(project, MemoryStore()), threading.Barrier(8)
    found = []

    def ask() -> None:
        gate.wait()
        found.append(reader.read())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({id(catalog) for catalog in found}) == 1


def test_a_closed_reader_opens_the_store_again(project: Project) -> None:
    run = train(project)
    reader = CatalogReader(project, kept=AT_ONCE)
    for _ in range(2):
        assert reader.read().runs["buys"].run_id == run.run_id
        reader.close()


def test_a_store_that_was_given_stays_open(project: Project) -> None:
    class Closed(MemoryStore):
        def close(self) -> None:
            raise AssertionError

    CatalogReader(project, Closed()).close()


def test_code_that_was_edited_since(load: Load, store: Store) -> None:
    train(load(), store)
    edited = load(("amount.sum()", "amount.max()"), ("price - price_mean", "price / price_mean"))
    catalog = CatalogReader(edited, store).read()
    assert catalog.runs["buys"].outdated == ("price_over_mean", "spent_7d")
    view = catalog.views["user_orders"]
    assert (view.current, view.outdated) == (False, ("spent_7d",))
    assert catalog.views["user_profiles"].current


def test_a_feature_that_is_newer_than_what_is_stored(load: Load, store: Store) -> None:
    train(load(), store)
    edited = load(('over="7d"', 'over=["7d", "9d"]'))
    view = CatalogReader(edited, store).read().views["user_orders"]
    assert (view.current, view.outdated) == (False, ("spent_9d",))


def test_what_a_function_keeps_between_calls_is_no_other_code(load: Load) -> None:
    """A server says what its functions are written as before it calls them."""
    keeps = "SEEN: list[float] = []\n\n\ndef price_over_mean("
    edits = (
        ("def price_over_mean(", keeps),
        ("    return price -", "    SEEN.append(1.0)\n    return price -"),
    )
    store = MemoryStore()
    train(load(*edits), store)
    project = load(*edits)
    with OnlineDriver(project, FixedClock(NOON), store=store) as online:
        online.features("buys", {"user_id": 1, "price": 1.0})
        assert CatalogReader(project, store).read().runs["buys"].outdated == ("price_over_mean",)
        told = CatalogReader(project, store, code=online.code).read()
    assert told.runs["buys"].outdated == ()
