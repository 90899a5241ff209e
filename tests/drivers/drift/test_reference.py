"""The statistics of a run are in the store as long as the run is, and no longer."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import pyarrow as pa
import pytest

from drivers import BatchDriver
from drivers.drift import reference
from drivers.history.chunks import Sizes
from drivers.stored.publishing import KEPT_RUNS
from drivers.stored.records import statistics_key
from drivers.stores.memory import MemoryStore
from onedag import Project
from onedag.clock import FixedClock
from onedag.errors import NotPublished, StoreError, UnknownName
from onedag.statistics import Categories, Numbers


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def batch(shop: Project, store: MemoryStore) -> BatchDriver:
    return BatchDriver(shop, store=store)


def test_the_statistics_of_a_frame_are_published_with_it(
    batch: BatchDriver, store: MemoryStore, spine: pd.DataFrame
) -> None:
    frame = batch.training_frame(spine, "basket")
    batch.publish(frame)
    found = reference(store, "basket")
    assert found.run.run_id == frame.run_id
    assert found.statistics == frame.statistics
    assert found.statistics.rows == 7
    assert list(found.statistics.features) == list(frame.features)
    basket = found.statistics.features["basket"]
    assert isinstance(basket.values, Numbers)
    assert basket.values.points == (10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0)
    loyal = found.statistics.features["is_loyal"]
    assert isinstance(loyal.values, Categories)
    expected = frame.to_pandas()["is_loyal"].value_counts()
    assert loyal.values.counts == {"false": expected[False], "true": expected[True]}
    for name, of in found.statistics.features.items():
        statuses = [str(status) for status in frame.statuses(name)]
        assert of.statuses == {kind: statuses.count(kind) for kind in of.statuses}
        assert of.nulls == frame.table[name].null_count


def test_the_size_of_chunks_does_not_matter(shop: Project, spine: pd.DataFrame) -> None:
    whole = BatchDriver(shop).training_frame(spine, "basket").statistics
    small = Sizes(memory=0, chunk_rows=2, piece_rows=1)  # on disk, that is
    parts = BatchDriver(shop, sizes=small).training_frame(spine, "basket").statistics
    for name, of in whole.features.items():
        values, other = of.values, parts.features[name].values
        if isinstance(values, Numbers):
            assert isinstance(other, Numbers)
            assert (values.points, values.counts) == (other.points, other.counts)
            assert values.mean == pytest.approx(other.mean)
        else:
            assert of == parts.features[name]


def test_statistics_go_with_their_run(
    batch: BatchDriver, store: MemoryStore, spine: pd.DataFrame
) -> None:
    runs = [
        batch.publish(batch.training_frame(spine, "basket")).run_id for _ in range(KEPT_RUNS + 2)
    ]
    found = store.read([statistics_key(run) for run in runs])
    assert [blob is not None for blob in found] == [False] * 2 + [True] * KEPT_RUNS
    assert reference(store, "basket", runs[2]).run.run_id == runs[2]
    assert reference(store, "basket").run.run_id == runs[-1]
    with pytest.raises(UnknownName, match=r"No kept run of service 'basket' is named 'basket-2"):
        reference(store, "basket", runs[0])


def test_a_run_that_does_not_stand_leaves_no_statistics(
    shop: Project, store: MemoryStore, spine: pd.DataFrame
) -> None:
    ahead, behind = (FixedClock(datetime(year, 1, 1)) for year in (2026, 2025))
    BatchDriver(shop, store=store, clock=ahead).publish(
        BatchDriver(shop, store=store, clock=ahead).training_frame(spine, "basket")
    )
    late = BatchDriver(shop, store=store, clock=behind)
    frame = late.training_frame(spine, "basket")
    with pytest.raises(StoreError, match="isn't the one that is served"):
        late.publish(frame)
    assert store.read([statistics_key(frame.run_id)]) == [None]


def test_a_run_of_an_older_version_is_named(
    batch: BatchDriver, store: MemoryStore, spine: pd.DataFrame
) -> None:
    run = batch.publish(batch.training_frame(spine, "basket"))
    with store.write() as writer:
        writer.remove([statistics_key(run.run_id)], 2**62)
    with pytest.raises(NotPublished, match=rf"{run.run_id} .* before statistics were kept"):
        reference(store, "basket")


def test_statistics_of_another_format_are_an_error(
    batch: BatchDriver, store: MemoryStore, spine: pd.DataFrame
) -> None:
    run = batch.publish(batch.training_frame(spine, "basket"))
    with store.write() as writer:
        writer.put([statistics_key(run.run_id)], [b'{"format": 0}'], 2**62)
    with pytest.raises(StoreError, match="have format 0"):
        reference(store, "basket")


def test_a_service_without_a_run(store: MemoryStore) -> None:
    with pytest.raises(NotPublished, match="no published run"):
        reference(store, "basket")


def test_a_frame_without_rows_can_be_published(
    batch: BatchDriver, store: MemoryStore, spine: pd.DataFrame
) -> None:
    frame = batch.training_frame(pa.Table.from_pandas(spine).slice(0, 0), "basket")
    batch.publish(frame)
    assert reference(store, "basket").statistics.rows == 0
