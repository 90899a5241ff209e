"""What a store can have wrong: each is followed back to the stored feature, or the fitted value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from drivers import BatchDriver
from drivers.stored.packing import Layout
from drivers.stored.records import ViewRecord, view_key
from drivers.stores.memory import MemoryStore
from drivers.verify.comparison import Comparison
from drivers.verify.parting import report_of
from drivers.verify.parts import Part, Parts, PartStore, as_requests
from drivers.verify.replay import Replays
from drivers.verify.report import Depth, VerifyReport
from drivers.verify.tags import tags_of
from drivers.verify.training import Trained
from drivers.verify.watch import Watch
from onedag import Project

SPENT = ("spent_1d", "spent_7d", "large_share", "last_amount", "basket_over_last")


@pytest.fixture
def store() -> PartStore:
    return PartStore()


@pytest.fixture
def trained(shop: Project, spine: pd.DataFrame, store: PartStore) -> Iterator[Trained]:
    """The frame, published in the store."""
    with BatchDriver(shop, store=store) as batch:
        built = Trained.build(batch, "basket", spine)
        batch.publish(built.frame)
        yield built


@pytest.fixture
def report(
    shop: Project, trained: Trained, store: PartStore
) -> Callable[[Callable[[], None]], VerifyReport]:
    """All rows in one request, after something was done to the store."""

    def replayed(spoil: Callable[[], None]) -> VerifyReport:
        with BatchDriver(shop, store=store) as batch:
            rows = np.array([3, 0, 6, 1, 5, 2, 4])
            [part] = Parts(shop, trained, store, [rows], batch.historical_rows())
            # The values of the last part stand until others take their place.
            spoil()
            return compared(trained, part)

    return replayed


def compared(trained: Trained, part: Part) -> VerifyReport:
    comparison = Comparison(trained.frame.schema)
    rows = np.arange(len(part.rows))
    asked = [part.replayed(rows, Depth.JOINT, trained)]
    comparison.add(part.positions, part.cells, asked)
    return report_of(trained, comparison, Watch())


def test_nothing_was_done(report: Callable[[Callable[[], None]], VerifyReport]) -> None:
    assert report(lambda: None).ok


def test_one_bit_of_one_value(
    report: Callable[[Callable[[], None]], VerifyReport], store: PartStore
) -> None:
    def spoil() -> None:
        [key] = (key for key in store.values if key == b"value/customer_orders/1@3")
        blob = store.values[key]
        at = len(blob) - 16  # the last value but one
        store.values[key] = blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :]

    found = report(spoil)
    assert found.differing == {"spent_1d": 1}
    [node] = found.nodes
    assert (node.node, node.origin, node.view) == ("spent_1d", "store", "customer_orders")
    [example] = node.examples
    assert example.row == 1
    shown = {one.name: one.left.value for one in example.parting.inputs}
    assert shown == {"customer_id": "1", "event_timestamp": "2024-01-02T11:00:00+00:00"}
    assert "spent_1d (store, view customer_orders) is where 1 cells part" in str(found)


def test_the_value_of_another_row(
    report: Callable[[Callable[[], None]], VerifyReport], store: PartStore
) -> None:
    """As a store gives it that was materialized too early, or a look-up that leaks."""

    def spoil() -> None:
        store.values[b"value/customer_orders/1@1"] = store.values[b"value/customer_orders/1@3"]

    found = report(spoil)
    assert {d.row for d in found.differences} == {0}
    assert {node.node for node in found.nodes} <= {*SPENT}
    features = {name: node.node for node in found.nodes for name in node.features}
    assert features["basket_over_last"] == "last_amount"
    status = next(d for d in found.differences if d.feature == "last_amount")
    assert "STALE" in str((status.batch, status.online))


def test_a_value_that_is_lost(
    report: Callable[[Callable[[], None]], VerifyReport], store: PartStore
) -> None:
    def spoil() -> None:
        del store.values[b"value/customer_orders/1@3"]

    found = report(spoil)
    lost = next(d for d in found.differences if d.feature == "spent_7d")
    assert (lost.batch.status, lost.online.status) == ("PRESENT", "MISSING")
    assert "status" in lost.parting.what
    assert lost.parting.node == "spent_7d"


def test_the_fitted_values_of_another_run(
    shop: Project, trained: Trained, store: PartStore, spine: pd.DataFrame
) -> None:
    with BatchDriver(shop, store=store) as batch:
        batch.publish(batch.training_frame(spine.assign(basket=spine["basket"] + 1), "basket"))
        [part] = Parts(shop, trained, store, [np.arange(7)], batch.historical_rows())
        found = compared(trained, part)
    assert {node.node: node.features for node in found.nodes} == {
        "basket_mean": ("basket_over_mean", "basket_over_last")
    }
    [node] = found.nodes
    parting = node.examples[0].parting
    assert node.origin == "fitted"
    assert (parting.left.value, parting.right.value) == ("40.0", "41.0")
    assert parting.inputs == ()


def whole(shop: Project, trained: Trained, store: MemoryStore, row: int) -> VerifyReport:
    """One row of the spine against a store as it is."""
    positions, plan = np.array([row]), trained.frame.plan
    rows = as_requests(trained.given.slice(row, 1))
    replays = Replays(shop, plan.service, store)
    return compared(
        trained, Part(positions, trained.features(positions), rows, tags_of([0]), replays)
    )


def test_a_view_that_says_otherwise_what_an_unknown_key_has(
    shop: Project, trained: Trained
) -> None:
    store = MemoryStore()
    with BatchDriver(shop, store=store) as batch:
        batch.publish(trained.frame)
        batch.materialize(as_of=datetime(2024, 1, 4))
        assert whole(shop, trained, store, 5).ok
        record = ViewRecord.from_bytes(store.read([view_key("customer_orders")])[0] or b"")
        other = replace(record, nothing=record.nothing[:-1] + b"\x40")
        assert isinstance(record.layout, Layout)
        with store.write() as writer:
            writer.put(*other.entries(), record.as_of)
    found = whole(shop, trained, store, 5)
    assert {node.node: node.view for node in found.nodes} == {"spent_7d": "customer_orders"}
    assert found.nodes[0].examples[0].parting.inputs[0].left.value == "99"


def test_a_store_that_was_not_refreshed(shop: Project, trained: Trained) -> None:
    store = MemoryStore()
    with BatchDriver(shop, store=store) as batch:
        batch.publish(trained.frame)
        batch.materialize(as_of=datetime(2024, 1, 2, 10))
    found = whole(shop, trained, store, 0)
    assert "customer_orders" in {node.view for node in found.nodes}
    assert {node.origin for node in found.nodes} == {"store"}


def test_no_more_is_looked_into_than_is_of_use(
    shop: Project, trained: Trained, store: PartStore
) -> None:
    with BatchDriver(shop, store=store) as batch:
        [part] = Parts(shop, trained, store, [np.arange(7)], batch.historical_rows())
        store.values.clear()
        comparison = Comparison(trained.frame.schema)
        one = part.replayed(np.repeat(np.arange(7), 50), Depth.JOINT, trained)
        for _ in range(5):
            comparison.add(part.positions, part.cells, [one])
        found = report_of(trained, comparison, Watch())
    assert found.differing["spent_7d"] == 5 * 50 * 4  # four rows are of a customer who has ordered
    looked = [d for d in found.differences if d.feature == "spent_7d"]
    assert 200 <= len(looked) < 300
    assert found.looked_into == len(found.differences) < found.differing_cells
