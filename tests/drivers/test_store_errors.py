"""What becomes of a request while the store is down or late."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count

import pandas as pd
import pytest

from drivers import BatchDriver, OnlineDriver
from drivers.stores.memory import MemoryStore
from onedag import FeatureService, FixedClock, Project, Status
from onedag.errors import InvalidDefinition, StoreBusy, StoreUnavailable

NOON = datetime(2024, 1, 2, 11)
ROW = {"customer_id": 1, "basket": 50.0}


class MovableStore(MemoryStore):
    """A store that can be taken away, or made to wait for ever.

    Attributes:
        down: every read raises.
        late: a read by an event loop doesn't end.
        goes: the next read by an event loop is answered, and none after it.
        before_each: is called before each read by an event loop.
    """

    def __init__(self) -> None:
        super().__init__()
        self.down = False
        self.late = False
        self.goes = False
        self.before_each: Callable[[], object] = lambda: None

    def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        if self.down:
            raise StoreUnavailable("The store can't be reached.")
        return super().read(keys)

    async def aread(self, keys: Sequence[bytes]) -> list[bytes | None]:
        if self.late:
            await asyncio.Event().wait()
        self.before_each()
        blobs = self.read(keys)
        self.down |= self.goes
        return blobs


@pytest.fixture
def store() -> MovableStore:
    return MovableStore()


def _online(
    shop: Project, store: MovableStore, spine: pd.DataFrame, how: str
) -> tuple[OnlineDriver, FeatureService]:
    basket = shop.services["basket"]
    service = FeatureService("careless", basket.features, basket.request, on_store_error=how)  # type: ignore[arg-type]
    batch = BatchDriver(shop, store=store)
    batch.publish(batch.training_frame(spine, service))
    batch.materialize(as_of=NOON)
    online = OnlineDriver(shop, FixedClock(NOON), store=store)
    online.features(service, ROW)
    return online, service


def _publish(
    shop: Project, store: MovableStore, spine: pd.DataFrame, service: FeatureService
) -> None:
    batch = BatchDriver(shop, store=store)
    batch.publish(batch.training_frame(spine, service))


def test_missing_is_what_an_unknown_key_has(
    shop: Project, store: MovableStore, spine: pd.DataFrame
) -> None:
    online, service = _online(shop, store, spine, "missing")
    unknown = online.features(service, [ROW | {"customer_id": 99}])
    # Of `shop_orders_1d`, which is one value for everything, nothing is known either.
    expected = unknown.to_dicts()[0] | {"shop_orders_1d": 0}
    store.down = True
    for answer in (
        online.features(service, ROW),
        asyncio.run(online.afeatures(service, ROW)),
    ):
        assert answer.to_dicts() == [expected]
        assert answer.statuses[0]["spent_1d"] is Status.MISSING
        assert answer.statuses[0]["shop_orders_1d"] is Status.MISSING
        assert answer.statuses[0]["basket"] is Status.PRESENT
        assert answer.store_error is not None
        assert "can't be reached" in answer.store_error
        assert "careless" in answer.store_error
        assert answer.schema == unknown.schema
    store.down = False
    again = online.features(service, ROW)
    assert again.store_error is None
    assert again.statuses[0]["spent_1d"] is Status.PRESENT


def test_refused_unless_the_service_says_otherwise(
    shop: Project, store: MovableStore, spine: pd.DataFrame
) -> None:
    online, service = _online(shop, store, spine, "refuse")
    store.down = True
    with pytest.raises(StoreUnavailable, match=r"can't be reached.*'careless' reads .*orders"):
        online.features(service, ROW)


@pytest.mark.parametrize("how", ["refuse", "missing"])
def test_a_store_that_does_not_answer_in_time(
    shop: Project, store: MovableStore, spine: pd.DataFrame, how: str
) -> None:
    online, service = _online(shop, store, spine, how)
    store.late = True

    async def ask() -> str | None:
        request = online.request(service, ROW)
        return (await online.avectors([request], timedelta(milliseconds=5))).store_error

    if how == "refuse":
        with pytest.raises(StoreUnavailable, match=r"within 0\.005 seconds.*'careless' reads"):
            asyncio.run(ask())
    else:
        assert "within 0.005 seconds" in str(asyncio.run(ask()))


def test_a_store_that_goes_before_a_new_run_is_read_is_down_as_well(
    shop: Project, store: MovableStore, spine: pd.DataFrame
) -> None:
    online, service = _online(shop, store, spine, "missing")
    before = online.features(service, ROW).run_id
    _publish(shop, store, spine.assign(basket=spine["basket"] + 1.0), service)
    store.goes = True
    answer = asyncio.run(online.afeatures(service, ROW))
    assert "can't be reached" in str(answer.store_error)
    assert answer.run_id == before
    assert answer.statuses[0]["spent_1d"] is Status.MISSING


def test_runs_without_a_pause_are_a_reason_to_try_again(
    shop: Project, store: MovableStore, spine: pd.DataFrame
) -> None:
    online, service = _online(shop, store, spine, "missing")
    means = count(1)

    def publish() -> None:
        _publish(shop, store, spine.assign(basket=spine["basket"] + next(means)), service)

    store.before_each = publish
    with pytest.raises(StoreBusy, match=r"'careless' doesn't stay the same.*Try again later"):
        asyncio.run(online.afeatures(service, ROW))
    store.before_each = lambda: None
    assert asyncio.run(online.afeatures(service, ROW)).store_error is None


def test_a_service_that_was_never_loaded_cannot_do_without_the_store(
    shop: Project, store: MovableStore, spine: pd.DataFrame
) -> None:
    _, service = _online(shop, store, spine, "missing")
    store.down = True
    fresh = OnlineDriver(shop, store=store)
    with pytest.raises(StoreUnavailable):
        fresh.features(service, ROW)


def test_another_word_is_refused(shop: Project) -> None:
    basket = shop.services["basket"]
    with pytest.raises(InvalidDefinition, match=r"on_store_error='ignore'.*'refuse' or 'missing'"):
        FeatureService("x", ["basket"], basket.request, on_store_error="ignore")  # type: ignore[arg-type]
