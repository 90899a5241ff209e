"""What is computed and stored says of which snapshot it is, and the registry has that snapshot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from drivers import BatchDriver
from drivers.model_contract import model_metadata
from drivers.opening import store_of
from drivers.registry import Registry
from drivers.stored.records import ViewRecord, stamp_key, view_key
from onedag import Project, Source
from onedag.errors import RegistryError

VIEW = "customer_orders"
MOMENT = pd.Timestamp("2024-01-05", tz="UTC").to_pydatetime()


@pytest.fixture
def kept(shop: Project) -> Project:
    """The shop with a registry."""
    return Project(
        shop.modules, store="memory://", root=shop.root, offline="kept", registry="registry"
    )


def record_of(project: Project, view: str = VIEW) -> ViewRecord:
    [blob] = store_of(project).read([view_key(view)])
    assert blob is not None
    return ViewRecord.from_bytes(blob)


def test_a_frame_its_file_its_run_and_its_model_say_it(
    kept: Project, spine: pd.DataFrame, tmp_path: Path
) -> None:
    with BatchDriver(kept) as batch:
        frame = batch.training_frame(spine, "basket")
        run = batch.publish(frame)
        metadata = pq.read_schema(frame.to_parquet(tmp_path / "frame.parquet")).metadata
    assert frame.snapshot == run.snapshot == model_metadata(run)["onedag.snapshot"]
    assert metadata[b"onedag.snapshot"].decode() == frame.snapshot
    snapshot = Registry(kept.registry).snapshot(frame.snapshot)
    assert "return amount.sum()" in snapshot.functions["spent_1d"].code
    assert snapshot.services["basket"].features == frame.features


def test_views_and_backfills_say_it(kept: Project) -> None:
    with BatchDriver(kept) as batch:
        batch.materialize(MOMENT)
        report = batch.backfill(MOMENT, MOMENT, "1d")
        expected = batch.snapshot.id
    assert {record_of(kept, view).snapshot for view in batch.views()} == {expected}
    for view in report.views:
        [file] = view.folder.glob("as_of=*/values.parquet")
        assert pq.read_schema(file).metadata[b"onedag.snapshot"].decode() == expected
    assert Registry(kept.registry).ids() == (expected,)


def test_it_is_kept_and_not_made_the_current_one(kept: Project, spine: pd.DataFrame) -> None:
    with BatchDriver(kept) as batch:
        batch.training_frame(spine, "basket")
    assert len(Registry(kept.registry).ids()) == 1
    assert Registry(kept.registry).current() is None


def test_a_backfilled_frame_has_the_same_cells(kept: Project, spine: pd.DataFrame) -> None:
    """Files of several snapshots are read together."""
    rows = spine.assign(event_timestamp=spine["event_timestamp"].dt.floor("D"))
    first, last = rows["event_timestamp"].min(), rows["event_timestamp"].max()
    other = Project(kept.modules, store="memory://", root=kept.root, offline="kept")
    other.sources["more"] = Source("more", pd.DataFrame({"at": [MOMENT]}), "at")
    with BatchDriver(kept) as batch, BatchDriver(other) as later:
        batch.backfill(first, first + (last - first) / 2, "1d")
        later.backfill(first, last, "1d")
        assert batch.snapshot.id != later.snapshot.id
        stored = batch.training_frame(rows, "basket", backfilled=True)
        computed = batch.training_frame(rows, "basket")
    pd.testing.assert_frame_equal(stored.to_pandas(), computed.to_pandas())


def test_without_a_registry_the_id_is_the_same(
    shop: Project, kept: Project, spine: pd.DataFrame
) -> None:
    with BatchDriver(shop) as batch, BatchDriver(kept) as keeping:
        one, other = (each.training_frame(spine, "basket") for each in (batch, keeping))
    assert one.snapshot == other.snapshot


@pytest.mark.parametrize("work", ["training_frame", "materialize", "backfill"])
def test_a_registry_that_cannot_be_written_is_said_before_the_work(
    kept: Project, spine: pd.DataFrame, work: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.registry.write_text("a file")
    with BatchDriver(kept) as batch:
        arguments = {
            "training_frame": (spine, "basket"),
            "materialize": (MOMENT,),
            "backfill": (MOMENT, MOMENT, "1d"),
        }
        read: list[str] = []
        monkeypatch.setattr(
            "drivers.sources.reader.SourceReader.batches", lambda *_, **__: read.append("rows")
        )
        with pytest.raises(RegistryError, match="ONEDAG_REGISTRY"):
            getattr(batch, work)(*arguments[work])
        assert read == []


def test_types_that_cannot_be_told_are_no_reason_not_to_train(
    kept: Project, spine: pd.DataFrame, tmp_path: Path
) -> None:
    """Of a source that the service doesn't use: one file has text where another has numbers."""
    for place, value in enumerate([1, "one"]):
        table = pa.table({"at": ["2024-01-01"], "value": [value]})
        pq.write_table(table, tmp_path / f"mixed-{place}.parquet")
    kept.sources["mixed"] = Source("mixed", "mixed-*.parquet", "at")
    with BatchDriver(kept) as batch:
        frame = batch.training_frame(spine, "basket")
    snapshot = Registry(kept.registry).snapshot(frame.snapshot)
    assert snapshot.sources["mixed"].columns == {}
    assert snapshot.sources["orders"].columns["amount"] == "double"


def test_another_snapshot_alone_changes_no_stored_value(
    edited: Callable[[str, str], Project],
) -> None:
    """A docstring changes the snapshot, and neither a blob nor what must be written anew."""
    first = edited("", "")
    second = edited("Sum of the customer's", "The sum of the customer's")
    store = store_of(first)
    with BatchDriver(first, store=store) as batch:
        batch.materialize(MOMENT)
    before = record_of(first)
    with BatchDriver(second, store=store) as batch:
        [report] = batch.materialize(MOMENT, [VIEW]).views
    after = record_of(first)
    assert report.keys == 0
    assert report.unchanged == before.keys == after.keys > 0
    assert after.snapshot != before.snapshot
    assert after.meaning == before.meaning
    [stamp] = store.read([stamp_key(VIEW)])
    assert stamp == after.stamp


def test_the_same_again_leaves_the_stamp(shop: Project) -> None:
    with BatchDriver(shop) as batch:
        batch.materialize(MOMENT)
        batch.materialize(MOMENT)
        before = record_of(shop).stamp
        batch.materialize(MOMENT)
    assert record_of(shop).stamp == before


def test_a_record_without_a_snapshot_can_be_read(shop: Project) -> None:
    with BatchDriver(shop) as batch:
        batch.materialize(MOMENT)
    record = record_of(shop)
    content = json.loads(record.to_bytes()) | {"snapshot": ""}
    assert ViewRecord.from_bytes(json.dumps(content).encode()).snapshot == ""
