"""The reference service on the real flights: no leak, one answer everywhere, nothing differs."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from drivers import BatchDriver, OnlineDriver
from drivers.stores import open_store
from drivers.verify import verify
from onedag import Project

SERVICE = "departure_delay"
NOON = pd.Timestamp("2013-03-08 17:00", tz="UTC")
KNOWN_COLUMNS = {
    # source: (event time, delay in minutes, the columns that a feature reads)
    "landings": ("landed_at", 90, ["arr_delay", "carrier", "origin", "dest", "tailnum"]),
    "departures": ("left_at", 1, ["dep_delay", "origin"]),
    "weather": ("observed_at", 70, ["temp", "wind_speed", "visib", "precip", "origin"]),
}


def project_on(data: Path, store: str = "memory://") -> Project:
    """The flights project with its data in another folder."""
    return Project(["features"], store=store, root=data.parent)


@pytest.fixture(scope="module")
def spine(flights_data: Path) -> pd.DataFrame:
    """2,000 departures of the weeks around `NOON`, in the order of the file."""
    rows = pd.read_parquet(flights_data / "spine.parquet")
    near = rows[(rows["event_timestamp"] - NOON).abs() < pd.Timedelta(days=10)]
    return near.sample(2000, random_state=0).sort_index()


def test_the_configuration_is_that_of_the_tests(flights_data: Path) -> None:
    root = Path(__file__).parents[2]
    settings = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["onedag"]
    assert settings["modules"] == ["features"]
    assert set(project_on(flights_data).services) == {SERVICE} == set(settings["training"])


def test_at_least_25_features_of_every_kind_asked_for(flights_data: Path) -> None:
    plan = BatchDriver(project_on(flights_data)).plan(SERVICE)
    assert len(plan.features) >= 25
    assert {origin.value for origin in plan.features.values()} == {"store", "computed"}
    assert {node.name for node in plan.fitted} == {"distance_mean", "distance_standard_deviation"}
    for entity in ("carrier", "route", "network"):
        for window in ("3h", "1d", "7d", "30d"):
            assert f"{entity}_late_rate_{window}" in plan.features
            assert f"{entity}_mean_arrival_delay_{window}" in plan.features


def edit_the_future(data: Path, edited: Path, moment: pd.Timestamp) -> None:
    """Copy the data, with everything that became known after a moment turned upside down."""
    edited.mkdir()
    for file in data.glob("*.parquet"):
        rows = pd.read_parquet(file)
        if file.stem in KNOWN_COLUMNS:
            event, minutes, columns = KNOWN_COLUMNS[file.stem]
            future = rows[event] + pd.Timedelta(minutes=minutes) > moment
            assert 0 < future.sum() < len(rows)
            shuffled = rows.loc[future, columns].sample(frac=1, random_state=1).to_numpy()
            rows.loc[future, columns] = shuffled
            numbers = rows[columns].select_dtypes("number").columns
            rows.loc[future, numbers] = 999.0 - rows.loc[future, numbers]
            rows = rows[~future | (np.arange(len(rows)) % 3 > 0)]
        rows.to_parquet(edited / file.name)


def test_nothing_known_after_event_timestamp_enters(
    flights_data: Path, spine: pd.DataFrame, tmp_path: Path
) -> None:
    edit_the_future(flights_data, tmp_path / "data", NOON)
    before = BatchDriver(project_on(flights_data)).training_frame(spine, SERVICE).to_pandas()
    after = BatchDriver(project_on(tmp_path / "data")).training_frame(spine, SERVICE).to_pandas()
    past = (spine["event_timestamp"] <= NOON).to_numpy()
    assert 500 < past.sum() < 1500
    pd.testing.assert_frame_equal(after[past], before[past], check_exact=True)
    stored = [name for name in before if name.split("_")[0] in ("carrier", "route", "network")]
    changed = after[~past][stored].ne(before[~past][stored]).mean()
    assert (changed > 0.3).all(), "the edit must be one that a leak would show"


def test_the_delays_keep_out_what_is_not_known_yet(flights_data: Path) -> None:
    """A row that becomes known one microsecond after t isn't in t's window; at t it is."""
    landings = pd.read_parquet(flights_data / "landings.parquet")
    known = (landings["landed_at"] + pd.Timedelta(minutes=90)).iloc[1000]
    times = [known - pd.Timedelta(microseconds=1), known]
    spine = pd.read_parquet(flights_data / "spine.parquet").iloc[:1]
    rows = pd.concat([spine.assign(event_timestamp=time) for time in times])
    frame = BatchDriver(project_on(flights_data)).training_frame(rows, SERVICE).to_pandas()
    earlier, later = frame["network_mean_arrival_delay_7d"]
    for moment, mean in zip(times, (earlier, later), strict=True):
        visible = landings["landed_at"] + pd.Timedelta(minutes=90) <= moment
        recent = landings["landed_at"] > moment - pd.Timedelta(days=7)
        assert mean == landings.loc[visible & recent, "arr_delay"].mean()
    assert earlier != later


def test_the_same_cells_on_every_store(
    flights_data: Path, spine: pd.DataFrame, tmp_path: Path, redis_url: str
) -> None:
    project = project_on(flights_data)
    frame = BatchDriver(project).training_frame(spine, SERVICE)
    fields = list(frame.plan.fields)
    now = spine[(spine["event_timestamp"] - NOON).abs() < pd.Timedelta(hours=12)]
    rows = now.assign(event_timestamp=NOON)[["event_timestamp", *fields]]
    asked = rows.astype(object).where(rows.notna(), None).to_dict("records")
    answers = []
    for url in ("memory://", "sqlite:///flights.db", f"{redis_url}?namespace=flights"):
        store = open_store(url, tmp_path)
        batch = BatchDriver(project, store=store)
        batch.publish(frame)
        batch.materialize(as_of=NOON.to_pydatetime())
        answers.append(OnlineDriver(project, store=store).features(SERVICE, asked))
        store.close()
    trained = BatchDriver(project).training_frame(rows, SERVICE, fitted=frame.fitted)
    expected = trained.to_pandas().reset_index(drop=True)
    for answer in answers:
        pd.testing.assert_frame_equal(answer.to_pandas(), expected, check_exact=True)
        assert answer.statuses == answers[0].statuses


def test_verify_finds_no_cell_that_differs_on_1000_flights(
    flights_data: Path, spine: pd.DataFrame
) -> None:
    report = verify(project_on(flights_data), SERVICE, spine, rows=1000, whole=2)
    assert report.ok, str(report)
    assert (report.rows, report.whole) == (1000, 2)


def test_as_of_a_moment_of_the_year(flights_data: Path) -> None:
    """One vector, from history alone, by pandas alone."""
    moment = datetime(2013, 6, 3, 15)
    landings = pd.read_parquet(flights_data / "landings.parquet")
    seen = landings[landings["landed_at"] <= pd.Timestamp(moment, tz="UTC") - pd.Timedelta("90min")]
    mine = seen[seen["carrier"] == "UA"]
    day = mine[mine["landed_at"] > pd.Timestamp(moment, tz="UTC") - pd.Timedelta("24h")]
    spine = pd.read_parquet(flights_data / "spine.parquet").query("carrier == 'UA'").iloc[:1]
    frame = BatchDriver(project_on(flights_data)).training_frame(
        spine.assign(event_timestamp=moment, tailnum=day["tailnum"].iloc[-1]), SERVICE
    )
    row = frame.to_pandas().iloc[0]
    assert row["carrier_late_rate_1d"] == (day["arr_delay"] >= 15).mean()
    assert row["carrier_mean_arrival_delay_1d"] == day["arr_delay"].mean()
    last = seen[seen["tailnum"] == day["tailnum"].iloc[-1]].sort_values("landed_at").iloc[-1]
    assert row["plane_last_arrival_delay"] == last["arr_delay"]
