"""The online driver against the batch driver and against answers worked out by hand."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from drivers import BatchDriver, OnlineDriver
from drivers.online import MANY_ROWS
from drivers.stores import Store, open_store
from drivers.stores.memory import MemoryStore
from onedag import FixedClock, Project, Status
from onedag.errors import (
    NotPublished,
    RequestError,
    SchemaMismatch,
    StoreError,
    StoreUnavailable,
    UnknownName,
)

NOON = datetime(2024, 1, 2, 11)
ROW = {"customer_id": 1, "basket": 50.0}


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


@pytest.fixture
def published(shop: Project, store: Store, spine: pd.DataFrame) -> Store:
    batch = BatchDriver(shop, store=store)
    batch.publish(batch.training_frame(spine, "basket"))
    batch.materialize(as_of=NOON)
    return store


@pytest.fixture
def online(shop: Project, published: Store) -> OnlineDriver:
    return OnlineDriver(shop, FixedClock(NOON), store=published)


def test_cells_are_those_of_the_training_row(
    shop: Project, online: OnlineDriver, spine: pd.DataFrame
) -> None:
    rows = spine[spine["event_timestamp"] == pd.Timestamp(NOON, tz="UTC")]
    trained = BatchDriver(shop).training_frame(spine, "basket").to_pandas()
    expected = trained[(spine["event_timestamp"] == pd.Timestamp(NOON, tz="UTC")).to_numpy()]
    asked = rows[["customer_id", "basket"]].to_dict("records")
    answer = online.features("basket", asked).to_pandas()
    pd.testing.assert_frame_equal(answer, expected.reset_index(drop=True), check_exact=True)


def test_statuses_of_known_unknown_and_null_keys(online: OnlineDriver) -> None:
    rows = [ROW, {"customer_id": 99, "basket": 1.0}, {"customer_id": None, "basket": 1.0}]
    known, unknown, null = online.features("basket", rows).statuses
    assert set(known.values()) == {Status.PRESENT}
    assert unknown == null
    assert {name for name, status in null.items() if status is Status.MISSING} == {
        "spent_1d", "spent_7d", "large_share", "last_amount", "basket_over_last", "is_loyal",
        "points",
    }  # fmt: skip
    values = online.features("basket", rows).to_dicts()
    assert values[1] | {"basket": 1.0} == values[2]
    assert values[1]["spent_7d"] == 0.0
    assert values[1]["large_share"] is None


def test_age_is_measured_at_the_row_s_own_time(online: OnlineDriver) -> None:
    times = ["2024-01-04T10:00:00Z", "2024-01-04T10:00:00.000001Z"]
    answer = online.features("basket", [ROW | {"event_timestamp": time} for time in times])
    assert [row["last_amount"] for row in answer.statuses] == [Status.PRESENT, Status.STALE]
    assert [row["last_amount"] for row in answer.to_dicts()] == [150.0, None]
    assert [row["basket_over_last"] for row in answer.statuses] == [Status.PRESENT, Status.STALE]


def test_one_row_or_several_awaited_or_not(online: OnlineDriver) -> None:
    one = online.features("basket", ROW)
    assert len(one) == 1
    assert online.features("basket", [ROW, ROW]).to_dicts() == one.to_dicts() * 2
    assert asyncio.run(online.afeatures("basket", ROW)).to_dicts() == one.to_dicts()
    assert online.features("basket", []).to_pandas().dtypes.equals(one.to_pandas().dtypes)


def test_one_read_whatever_the_number_of_views(shop: Project, published: Store) -> None:
    class Counting:
        def __init__(self) -> None:
            self.reads = 0

        def read(self, keys: list[bytes]) -> list[bytes | None]:
            self.reads += 1
            return published.read(keys)

        write, close = published.write, published.close

    store = Counting()
    online = OnlineDriver(shop, FixedClock(NOON), store=store)
    online.load("basket")
    before = store.reads
    online.features("basket", [ROW, ROW | {"customer_id": 2}])
    assert store.reads == before + 1


def test_a_new_run_is_picked_up(
    shop: Project, online: OnlineDriver, published: Store, spine: pd.DataFrame
) -> None:
    before = online.features("basket", ROW)
    batch = BatchDriver(shop, store=published)
    frame = batch.training_frame(spine.assign(basket=spine["basket"] + 100.0), "basket")
    batch.publish(frame)
    after = online.features("basket", ROW)
    assert (before.run_id, after.run_id) == (before.run_id, frame.run_id)
    assert after.to_dicts()[0]["basket_over_mean"] == 50.0 - 140.0
    assert asyncio.run(online.afeatures("basket", ROW)).run_id == frame.run_id


def test_an_older_materialization_changes_nothing_and_a_correction_does(
    shop: Project, online: OnlineDriver, published: Store, orders: pd.DataFrame
) -> None:
    before = online.features("basket", ROW).to_dicts()
    batch = BatchDriver(shop, store=published)
    batch.materialize(as_of=datetime(2024, 1, 1, 12))
    assert online.features("basket", ROW).to_dicts() == before
    orders.loc[1, "amount"] = 151.0
    batch.materialize(as_of=NOON)
    assert online.features("basket", ROW).to_dicts()[0]["last_amount"] == 151.0


BAD_ROWS = {
    "missing field": ({"customer_id": 1}, "basket"),
    "unknown field": (ROW | {"colour": "red"}, "colour"),
    "text for a number": (ROW | {"basket": "5"}, "basket"),
    "bool for an integer": (ROW | {"customer_id": True}, "customer_id"),
    "fraction for an integer": (ROW | {"customer_id": 1.5}, "customer_id"),
    "null in a required field": (ROW | {"basket": None}, "basket"),
    "NaN": (ROW | {"basket": math.nan}, "basket"),
    "infinity": (ROW | {"basket": math.inf}, "basket"),
    "beyond 64 bits": (ROW | {"customer_id": 2**63}, "customer_id"),
    "number as time": (ROW | {"event_timestamp": 5}, "event_timestamp"),
    "no time": (ROW | {"event_timestamp": "yesterday"}, "event_timestamp"),
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_a_bad_row_is_refused_by_field(shop: Project, spine: pd.DataFrame, case: str) -> None:
    batch = BatchDriver(shop)
    batch.publish(batch.training_frame(spine, "basket"))
    batch.materialize(as_of=NOON)
    row, field = BAD_ROWS[case]
    with pytest.raises(RequestError, match=field) as caught:
        OnlineDriver(shop).features("basket", [ROW, row])
    assert [(d["row"], d["field"]) for d in caught.value.details] == [(1, field)]


def test_numpy_scalars_are_numbers(online: OnlineDriver) -> None:
    row = {"customer_id": np.int64(1), "basket": np.float64(50.0)}
    assert online.features("basket", row).to_dicts() == online.features("basket", ROW).to_dicts()


def test_nothing_published_nothing_materialized(shop: Project, spine: pd.DataFrame) -> None:
    online, batch = OnlineDriver(shop), BatchDriver(shop)
    with pytest.raises(NotPublished, match="onedag train basket"):
        online.features("basket", ROW)
    batch.publish(batch.training_frame(spine, "basket"))
    with pytest.raises(NotPublished, match="onedag materialize"):
        online.features("basket", ROW)
    with pytest.raises(UnknownName, match="Available: basket"):
        online.features("baskets", ROW)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"points", "basket"]', '"basket", "points"]', "their order changed"),
        ('"points", "basket"]', '"basket"]', "points went"),
        ('@latest(orders, by=customer, max_age="2d")', '@latest(orders, by=None)', "materialized"),
    ],
)  # fmt: skip
def test_code_that_is_not_that_of_the_run(
    edited: Callable[[str, str], Project], published: Store, old: str, new: str, said: str
) -> None:
    with pytest.raises((SchemaMismatch, NotPublished), match=said):
        OnlineDriver(edited(old, new), store=published).features("basket", ROW)


def test_a_layout_with_one_more_value_is_picked_up(
    edited: Callable[[str, str], Project], published: Store, online: OnlineDriver
) -> None:
    before = online.features("basket", ROW).to_dicts()
    more = "@latest(orders, by=customer)\ndef any_amount(amount: pd.Series) -> pd.Series:\n"
    project = edited("def basket_mean(", f"{more}    return amount\n\n\ndef basket_mean(")
    BatchDriver(project, store=published).materialize(as_of=NOON)
    assert online.features("basket", ROW).to_dicts() == before


def test_a_torn_value_is_an_error_not_an_answer(online: OnlineDriver, published: Store) -> None:
    with published.write() as writer:
        writer.put([b"value/customer_orders/1"], [b"otherwise" * 20], 2**60)
    with pytest.raises(StoreError, match="Materialize again"):
        online.features("basket", ROW)


def test_a_store_that_is_down(shop: Project) -> None:
    away = open_store("redis://:secret@127.0.0.1:1/0", Path())
    with pytest.raises(StoreUnavailable) as caught:
        OnlineDriver(shop, store=away).features("basket", ROW)
    assert "secret" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


SLOW = """
import time

import pydantic
from onedag import FeatureService


class Request(pydantic.BaseModel):
    seconds: float


def slept(seconds: float) -> float:
    time.sleep(0.3 if seconds == 0.3 else 0.0)
    return seconds


sleeps = FeatureService("sleeps", ["slept"], Request)
"""


@pytest.mark.parametrize("rows", [MANY_ROWS, MANY_ROWS + 1])
def test_many_rows_do_not_keep_an_event_loop_from_all_else(make_module, rows):
    module, store = make_module(SLOW), MemoryStore()
    project = Project(modules=[module], store="memory://")
    with BatchDriver(project, store=store) as batch:
        spine = pd.DataFrame({"event_timestamp": [NOON], "seconds": [0.0]})
        batch.publish(batch.training_frame(spine, "sleeps"))
    online = OnlineDriver(project, store=store)
    asked = [{"seconds": 0.0}] * (rows - 1) + [{"seconds": 0.3}]

    async def longest_turn() -> float:
        loop = asyncio.get_running_loop()
        online.load("sleeps")
        work = asyncio.create_task(online.afeatures("sleeps", asked))
        longest = 0.0
        while not work.done():
            before = loop.time()
            await asyncio.sleep(0)
            longest = max(longest, loop.time() - before)
        assert len(await work) == rows
        return longest

    assert (asyncio.run(longest_turn()) < 0.25) is (rows > MANY_ROWS)
