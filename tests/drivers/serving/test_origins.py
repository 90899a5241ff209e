"""Where the values of an answer came from, as the driver tells it."""

from __future__ import annotations

import pickle

import pandas as pd
import pytest

from drivers import BatchDriver, OnlineDriver
from drivers.serving.origins import NodeOrigin, StoredValue, origins_of
from drivers.stores.memory import MemoryStore
from onedag import FixedClock, Project
from onedag.planner import Origin
from onedag.status import Status
from tests.drivers.conftest import day

NOON = day("05 12")
KNOWN = {"customer_id": 1, "basket": 50.0}
NOBODY = {"customer_id": None, "basket": 1.0}


@pytest.fixture
def online(shop: Project, spine: pd.DataFrame) -> OnlineDriver:
    store = MemoryStore()
    batch = BatchDriver(shop, store=store)
    batch.publish(batch.training_frame(spine, "basket"))
    batch.materialize(as_of=NOON)
    return OnlineDriver(shop, FixedClock(NOON), store=store)


def test_a_function_is_told_with_what_it_takes_down_to_the_boundary(online: OnlineDriver) -> None:
    nodes = origins_of(online.features("basket", KNOWN)).nodes
    orders = NodeOrigin(Origin.STORE, ("customer_id",), "customer_orders")
    profiles = NodeOrigin(Origin.STORE, ("customer_id",), "customer_profiles")
    assert nodes == {
        "spent_1d": orders,
        "spent_7d": orders,
        "large_share": orders,
        "shop_orders_1d": NodeOrigin(Origin.STORE, (), "everything_orders_every_1d"),
        "last_amount": orders,
        "basket": NodeOrigin(Origin.REQUEST),
        "basket_mean": NodeOrigin(Origin.FITTED),
        "basket_over_mean": NodeOrigin(Origin.COMPUTED, ("basket", "basket_mean")),
        "basket_over_last": NodeOrigin(Origin.COMPUTED, ("basket_over_mean", "last_amount")),
        "points": profiles,
        "is_loyal": NodeOrigin(Origin.COMPUTED, ("points",)),
    }


def test_a_null_of_the_source_is_told_from_a_key_that_is_null(online: OnlineDriver) -> None:
    known, nobody = origins_of(online.features("basket", [KNOWN, NOBODY])).stored
    noon = NOON.to_pydatetime()
    ordered, told = day("05 10").to_pydatetime(), day("05 11").to_pydatetime()
    assert known["last_amount"] == StoredValue(None, Status.NULL, ordered, told, noon)
    assert nobody["last_amount"] == StoredValue(None, Status.MISSING, None, None, noon)
    assert known["points"].value == 12
    assert type(known["points"].value) is int


def test_parts_of_what_was_answered_together_are_told_alone(online: OnlineDriver) -> None:
    rows = [NOBODY, KNOWN, KNOWN | {"event_timestamp": "2024-01-04T00:00:00Z"}]
    whole = online.features("basket", rows)
    first, last = whole.split([1, 2])
    assert origins_of(first).stored == origins_of(whole).stored[:1]
    assert origins_of(last).stored == origins_of(whole).stored[1:]
    (_, very_last) = last.split([1, 1])
    assert origins_of(very_last).stored == origins_of(whole).stored[2:]
    assert origins_of(very_last).event_timestamps == [day("04 00").to_pydatetime()]


def test_another_process_does_not_know(online: OnlineDriver) -> None:
    vectors = online.features("basket", KNOWN)
    copied = pickle.loads(pickle.dumps(vectors))
    assert copied.to_dicts() == vectors.to_dicts()
    with pytest.raises(ValueError, match="stayed in the process"):
        origins_of(copied)
