"""Training frames against answers worked out by hand.

customer 1   50 at 01 10h   150 at 02 10h                  null at 05 10h   each known 1 h later
customer 2                       10 at 02 12h
points       5 from 01 00h             12 from 03 00h
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from drivers import BatchDriver
from drivers.history.chunks import Sizes
from drivers.spine import SpineReader
from drivers.stored.publishing import KEPT_RUNS
from drivers.stored.records import run_key
from onedag import Project, Status
from onedag.errors import SchemaMismatch, SourceError, SpineError, UnknownName

NAN = np.nan
EXPECTED = {
    "spent_1d": [0.0, 150.0, 0.0, 0.0, 150.0, 0.0, 0.0],
    "spent_7d": [200.0, 200.0, 50.0, 0.0, 200.0, 0.0, 0.0],
    "large_share": [1 / 3, 0.5, 0.0, NAN, 0.5, NAN, NAN],
    "shop_orders_1d": [0, 1, 1, 0, 1, 0, 0],
    "last_amount": [NAN, 150.0, 50.0, NAN, 150.0, NAN, NAN],
    "basket_over_mean": [-30.0, -20.0, -10.0, 0.0, 10.0, 20.0, 30.0],
    "basket_over_last": [NAN, -20 / 150, -0.2, NAN, 10 / 150, NAN, NAN],
    "is_loyal": pd.array([True, False, False, None, False, None, None], dtype="boolean"),
    "points": pd.array([12, 5, 5, None, 5, None, None], dtype="Int64"),
    "basket": [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0],
}


@pytest.fixture
def batch(shop: Project) -> BatchDriver:
    return BatchDriver(shop)


def test_every_cell_dtype_row_and_column(batch: BatchDriver, spine: pd.DataFrame) -> None:
    frame = batch.training_frame(spine, "basket", keep=["label"]).to_pandas()
    expected = pd.DataFrame({"label": spine["label"].to_numpy(), **EXPECTED}, index=spine.index)
    pd.testing.assert_frame_equal(frame, expected, check_exact=True)


def test_statuses(batch: BatchDriver, spine: pd.DataFrame) -> None:
    frame = batch.training_frame(spine, "basket")
    missing, null, present = Status.MISSING, Status.NULL, Status.PRESENT
    assert frame.statuses("last_amount") == [
        null, present, present, missing, present, missing, missing,
    ]  # fmt: skip
    assert frame.statuses("basket_over_last") == frame.statuses("last_amount")
    assert frame.statuses("basket_over_mean") == [present] * 7
    assert frame.statuses("spent_1d")[3:] == [missing, present, missing, missing]


def test_too_old_is_stale_and_the_bound_is_not(batch: BatchDriver) -> None:
    ordered, max_age = pd.Timestamp("2024-01-02 10:00"), pd.Timedelta(days=2)
    spine = pd.DataFrame(
        {
            "event_timestamp": [ordered + max_age, ordered + max_age + pd.Timedelta("1us")],
            "customer_id": [1, 1],
            "basket": [1.0, 1.0],
        }
    )
    frame = batch.training_frame(spine, "basket")
    assert frame.statuses("last_amount") == [Status.PRESENT, Status.STALE]
    assert frame.to_pandas()["last_amount"].tolist()[0] == 150.0
    assert frame.to_pandas()["last_amount"].isna().tolist() == [False, True]


def test_fitted_value_and_unrecognised_function_are_reported(
    batch: BatchDriver, spine: pd.DataFrame
) -> None:
    frame = batch.training_frame(spine, "basket")
    assert frame.fitted == {"basket_mean": 40.0}
    assert list(frame.called_per_window) == ["shop_orders_1d"]  # len() isn't a known reduction


def test_run_ids_differ(batch: BatchDriver, spine: pd.DataFrame) -> None:
    first, second = (batch.training_frame(spine, "basket").run_id for _ in range(2))
    assert first != second


def test_an_empty_spine_keeps_its_dtypes(batch: BatchDriver, spine: pd.DataFrame) -> None:
    full = batch.training_frame(spine, "basket").to_pandas()
    service_without_fitted = ["spent_1d", "points", "is_loyal"]
    empty = batch.training_frame(spine.iloc[:0], "basket").to_pandas()
    assert len(empty) == 0
    assert empty[service_without_fitted].dtypes.equals(full[service_without_fitted].dtypes)


@pytest.mark.parametrize("form", ["table", "parquet", "csv"])
def test_a_spine_in_other_forms(
    batch: BatchDriver, spine: pd.DataFrame, tmp_path: Path, form: str
) -> None:
    expected = batch.training_frame(spine, "basket").table
    data: pa.Table | Path = pa.Table.from_pandas(spine, preserve_index=False)
    if form == "parquet":
        data = tmp_path / "spine.parquet"
        spine.to_parquet(data)
    if form == "csv":
        data = tmp_path / "spine.csv"
        spine.to_csv(data, index=False)
    assert batch.training_frame(data, "basket").table.equals(expected)


def test_times_in_any_zone_are_the_same_moment(batch: BatchDriver, spine: pd.DataFrame) -> None:
    there = spine.assign(event_timestamp=spine["event_timestamp"].dt.tz_convert("Asia/Kolkata"))
    naive = spine.assign(event_timestamp=spine["event_timestamp"].dt.tz_localize(None))
    expected = batch.training_frame(spine, "basket").table
    assert batch.training_frame(there, "basket").table.equals(expected)
    assert batch.training_frame(naive, "basket").table.equals(expected)


def test_parquet_names_its_run(batch: BatchDriver, spine: pd.DataFrame, tmp_path: Path) -> None:
    frame = batch.training_frame(spine, "basket")
    written = pq.read_table(frame.to_parquet(tmp_path / "made" / "frame.parquet"))
    assert written.schema.metadata[b"onedag.run_id"].decode() == frame.run_id
    assert written.replace_schema_metadata().equals(frame.table)
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["frame.parquet"]


def test_editing_the_future_changes_no_cell(
    shop: Project, spine: pd.DataFrame, orders: pd.DataFrame
) -> None:
    past = spine[spine["event_timestamp"] <= pd.Timestamp("2024-01-02 11:00", tz="UTC")]
    before = BatchDriver(shop).training_frame(past, "basket").table
    later = orders["ordered_at"] + pd.Timedelta("1h") > past["event_timestamp"].max()
    orders.loc[later, "amount"] = 1e9
    assert later.any()
    assert BatchDriver(shop).training_frame(past, "basket").table.equals(before)


BAD_SPINES = {
    "no event_timestamp": (lambda s: s.drop(columns="event_timestamp"), "event_timestamp"),
    "no join key": (lambda s: s.drop(columns="customer_id"), "customer_id"),
    "no field": (lambda s: s.drop(columns="basket"), "basket"),
    "null time": (
        lambda s: s.assign(event_timestamp=s["event_timestamp"].where(s["basket"] > 15)),
        "1 of the spine's 7 rows",
    ),
    "number as time": (lambda s: s.assign(event_timestamp=range(7)), "not a timestamp"),
    "text as number": (lambda s: s.assign(basket="much"), "'basket'"),
    "null in a required field": (
        lambda s: s.assign(basket=s["basket"].where(s["basket"] > 15)),
        "`| None`",
    ),
    "fraction in an integer": (lambda s: s.assign(customer_id=1.5), "'customer_id'"),
    "infinity": (lambda s: s.assign(basket=s["basket"].replace(10.0, np.inf)), "infinity"),
    "text as key": (lambda s: s.assign(customer_id="1"), "'customer_id'"),
}


@pytest.mark.parametrize("case", BAD_SPINES)
def test_a_bad_spine_is_refused_by_name(batch: BatchDriver, spine: pd.DataFrame, case: str) -> None:
    spoil, said = BAD_SPINES[case]
    with pytest.raises(SpineError, match=said.replace("|", r"\|")):
        batch.training_frame(spoil(spine), "basket")


def test_unknown_service_and_kept_column(batch: BatchDriver, spine: pd.DataFrame) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'basket'"):
        batch.training_frame(spine, "baskt")
    with pytest.raises(SpineError, match="'price'"):
        batch.training_frame(spine, "basket", keep=["price"])
    with pytest.raises(SpineError, match="basket"):
        batch.training_frame(spine, "basket", keep=["basket"])


def test_a_spine_file_that_is_not_there(batch: BatchDriver) -> None:
    with pytest.raises(SpineError, match=r"nothing\.parquet"):
        batch.training_frame("nothing.parquet", "basket")


def test_join_keys_of_two_types_never_meet_silently(
    shop: Project, spine: pd.DataFrame, orders: pd.DataFrame
) -> None:
    orders["customer_id"] = orders["customer_id"].astype("str")
    with pytest.raises((SchemaMismatch, SourceError), match="customer_id"):
        BatchDriver(shop).training_frame(spine, "basket")


def test_what_a_store_cannot_hold_is_refused_in_training_already(
    shop: Project, spine: pd.DataFrame, orders: pd.DataFrame, profiles: pd.DataFrame
) -> None:
    profiles["points"] = pd.to_timedelta(profiles["points"], unit="s")
    with pytest.raises(SourceError, match="'points'"):
        BatchDriver(shop).training_frame(spine, "basket")
    orders["customer_id"] = orders["ordered_at"]
    with pytest.raises(SchemaMismatch, match="'customer_id' of source 'orders'"):
        BatchDriver(shop).materialize()


def test_views_and_an_unknown_one(batch: BatchDriver) -> None:
    assert list(batch.views()) == [
        "customer_orders",
        "everything_orders_every_1d",
        "customer_profiles",
    ]
    with pytest.raises(UnknownName, match="customer_orders"):
        batch.materialize(views=["customer_order"])


def test_a_spine_that_changes_while_it_is_read(
    batch: BatchDriver, spine: pd.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "spine.parquet"
    spine.to_parquet(path)
    fields = batch.plan("basket").fields
    reader = SpineReader(path, [fields["customer_id"], fields["basket"]], sizes=Sizes(chunk_rows=2))
    chunks = iter(reader)
    next(chunks)
    os.utime(path, ns=(0, 0))
    with pytest.raises(SpineError, match=r"spine\.parquet changed while it was read"):
        list(chunks)


def test_a_wrong_value_in_a_later_chunk_is_placed(
    shop: Project, spine: pd.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "spine.parquet"
    spine.assign(basket=[1.0, 2.0, 3.0, 4.0, None, 6.0, 7.0]).to_parquet(path)
    batch = BatchDriver(shop, sizes=Sizes(chunk_rows=2))
    with pytest.raises(SpineError, match=r"'basket' .* 1 nulls.*In rows 4 to 5"):
        batch.training_frame(path, "basket")


def test_a_store_keeps_the_last_runs_only(batch: BatchDriver, spine: pd.DataFrame) -> None:
    published = [
        batch.publish(batch.training_frame(spine, "basket")).run_id for _ in range(KEPT_RUNS + 3)
    ]
    found = batch._store.read([run_key(run) for run in published])
    assert [blob is not None for blob in found] == [False] * 3 + [True] * KEPT_RUNS


def test_a_piece_of_nulls_alone_does_not_decide_the_type(
    edited: Callable[[str, str], Project], spine: pd.DataFrame
) -> None:
    project = edited(
        "    return points >= 10", "    return points.map(lambda p: None if pd.isna(p) else str(p))"
    )
    whole = BatchDriver(project).training_frame(spine, "basket")
    small = Sizes(piece_rows=1, chunk_rows=2)
    pieces = BatchDriver(project, sizes=small).training_frame(spine, "basket")
    assert pieces.table.equals(whole.table)


def test_a_type_that_cannot_hold_another_piece(
    edited: Callable[[str, str], Project], spine: pd.DataFrame
) -> None:
    code = "return points.astype('Int64') * 2**60 if points.notna().all() else points.astype(float)"
    project = edited("return points >= 10", code)
    sizes = Sizes(piece_rows=1, chunk_rows=2)
    with pytest.raises(SchemaMismatch, match="'is_loyal' returns int64 for some rows"):
        BatchDriver(project, sizes=sizes).training_frame(spine, "basket")
