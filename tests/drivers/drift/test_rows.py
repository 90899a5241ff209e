"""Later rows of a frame's file and of a spine."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from drivers import BatchDriver
from drivers.drift import Period, rows_of_file, rows_of_spine
from drivers.stored.records import RunRecord
from onedag import Project
from onedag.errors import ConfigurationError, DataError, SchemaMismatch

FEATURES = ("basket", "basket_over_mean")


@pytest.fixture
def batch(shop: Project) -> BatchDriver:
    return BatchDriver(shop)


@pytest.fixture
def run(batch: BatchDriver, spine: pd.DataFrame) -> RunRecord:
    return batch.publish(batch.training_frame(spine, "basket"))


def read(path: Path, period: Period | None = None) -> pa.Table:
    found = [table for table, _ in rows_of_file(path, FEATURES, period or Period())]
    return pa.concat_tables(found)


def test_a_spine_gets_the_fitted_values_of_the_run(
    batch: BatchDriver, run: RunRecord, spine: pd.DataFrame
) -> None:
    later = spine.assign(basket=spine["basket"] + 1000.0)
    frame = rows_of_spine(batch, run, later, Period())
    assert frame.fitted == {"basket_mean": 40.0}
    assert frame.to_pandas()["basket_over_mean"].tolist() == [970, 980, 990, 1000, 1010, 1020, 1030]


def test_a_period_of_a_spine_starts_inclusive_and_ends_exclusive(
    batch: BatchDriver, run: RunRecord, spine: pd.DataFrame
) -> None:
    period = Period(datetime(2024, 1, 2, 11), datetime(2024, 1, 5, 12, tzinfo=UTC))
    frame = rows_of_spine(batch, run, spine, period)
    assert frame.to_pandas()["basket"].tolist() == [20.0, 50.0, 60.0, 70.0]
    with pytest.raises(DataError, match=r"None of the spine's 7 rows is from 2030-01-01 00:00 UTC"):
        rows_of_spine(batch, run, spine, Period(datetime(2030, 1, 1)))


def test_a_run_without_the_fitted_values_of_the_code(
    batch: BatchDriver, run: RunRecord, spine: pd.DataFrame
) -> None:
    content = run.to_bytes().replace(b'"fitted": {"basket_mean"', b'"fitted": {"basket_median"')
    with pytest.raises(SchemaMismatch, match="no fitted value 'basket_mean'"):
        rows_of_spine(batch, RunRecord.from_bytes(content), spine, Period())


def test_a_frame_as_it_was_written(batch: BatchDriver, spine: pd.DataFrame, tmp_path: Path) -> None:
    frame = batch.training_frame(spine, "basket", keep=["event_timestamp"])
    path = frame.to_parquet(tmp_path / "frame.parquet")
    assert read(path).equals(frame.table.select(list(FEATURES)))
    period = Period(until=datetime(2024, 1, 2, 11))
    assert read(path, period)["basket"].to_pylist() == [30.0, 40.0]


def test_a_folder_of_files(tmp_path: Path) -> None:
    for number in (1, 2):
        table = pa.table({"basket_over_mean": [0.5], "basket": [float(number)], "more": ["x"]})
        pq.write_table(table, tmp_path / f"{number}.parquet")
    assert read(tmp_path)["basket"].to_pylist() == [1.0, 2.0]


def test_texts_and_times_in_other_forms_are_the_same(tmp_path: Path) -> None:
    texts = pa.array(["a", None])
    forms = {"large": texts.cast(pa.large_string()), "coded": texts.dictionary_encode()}
    times = pa.array([0, 1_000], pa.timestamp("ns"))
    pq.write_table(pa.table({**forms, "at": times}), tmp_path / "x.parquet")
    [(table, _)] = rows_of_file(tmp_path / "x.parquet", ["large", "coded", "at"], Period())
    assert [str(arrow) for arrow in table.schema.types] == [
        "string",
        "string",
        "timestamp[us, tz=UTC]",
    ]
    assert table["large"].to_pylist() == table["coded"].to_pylist() == ["a", None]


def test_what_is_wrong_with_a_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    with pytest.raises(DataError, match=r"x\.parquet can't be read as Parquet"):
        read(path)
    path.write_text("basket\n1.0\n")
    with pytest.raises(DataError, match=r"x\.parquet can't be read as Parquet"):
        read(path)
    pq.write_table(pa.table({"basket": [1.0], "more": [1]}), path)
    with pytest.raises(SchemaMismatch, match=r"lacks 1 of 2 features: basket_over_mean\. Its"):
        read(path)
    pq.write_table(pa.table({"basket": [1.0], "basket_over_mean": [1.0]}), path)
    with pytest.raises(DataError, match="has no column 'event_timestamp'"):
        read(path, Period(datetime(2024, 1, 1)))


def test_a_period_that_ends_before_it_starts() -> None:
    with pytest.raises(ConfigurationError, match="from 2024-01-02 00:00 and before 2024-01-01"):
        Period(datetime(2024, 1, 2), datetime(2024, 1, 1))
    assert not Period()
    assert str(Period()) == "of all times"
