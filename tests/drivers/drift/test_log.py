"""Later rows of the served log, as servers write it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from drivers import BatchDriver
from drivers.drift import Period, logged_features, rows_of_log
from drivers.stored.records import RunRecord
from onedag import Project
from onedag.dtypes import TIMESTAMP
from onedag.errors import DataError

FEATURES = ("basket", "is_loyal")


@pytest.fixture
def run(shop: Project, spine: pd.DataFrame) -> RunRecord:
    batch = BatchDriver(shop)
    return batch.publish(batch.training_frame(spine, "basket"))


def write(folder: Path, run: RunRecord, name: str, *hours: int, without: str = "") -> Path:
    """A file of the log: a row for each hour, whose basket is the hour."""
    names = pa.dictionary(pa.int8(), pa.string())
    columns = {
        "request_id": pa.array([f"r{hour}" for hour in hours]),
        "served_at": pa.array([datetime(2024, 2, 1, h, tzinfo=UTC) for h in hours], TIMESTAMP),
        "feature.basket": pa.array([float(hour) for hour in hours]),
        "status.basket": pa.array(["PRESENT"] * len(hours)).cast(names),
        "feature.is_loyal": pa.array([None] * len(hours), pa.bool_()),
        "status.is_loyal": pa.array(["MISSING"] * len(hours)).cast(names),
    }
    path = folder / run.service / run.run_id / name
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {of: column for of, column in columns.items() if of != f"feature.{without}"}
    pq.write_table(pa.table(kept), path)
    return path


def test_the_files_of_the_run_are_read(run: RunRecord, tmp_path: Path) -> None:
    write(tmp_path, run, "20240201T01-a-1.parquet", 1, 2)
    write(tmp_path, run, "20240201T03-a-2.parquet", 3)
    write(tmp_path, run, ".20240201T05-a-3.parquet.unfinished", 5)
    write(tmp_path, run, ".20240201T05-a-3.parquet", 5)
    assert logged_features(tmp_path, run) == FEATURES[::-1]  # in the order of the run
    found = list(rows_of_log(tmp_path, run, FEATURES, Period()))
    assert [table["basket"].to_pylist() for table, _ in found] == [[1.0, 2.0], [3.0]]
    assert [codes["is_loyal"].tolist() for _, codes in found] == [[3, 3], [3]]
    assert [codes["basket"].tolist() for _, codes in found] == [[0, 0], [0]]


def test_a_period_is_of_the_time_of_serving(run: RunRecord, tmp_path: Path) -> None:
    write(tmp_path, run, "a.parquet", 1, 2, 3, 4)
    period = Period(datetime(2024, 2, 1, 2), datetime(2024, 2, 1, 4))
    [(table, codes)] = rows_of_log(tmp_path, run, FEATURES, period)
    assert table["basket"].to_pylist() == [2.0, 3.0]
    assert len(codes["basket"]) == 2


def test_what_a_server_does_not_log_is_not_compared(run: RunRecord, tmp_path: Path) -> None:
    write(tmp_path, run, "a.parquet", 1, without="is_loyal")
    assert logged_features(tmp_path, run) == ("basket",)


def test_what_one_of_two_servers_does_not_log_is_not_compared(
    run: RunRecord, tmp_path: Path
) -> None:
    write(tmp_path, run, "a.parquet", 1)
    write(tmp_path, run, "b.parquet", 2, without="is_loyal")
    assert logged_features(tmp_path, run) == ("basket",)
    found = rows_of_log(tmp_path, run, ("basket",), Period())
    assert [table["basket"].to_pylist() for table, _ in found] == [[1.0], [2.0]]


def test_another_run_is_not_this_one(run: RunRecord, tmp_path: Path) -> None:
    write(tmp_path, run, "a.parquet", 1)
    content = run.to_bytes().replace(run.run_id.encode(), b"basket-later")
    with pytest.raises(DataError, match=rf"no log of run basket-later .* has: {run.run_id}\."):
        logged_features(tmp_path, RunRecord.from_bytes(content))


def test_what_is_wrong_with_a_log_is_said(run: RunRecord, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Nor of another run"):
        logged_features(tmp_path, run)
    path = write(tmp_path, run, "a.parquet", 1)
    pq.write_table(pa.table({"served_at": [1]}), path)
    with pytest.raises(DataError, match="no feature of it in all of its 1 files"):
        logged_features(tmp_path, run)
    path.write_bytes(b"PAR1")
    with pytest.raises(DataError, match="can't be read as a served log"):
        logged_features(tmp_path, run)
    with pytest.raises(DataError, match=r"a\.parquet can't be read as a served log"):
        list(rows_of_log(tmp_path, run, FEATURES, Period()))


def test_a_file_that_goes_while_the_log_is_read_is_left_out(run: RunRecord, tmp_path: Path) -> None:
    first = write(tmp_path, run, "a.parquet", 1)
    second = write(tmp_path, run, "b.parquet", 2)
    rows = rows_of_log(tmp_path, run, FEATURES, Period())
    next(rows)
    second.unlink()
    assert first.exists()
    assert list(rows) == []
