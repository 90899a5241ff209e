"""The property that all else is for: a training row is what a request at its time gets.

Random histories, random spines. Each row of the training frame is replayed against a store that was
materialized as of the row's time, and must come back bit for bit, with its dtypes and statuses.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.batch import BatchDriver
from drivers.frames import TrainingFrame
from drivers.history.chunks import Sizes
from drivers.online import OnlineDriver
from drivers.serving.vectors import FeatureVectors
from drivers.stored.packing import types_of
from drivers.stores import Store, open_store
from drivers.verify import verify
from onedag import Project
from onedag.dtypes import to_series
from onedag.status import Status, of_codes
from onedag.testing import oracle

FEATURES = """
import pandas as pd
import pydantic
from datetime import datetime
from onedag import Entity, FeatureService, Source, aggregate, latest

plane = Entity("plane", "plane_id")
route = Entity("route", ["origin", "dest"])

landings = Source("landings", LANDINGS, timestamp="landed_at", known_at="known_at")
fuellings = Source("fuellings", FUELLINGS, timestamp="fuelled_at", delay="90min")
planes = Source("planes", PLANES, timestamp="changed_at", key=plane)


# Stored

@latest(landings, by=plane, max_age="2h")
def last_delay(arr_delay: pd.Series) -> pd.Series:
    return arr_delay


@latest(landings, by=plane, refresh="3h", max_age="4h")
def last_seats(seats: pd.Series) -> pd.Series:
    return seats * 2


@latest(landings, by=plane)
def last_note(note: pd.Series) -> pd.Series:
    return note.str.upper()


@latest(landings, by=route)
def last_diverted(diverted: pd.Series) -> pd.Series:
    return diverted


@latest(landings, by=None)
def newest_landing(event_timestamp: pd.Series) -> pd.Series:
    return event_timestamp


def was_late(arr_delay: pd.Series) -> pd.Series:
    return arr_delay >= 1.0


@aggregate(landings, by=plane, over=["2h", "5h"])
def late_rate(was_late: pd.Series) -> float:
    return was_late.mean()


@aggregate(landings, by=route, over="3h")
def route_delay(arr_delay: pd.Series) -> float:
    return arr_delay.sum()


@aggregate(landings, by=route, over="3h", refresh="2h")
def route_notes(note: pd.Series) -> str | None:
    return note.iloc[-1] if len(note) else None


@aggregate(landings, by=None, over="4h")
def network_seats(seats: pd.Series) -> int:
    return seats.sum()


@aggregate(landings, by=None)
def any_diverted(diverted: pd.Series) -> bool:
    return diverted.any()


@aggregate(landings, by=plane, over="5h")
def last_landing(event_timestamp: pd.Series) -> datetime | None:
    return event_timestamp.max()


@aggregate(landings, by=plane, over="5h")
def most_seats(seats: pd.Series) -> int | None:
    return seats.max()


@aggregate(fuellings, by=plane, over=["1h", "4h"])
def fuel(litres: pd.Series) -> float:
    return litres.sum()


@aggregate(fuellings, by=plane)
def median_fuel(litres: pd.Series) -> float:
    return litres.median()


@aggregate(fuellings, by=plane, over="4h")
def fuel_per_stop(litres: pd.Series, stops: pd.Series) -> float:
    return litres.sum() / stops.sum()


# Above the boundary of another view: the fuelling is the row that looks the delay up.

@aggregate(fuellings, by=plane, over="4h")
def delay_when_fuelled(last_delay: pd.Series) -> float:
    return last_delay.max()


# Row functions

def typical_delay(last_delay: pd.Series) -> float:
    return last_delay.mean()


def typical_excess(above_typical: pd.Series, weight: float = 2.0) -> float:
    return (above_typical * weight).max()


def above_typical(last_delay: pd.Series, typical_delay: float) -> pd.Series:
    return last_delay - typical_delay


def above_typical_per_km(above_typical: pd.Series, distance: pd.Series) -> pd.Series:
    return above_typical / distance


def far_above(above_typical: pd.Series, typical_excess: float) -> pd.Series:
    return above_typical >= typical_excess


def seats_per_km(last_seats: pd.Series, distance: pd.Series) -> pd.Series:
    return last_seats / distance


def since_landing(event_timestamp: pd.Series, last_landing_5h: pd.Series) -> pd.Series:
    return (event_timestamp - last_landing_5h).dt.total_seconds()


def hour(event_timestamp: pd.Series) -> pd.Series:
    return event_timestamp.dt.hour


def label(last_note: pd.Series, model: pd.Series) -> pd.Series:
    return last_note + "/" + model


def is_wide(width: pd.Series) -> pd.Series:
    return width > 1.0


def noted(last_note: pd.Series) -> pd.Series:
    return last_note.notna()


class Request(pydantic.BaseModel):
    plane_id: str | None
    origin: str
    dest: int | None
    distance: float | None = None


flight = FeatureService(
    "flight",
    ["last_delay", "last_seats", "last_note", "last_diverted", "newest_landing", "late_rate_2h",
     "late_rate_5h", "route_delay_3h", "route_notes_3h", "network_seats_4h", "any_diverted",
     "last_landing_5h", "most_seats_5h", "fuel_1h", "fuel_4h", "median_fuel", "fuel_per_stop_4h",
     "delay_when_fuelled_4h",
     "above_typical", "above_typical_per_km", "far_above", "seats_per_km", "since_landing",
     "hour", "label", "is_wide", "noted", "model", "year", "width", "distance", "dest",
     "event_timestamp"],
    request=Request,
)
"""

MakeModule: TypeAlias = Callable[..., ModuleType]
START = datetime(2026, 1, 1, tzinfo=UTC)
_SETTINGS = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

_PLANES = st.sampled_from(["N1", "N|2", "", "é\\", None])
_DESTS = st.sampled_from([7, -1, 2**62, None])
_FLOATS = st.sampled_from([0.0, 0.1, 1.0, -2.5, 1e16, 1e-3, None, float("nan"), float("inf")])
_STEPS = st.integers(-4, 12).map(lambda step: START + step * timedelta(minutes=30))
_LATE = st.sampled_from([0, 0, 30, 60, 300, -60, None])


_MOMENT = pa.timestamp("us", "UTC")
_LANDINGS_SCHEMA = pa.schema(
    {
        "plane_id": pa.string(),
        "origin": pa.string(),
        "dest": pa.int64(),
        "landed_at": _MOMENT,
        "known_at": _MOMENT,
        "arr_delay": pa.float64(),
        "seats": pa.int32(),
        "diverted": pa.bool_(),
        "note": pa.large_string(),
    }
)
_FUELLINGS_SCHEMA = pa.schema(
    {
        "plane_id": pa.string(),
        "fuelled_at": pa.timestamp("ns"),
        "litres": pa.float64(),
        "stops": pa.uint8(),
    }
)
_PLANES_SCHEMA = pa.schema(
    {
        "plane_id": pa.string(),
        "changed_at": pa.timestamp("ms", "Europe/Rome"),
        "model": pa.dictionary(pa.int8(), pa.string()),
        "year": pa.int16(),
        "width": pa.float32(),
    }
)


@st.composite
def _landings(draw: st.DrawFn) -> pa.Table:
    def row() -> dict[str, Any]:
        landed_at, late = draw(_STEPS), draw(_LATE)
        return {
            "plane_id": draw(_PLANES),
            "origin": draw(st.sampled_from(["JFK", "LGA"])),
            "dest": draw(_DESTS),
            "landed_at": landed_at,
            "known_at": None if late is None else landed_at + timedelta(minutes=late),
            "arr_delay": draw(_FLOATS),
            "seats": draw(st.sampled_from([1, 0, 180, -5, None])),
            "diverted": draw(st.sampled_from([True, False, None])),
            "note": draw(st.sampled_from(["x", "", "ß", None])),
        }

    rows = [row() for _ in range(draw(st.integers(0, 12)))]
    return pa.Table.from_pylist(rows, _LANDINGS_SCHEMA)


@st.composite
def _fuellings(draw: st.DrawFn) -> pa.Table:
    rows = [
        {
            "plane_id": draw(_PLANES),
            "fuelled_at": draw(_STEPS).replace(tzinfo=None),
            "litres": draw(_FLOATS),
            "stops": draw(st.sampled_from([0, 1, 2])),
        }
        for _ in range(draw(st.integers(0, 8)))
    ]
    return pa.Table.from_pylist(rows, _FUELLINGS_SCHEMA)


@st.composite
def _planes(draw: st.DrawFn) -> pa.Table:
    rows = [
        {
            "plane_id": draw(_PLANES),
            "changed_at": draw(_STEPS),
            "model": draw(st.sampled_from(["A", "B", None])),
            "year": draw(st.sampled_from([1999, None])),
            "width": draw(_FLOATS),
        }
        for _ in range(draw(st.integers(0, 6)))
    ]
    return pa.Table.from_pylist(rows, _PLANES_SCHEMA)


@st.composite
def _spines(draw: st.DrawFn) -> pd.DataFrame:
    offsets = st.sampled_from([timedelta(0), timedelta(0), timedelta(microseconds=1)])
    times = draw(st.lists(st.builds(lambda t, o: t + o, _STEPS, offsets), min_size=1, max_size=4))
    rows = [
        {
            "event_timestamp": draw(st.sampled_from(times)),
            "plane_id": draw(_PLANES),
            "origin": draw(st.sampled_from(["JFK", "LGA", "nowhere"])),
            "dest": draw(_DESTS),
            "distance": draw(st.sampled_from([0.0, 3.0, None])),
        }
        for _ in range(draw(st.integers(1, 8)))
    ]
    index = draw(st.lists(st.integers(0, 3), min_size=len(rows), max_size=len(rows)))
    types = {"plane_id": "str", "dest": "Int64", "distance": "float64"}
    return pd.DataFrame(rows, index=index).astype(types)


@pytest.fixture(params=["sqlite", "redis"])
def open_a_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    opened: list[Store] = []

    def open_one() -> Store:
        """A store that nothing was written to."""
        name = secrets.token_hex(8)
        url = f"sqlite:///{name}.db"
        if request.param == "redis":
            url = f"{request.getfixturevalue('redis_url')}?namespace={name}"
        opened.append(open_store(url, tmp_path))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@settings(_SETTINGS, max_examples=25)
@given(landings=_landings(), fuellings=_fuellings(), planes=_planes(), spine=_spines())
def test_a_request_gets_what_the_training_row_has(
    make_module: MakeModule,
    landings: pa.Table,
    fuellings: pa.Table,
    planes: pa.Table,
    spine: pd.DataFrame,
) -> None:
    project = _project(make_module, landings, fuellings, planes)
    _replay(project, open_store("memory://", Path()), spine)


@settings(_SETTINGS, max_examples=10)
@given(landings=_landings(), fuellings=_fuellings(), planes=_planes(), spine=_spines())
def test_so_on_other_stores(
    make_module: MakeModule,
    open_a_store: Callable[[], Store],
    landings: pa.Table,
    fuellings: pa.Table,
    planes: pa.Table,
    spine: pd.DataFrame,
) -> None:
    _replay(_project(make_module, landings, fuellings, planes), open_a_store(), spine)


@settings(_SETTINGS, max_examples=15)
@given(landings=_landings(), fuellings=_fuellings(), planes=_planes(), spine=_spines())
def test_verify_finds_nothing(
    make_module: MakeModule,
    landings: pa.Table,
    fuellings: pa.Table,
    planes: pa.Table,
    spine: pd.DataFrame,
) -> None:
    """Rows of mixed times in one request, each with the values of its own time."""
    project = _project(make_module, landings, fuellings, planes)
    report = verify(project, "flight", spine, rows=3 * len(spine) + 1, whole=1)
    assert report.ok, str(report)
    assert report.cells == 33 * (4 * len(spine) + 2)


def _replay(project: Project, store: Store, spine: pd.DataFrame) -> None:
    """Each row as a request at its time, with the other rows of that time and alone."""
    batch, online = BatchDriver(project, store=store), OnlineDriver(project, store=store)
    frame = batch.training_frame(spine, "flight")
    batch.publish(frame)
    pandas = frame.to_pandas()
    assert list(pandas.columns) == list(project.services["flight"].features)
    assert pandas.index.equals(spine.index)
    times = spine["event_timestamp"]
    for time in sorted(set(times)):
        batch.materialize(as_of=time)
        positions = np.flatnonzero(times == time)
        vectors = online.features("flight", _requests(spine.iloc[positions]))
        _assert_same(vectors, frame, positions)
        assert pandas.iloc[positions].reset_index(drop=True).equals(vectors.to_pandas())
        for place, position in enumerate(positions):
            alone = online.features("flight", _requests(spine.iloc[[position]]))
            _assert_same(alone, frame, np.array([position]))
            assert alone.statuses == vectors.statuses[place : place + 1]


@pytest.mark.parametrize("width", [None, float("nan"), float("inf"), -0.0])
@pytest.mark.parametrize("model", [None, "A"])
@pytest.mark.parametrize("plane_id", [None, "N1"])
def test_a_single_row(
    make_module: MakeModule, width: float | None, model: str | None, plane_id: str | None
) -> None:
    """A NaN in a file is null everywhere; a column of one null has the dtype of any other."""
    plane = {"plane_id": "N1", "changed_at": START, "model": model, "year": None, "width": width}
    planes = pa.Table.from_pylist([plane], _PLANES_SCHEMA)
    project = _project(
        make_module, _LANDINGS_SCHEMA.empty_table(), _FUELLINGS_SCHEMA.empty_table(), planes
    )
    row = {"event_timestamp": START, "plane_id": plane_id, "origin": "JFK", "dest": None}
    spine = pd.DataFrame([row]).astype({"plane_id": "str", "dest": "Int64"})
    _replay(project, open_store("memory://", Path()), spine)


def test_refreshes_before_1970(make_module: MakeModule) -> None:
    """Ticks are at or before the row's time, also where counting from 1970 is counting down.

    hour     -9      -7  -6  -5  -4  -3  -2          (of 1970 UTC)
    ticks    |           |           |               refresh="3h"
    landing           1       2
    seats                |---1-------|---2-------    until 4 hours old, at -1
    """
    epoch = datetime(1970, 1, 1, tzinfo=UTC)

    def landing(hour: int, seats: int) -> dict[str, Any]:
        time = epoch + timedelta(hours=hour)
        place = {"plane_id": "N1", "origin": "JFK", "dest": 7}
        return {**place, "landed_at": time, "known_at": time, "seats": seats}

    project = _project(
        make_module,
        pa.Table.from_pylist([landing(-7, 1), landing(-5, 2)], _LANDINGS_SCHEMA),
        _FUELLINGS_SCHEMA.empty_table(),
        _PLANES_SCHEMA.empty_table(),
    )
    place = {"plane_id": "N1", "origin": "JFK", "dest": 7, "distance": None}
    hours = [-7, -6, -5, -4, -3, -2, -1, 0]
    spine = pd.DataFrame(
        [{"event_timestamp": epoch + timedelta(hours=hour), **place} for hour in hours]
    )
    frame = BatchDriver(project).training_frame(spine, "flight")
    assert frame.table["last_seats"].to_pylist() == [None, 2, 2, 2, 4, 4, 4, None]
    statuses = frame.statuses("last_seats")
    assert [statuses[0], statuses[1], statuses[-1]] == ["MISSING", "PRESENT", "STALE"]
    _replay(project, open_store("memory://", Path()), spine)


@settings(_SETTINGS, max_examples=30)
@given(landings=_landings(), fuellings=_fuellings(), planes=_planes(), time=_STEPS)
def test_what_is_stored_for_a_key_is_what_its_training_row_has(
    make_module: MakeModule,
    landings: pa.Table,
    fuellings: pa.Table,
    planes: pa.Table,
    time: datetime,
) -> None:
    """For every key, those that no request names among them."""
    project = _project(make_module, landings, fuellings, planes)
    store = open_store("memory://", Path())
    batch, online = BatchDriver(project, store=store), OnlineDriver(project, store=store)
    pairs = {(row["plane_id"], row["dest"]) for row in landings.to_pylist()}
    pairs |= {(row["plane_id"], None) for row in (fuellings.to_pylist() + planes.to_pylist())}
    spine = pd.DataFrame(
        [
            {"event_timestamp": time, "plane_id": one, "origin": origin, "dest": dest}
            for one, dest in sorted(pairs, key=str) or [(None, None)]
            for origin in ("JFK", "LGA")
        ]
    ).astype({"plane_id": "str", "dest": "Int64"})
    frame = batch.training_frame(spine, "flight")
    batch.publish(frame)
    batch.materialize(as_of=time)
    _assert_same(online.features("flight", _requests(spine)), frame, np.arange(len(spine)))


@settings(_SETTINGS, max_examples=50)
@given(landings=_landings(), fuellings=_fuellings(), planes=_planes(), spine=_spines())
def test_the_frame_is_what_the_oracle_says(
    make_module: MakeModule,
    landings: pa.Table,
    fuellings: pa.Table,
    planes: pa.Table,
    spine: pd.DataFrame,
) -> None:
    """Both drivers could be wrong alike: here the frame meets the sentence of the design."""
    frame = BatchDriver(_project(make_module, landings, fuellings, planes)).training_frame(
        spine, "flight"
    )
    history = [_timed(row) for row in landings.to_pylist()]
    fuelled = [_fuelled(row, history) for row in fuellings.to_pylist()]
    for position, moment in enumerate(_requests(spine)):
        t = _micros(moment["event_timestamp"])
        of_plane = oracle.of_key(history, ["plane_id"], moment)
        of_route = oracle.of_key(history, ["origin", "dest"], moment)
        seats = oracle.latest_value(
            of_plane, "seats", t, timedelta(hours=4), refresh=timedelta(hours=3)
        )
        stops_of_plane = oracle.of_key(fuelled, ["plane_id"], moment)
        expected = {
            "delay_when_fuelled_4h": _aggregate(
                stops_of_plane, t, 4, lambda x: x.max(), last_delay="float64"
            ),
            "last_delay": oracle.latest_value(of_plane, "arr_delay", t, timedelta(hours=2)),
            "last_seats": (None if seats[0] is None else seats[0] * 2, seats[1]),
            "last_diverted": oracle.latest_value(of_route, "diverted", t),
            "any_diverted": _aggregate(history, t, None, lambda x: x.any(), diverted="boolean"),
            "network_seats_4h": _aggregate(history, t, 4, lambda x: x.sum(), seats="Int64"),
            "most_seats_5h": _aggregate(of_plane, t, 5, lambda x: x.max(), seats="Int64"),
            "late_rate_2h": _aggregate(
                of_plane, t, 2, lambda x: (x >= 1.0).mean(), arr_delay="float64"
            ),
            "route_notes_3h": _aggregate(
                of_route,
                oracle.tick(t, timedelta(hours=2)),
                3,
                lambda x: x.iloc[-1] if len(x) else None,
                note="str",
            ),
        }
        for name, (value, status) in expected.items():
            assert frame.table[name][position].as_py() == value, name
            assert frame.statuses(name)[position] == status, name


@settings(_SETTINGS, max_examples=20)
@given(
    landings=_landings(),
    fuellings=_fuellings(),
    planes=_planes(),
    spine=_spines(),
    sizes=st.builds(
        Sizes,
        memory=st.sampled_from([0, 1_000, 10**6]),
        chunk_rows=st.integers(1, 4),
        piece_rows=st.integers(1, 3),
        part_rows=st.integers(1, 4),
    ),
)
def test_the_size_of_chunks_changes_nothing(
    make_module: MakeModule,
    landings: pa.Table,
    fuellings: pa.Table,
    planes: pa.Table,
    spine: pd.DataFrame,
    sizes: Sizes,
    tmp_path: Path,
) -> None:
    project = _project(make_module, landings, fuellings, planes, offline=tmp_path)
    whole = BatchDriver(project).training_frame(spine, "flight")
    chunked = BatchDriver(project, sizes=sizes).training_frame(spine, "flight")
    assert chunked.schema == whole.schema
    assert chunked.table.equals(whole.table)
    assert chunked.fitted == whole.fitted or np.isnan(list(whole.fitted.values())).any()
    assert chunked.to_pandas().equals(whole.to_pandas())
    for name in whole.features:
        assert chunked.statuses(name) == whole.statuses(name)


@settings(_SETTINGS, max_examples=15)
@given(data=st.data(), landings=_landings(), planes=_planes(), spine=_spines())
def test_the_order_of_a_spine_changes_its_order_only(
    make_module: MakeModule,
    data: st.DataObject,
    landings: pa.Table,
    planes: pa.Table,
    spine: pd.DataFrame,
) -> None:
    project = _project(make_module, landings, landings_as_fuel(landings), planes)
    batch = BatchDriver(project)
    order = data.draw(st.permutations(range(len(spine))))
    whole = batch.training_frame(spine, "flight", keep=["origin"])
    fitted = whole.fitted
    moved = batch.training_frame(spine.iloc[order], "flight", keep=["origin"], fitted=fitted)
    twice = batch.training_frame(
        pd.concat([spine, spine]), "flight", keep=["origin"], fitted=fitted
    )
    assert moved.table.equals(whole.table.take(order))
    assert moved.to_pandas().equals(whole.to_pandas().iloc[order])
    assert twice.table.equals(pa.concat_tables([whole.table, whole.table]))


def landings_as_fuel(landings: pa.Table) -> pa.Table:
    """Fuellings at the same times as landings: two sources with one history each."""
    columns = {
        "plane_id": landings["plane_id"],
        "fuelled_at": landings["landed_at"],
        "litres": landings["arr_delay"],
    }
    return pa.table({**columns, "stops": pa.array([1] * landings.num_rows, pa.int64())})


def _project(
    make_module: MakeModule,
    landings: pa.Table,
    fuellings: pa.Table,
    planes: pa.Table,
    offline: str | Path = ".onedag/offline",
) -> Project:
    module = make_module(FEATURES, "parity", LANDINGS=landings, FUELLINGS=fuellings, PLANES=planes)
    return Project(modules=[module], store="memory://", offline=offline)


def _requests(spine: pd.DataFrame) -> list[dict[str, Any]]:
    rows = spine.astype(object).where(spine.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _assert_same(vectors: FeatureVectors, frame: TrainingFrame, positions: Any) -> None:
    rows = frame.table.select(list(frame.features)).take(positions)
    assert vectors.schema == frame.schema
    assert vectors.run_id == frame.run_id
    types = types_of(frame.schema)
    for name in frame.features:
        found, expected = vectors.table[name].combine_chunks(), rows[name].combine_chunks()
        assert _bits(found) == _bits(expected), name
        assert to_series(found, types[name]).dtype == to_series(expected, types[name]).dtype
        expected_statuses = of_codes(frame.status_codes()[name][positions])
        assert [row[name] for row in vectors.statuses] == expected_statuses, name


def _bits(array: pa.Array) -> list[object]:
    """Every bit of a value; a NaN and a null differ, and 0.0 and -0.0 do."""
    values = array.to_pylist()
    return [value.hex() if isinstance(value, float) else value for value in values]


def _timed(row: Mapping[str, Any]) -> dict[str, Any]:
    known = row["known_at"]
    return {
        **{name: oracle.plain(value) for name, value in row.items()},
        oracle.EVENT: _micros(row["landed_at"]),
        oracle.KNOWN: None if known is None else _micros(known),
    }


def _fuelled(row: Mapping[str, Any], landings: list[dict[str, Any]]) -> dict[str, Any]:
    """A fuelling, known 90 minutes later, with the plane's last delay as of its own time."""
    event = _micros(row["fuelled_at"].replace(tzinfo=UTC))
    of_plane = oracle.of_key(landings, ["plane_id"], row)
    delay, _ = oracle.latest_value(of_plane, "arr_delay", event, timedelta(hours=2))
    known = event + 90 * 60 * 10**6
    return {**row, "last_delay": delay, oracle.EVENT: event, oracle.KNOWN: known}


def _micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _aggregate(
    rows: list[dict[str, Any]],
    t: int,
    hours: int | None,
    function: Callable[[pd.Series], Any],
    **inputs: str,
) -> tuple[object, Status]:
    [name] = inputs
    inside = oracle.window(rows, t, None if hours is None else timedelta(hours=hours))
    found = oracle.value(lambda **columns: function(columns[name]), inputs, inside)
    return found, oracle.aggregate_status(rows, t, found)
