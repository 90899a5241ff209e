"""What is measured of a run, kept beside it."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from drivers import BatchDriver
from drivers.stored.measured import (
    drift_from_bytes,
    keep_drift,
    keep_skew,
    skew_from_bytes,
)
from drivers.stored.records import drift_key, skew_key
from drivers.stores.memory import MemoryStore
from onedag import Project
from onedag.catalog import MeasuredDrift, MeasuredSkew
from onedag.errors import NotPublished, StoreError
from tests.drivers.conftest import day

NOON = day("06 12").to_pydatetime()
DRIFT = {
    "spent_7d": MeasuredDrift(NOON, 10, 0.25, 0.5, "drifted", "rows of a file"),
    "is_loyal": MeasuredDrift(NOON, 10, 0.0, None, "stable"),
}
SKEW = {"spent_7d": MeasuredSkew(NOON, 10, 3, {"late-data": 2, "code": 1}, {"a": 7, "b": 3})}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def run_id(shop: Project, store: MemoryStore, spine: pd.DataFrame) -> str:
    with BatchDriver(shop, store=store) as batch:
        return batch.publish(batch.training_frame(spine, "basket")).run_id


def test_what_is_kept_is_what_was_measured(store: MemoryStore, run_id: str) -> None:
    keep_drift(store, run_id, DRIFT, NOON)
    keep_skew(store, run_id, SKEW, NOON)
    drift, skew = store.read([drift_key(run_id), skew_key(run_id)])
    assert drift is not None
    assert skew is not None
    assert drift_from_bytes(drift) == DRIFT
    assert skew_from_bytes(skew) == SKEW


def test_the_last_measurement_counts(store: MemoryStore, run_id: str) -> None:
    keep_drift(store, run_id, DRIFT, NOON)
    keep_drift(store, run_id, {}, NOON + timedelta(hours=1))
    keep_drift(store, run_id, DRIFT, NOON - timedelta(hours=1))  # it began earlier
    [blob] = store.read([drift_key(run_id)])
    assert blob is not None
    assert drift_from_bytes(blob) == {}


def test_a_run_that_isnt_kept(store: MemoryStore) -> None:
    with pytest.raises(NotPublished, match="Run gone isn't kept in the store"):
        keep_skew(store, "gone", SKEW, NOON)
    assert store.read([skew_key("gone")]) == [None]


@pytest.mark.parametrize(
    ("blob", "said"),
    [
        (b'{"format": 7}', "has format 7; this version of onedag reads format 1"),
        (b"[]", "has format None"),
        (b'{"format": 1}', "It is damaged"),
        (b'{"format": 1, "features": {"a": {}}}', "It is damaged"),
        (b"{", "It is damaged"),
    ],
)
def test_what_cant_be_read(blob: bytes, said: str) -> None:
    for read in (drift_from_bytes, skew_from_bytes):
        with pytest.raises(StoreError, match=said):
            read(blob)
