"""What a backfill wrote gives the cells that the sources give."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pydantic
import pytest

from drivers import BatchDriver
from drivers.history.chunks import Sizes
from onedag import FeatureService, Project
from onedag.errors import InvalidDefinition, NotPublished, OfflineError, SpineError, UnknownName

FIRST, LAST = datetime(2023, 12, 31), datetime(2024, 1, 6)


@pytest.fixture
def daily(spine: pd.DataFrame) -> pd.DataFrame:
    """Rows at moments that a daily backfill has; customers known, unknown and null."""
    days = pd.to_datetime(
        ["2024-01-05", "2024-01-02", "2023-12-31", "2024-01-02", "2024-01-06", "2024-01-03"],
        utc=True,
    )
    return spine.iloc[[0, 1, 2, 3, 5, 6]].assign(event_timestamp=days)


@pytest.mark.parametrize("sizes", [Sizes(), Sizes(0, 2, 1, 1)])
def test_the_frame_has_the_same_cells(shop: Project, daily: pd.DataFrame, sizes: Sizes) -> None:
    batch = BatchDriver(shop, sizes=sizes)
    report = batch.backfill(FIRST, LAST, "1d")
    assert {view.moments for view in report.views} == {7}
    direct = batch.training_frame(daily, "basket", ["label"])
    stored = batch.training_frame(daily, "basket", ["label"], backfilled=True)
    assert stored.table.equals(direct.table)
    assert stored.schema == direct.schema
    for name in direct.features:
        assert stored.statuses(name) == direct.statuses(name)
    assert {"PRESENT", "MISSING", "STALE"} <= {
        s for n in direct.features for s in direct.statuses(n)
    }


def test_no_source_is_read_for_it(shop: Project, daily: pd.DataFrame, orders: pd.DataFrame) -> None:
    batch = BatchDriver(shop)
    batch.backfill(FIRST, LAST, "1d")
    before = batch.training_frame(daily, "basket").table
    orders["amount"] = -1.0
    assert not batch.training_frame(daily, "basket").table.equals(before)
    assert batch.training_frame(daily, "basket", backfilled=True).table.equals(before)


def test_each_moment_is_one_file_with_a_row_for_each_key(shop: Project) -> None:
    """Customer 1 orders on the 1st, customer 2 on the 2nd, known an hour later."""
    report = BatchDriver(shop).backfill(FIRST, LAST, "1d", ["customer_orders"])
    [view] = report.views
    rows = {
        path.parent.name: pq.read_table(path)["customer_id"].to_pylist()
        for path in sorted(view.folder.glob("as_of=*/values.parquet"))
    }
    assert rows["as_of=2024-01-01T00:00:00.000000Z"] == []
    assert rows["as_of=2024-01-02T00:00:00.000000Z"] == [1]
    assert sorted(rows["as_of=2024-01-03T00:00:00.000000Z"]) == [1, 2]
    assert view.rows == sum(map(len, rows.values()))


def test_a_refresh_interval_has_its_ticks_only(shop: Project) -> None:
    report = BatchDriver(shop).backfill(FIRST, LAST, "6h", ["everything_orders_every_1d"])
    assert [view.moments for view in report.views] == [7]


def test_it_goes_on_where_it_was(shop: Project) -> None:
    batch = BatchDriver(shop)
    batch.backfill(FIRST, LAST - timedelta(days=3), "1d", ["customer_orders"])
    [view] = batch.backfill(FIRST, LAST, "1d", ["customer_orders"]).views
    assert (view.moments, view.present) == (3, 4)
    [again] = batch.backfill(FIRST, LAST, "1d", ["customer_orders"]).views
    assert (again.moments, again.present, again.bytes) == (0, 7, 0)


def test_a_moment_that_was_being_written_counts_for_nothing(
    shop: Project, daily: pd.DataFrame
) -> None:
    batch = BatchDriver(shop)
    report = batch.backfill(FIRST, LAST, "1d")
    moment = report.views[0].folder / "as_of=2024-01-05T00:00:00.000000Z"
    moment.rename(moment.with_name(f".{moment.name}.1"))  # as a job that was killed leaves it
    with pytest.raises(SpineError, match="weren't backfilled, the first at 2024-01-05"):
        batch.training_frame(daily, "basket", backfilled=True)
    batch.backfill(FIRST, LAST, "1d")
    stored = batch.training_frame(daily, "basket", backfilled=True)
    assert stored.table.equals(batch.training_frame(daily, "basket").table)


def test_rows_between_the_moments_are_refused(shop: Project, spine: pd.DataFrame) -> None:
    batch = BatchDriver(shop)
    batch.backfill(FIRST, LAST, "1d")
    with pytest.raises(SpineError, match="3 rows need the values of view 'customer_orders'"):
        batch.training_frame(spine.iloc[[0, 1, 2]], "basket", backfilled=True)


def test_values_of_other_code_are_not_used(
    edited: Callable[[str, str], Project], shop: Project, daily: pd.DataFrame
) -> None:
    BatchDriver(shop).backfill(FIRST, LAST, "1d")
    other = edited("return amount.sum()", "return amount.max()")
    other.offline = shop.offline
    with pytest.raises(NotPublished, match="onedag backfill"):
        BatchDriver(other).training_frame(daily, "basket", backfilled=True)


@pytest.mark.parametrize(
    ("start", "end", "every", "views", "error"),
    [
        (LAST, FIRST, "1d", None, InvalidDefinition),
        (FIRST, LAST, "soon", None, InvalidDefinition),
        (FIRST, LAST, "1d", ["customer_order"], UnknownName),
    ],
)
def test_what_makes_no_sense_is_refused(
    shop: Project,
    start: datetime,
    end: datetime,
    every: str,
    views: list[str] | None,
    error: type[Exception],
) -> None:
    with pytest.raises(error):
        BatchDriver(shop).backfill(start, end, every, views)


def test_two_at_once_write_the_same(shop: Project) -> None:
    with ThreadPoolExecutor(4) as pool:
        drivers = [BatchDriver(shop) for _ in range(4)]
        list(pool.map(lambda driver: driver.backfill(FIRST, LAST, "1h"), drivers))
    [*views] = BatchDriver(shop).backfill(FIRST, LAST, "1h").views
    assert {view.moments for view in views} == {0}
    for view in views:
        assert not [name for name in os.listdir(view.folder) if name.startswith(".")]


def test_what_killed_jobs_left_is_swept_after_a_day(shop: Project) -> None:
    [view] = BatchDriver(shop).backfill(FIRST, LAST, "1d", ["customer_orders"]).views
    old, new = view.folder / ".as_of=old", view.folder / ".as_of=new"
    for left in (old, new):
        left.mkdir()
    os.utime(old, (0, 0))
    BatchDriver(shop).backfill(FIRST, LAST, "1d", ["customer_orders"])
    assert (old.exists(), new.exists()) == (False, True)


def test_years_of_three_digits_and_foreign_folders(shop: Project) -> None:
    [view] = (
        BatchDriver(shop)
        .backfill(datetime(900, 1, 1), datetime(900, 1, 2), "1d", ["customer_orders"])
        .views
    )
    (view.folder / "as_of=2024-01-01").mkdir()
    [again] = (
        BatchDriver(shop)
        .backfill(datetime(900, 1, 1), datetime(900, 1, 3), "1d", ["customer_orders"])
        .views
    )
    assert (again.moments, again.present) == (1, 2)


def test_a_service_of_the_moment_may_need_what_was_not_backfilled(
    shop: Project, daily: pd.DataFrame
) -> None:
    class Request(pydantic.BaseModel):
        customer_id: int | None

    batch = BatchDriver(shop)
    batch.backfill(FIRST, LAST, "1d")
    known = FeatureService("adhoc", ["points"], request=Request)
    unknown = FeatureService("adhoc", ["changed_at"], request=Request)
    assert batch.training_frame(daily, known, backfilled=True).table.equals(
        batch.training_frame(daily, known).table
    )
    with pytest.raises(NotPublished, match="'customer_profiles' has no backfill"):
        batch.training_frame(daily, unknown, backfilled=True)


def test_a_folder_that_cannot_be_written(shop: Project) -> None:
    shop.offline.parent.mkdir(parents=True, exist_ok=True)
    shop.offline.write_text("a file, where a folder should be")
    with pytest.raises(OfflineError, match=r"backfill of view .* can't be written"):
        BatchDriver(shop).backfill(FIRST, LAST, "1d")


def test_nothing_unfinished_is_left(shop: Project) -> None:
    report = BatchDriver(shop).backfill(FIRST, LAST, "1d")
    for view in report.views:
        assert not [name for name in os.listdir(view.folder) if name.startswith(".")]
        assert view.bytes == sum(p.stat().st_size for p in view.folder.glob("as_of=*/*"))


def test_infinity_and_signs_survive(
    shop: Project, daily: pd.DataFrame, orders: pd.DataFrame
) -> None:
    orders["amount"] = [np.inf, -0.0, 5e-324, np.nan, 1.0]
    batch = BatchDriver(shop)
    batch.backfill(FIRST, LAST, "1d")
    direct = batch.training_frame(daily, "basket").to_pandas()
    stored = batch.training_frame(daily, "basket", backfilled=True).to_pandas()
    assert stored.astype(str).equals(direct.astype(str))
