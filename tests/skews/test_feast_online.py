"""Skews of Feast 0.67 in its online stores; each test runs on memory, SQLite and a real Redis."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from drivers import BatchDriver, FeatureVectors, OnlineDriver
from drivers.stores import Store
from onedag import FixedClock, Project

MakeProject = Callable[..., Project]

FEATURES = """
import pandas as pd
import pydantic
from onedag import Entity, FeatureService, Source, latest

customer = Entity("customer", "customer_id")
profiles = Source("profiles", "data/profiles.parquet", timestamp="changed_at")

@latest(profiles, by=customer, max_age="1d")
def points(points_then: pd.Series) -> pd.Series:
    return points_then

@latest(profiles, by=customer)
def level(level_then: pd.Series) -> pd.Series:
    return level_then

class Visit(pydantic.BaseModel):
    customer_id: int

visit = FeatureService("visit", ["points", "level"], Visit)
"""


def day(number: int, hour: int = 0) -> datetime:
    return datetime(2024, 1, number, hour)


def profiles(*rows: tuple[int, datetime, float | None, str | None]) -> pd.DataFrame:
    """Rows of customer, time, points and level."""
    names = ["customer_id", "changed_at", "points_then", "level_then"]
    return pd.DataFrame(rows, columns=names).astype({"level_then": "str", "points_then": "float"})


HISTORY = profiles(
    (1, day(2), 10.0, "silver"),
    (2, day(2), None, None),
    (1, day(4), 20.0, "gold"),
)


class Shop:
    """One project, whose file changes, on one store."""

    def __init__(self, make_project: MakeProject, store: Store) -> None:
        self._make = make_project
        self.store = store
        self.project = make_project(FEATURES, profiles=HISTORY)
        batch = BatchDriver(self.project, store=store)
        spine = pd.DataFrame({"event_timestamp": [day(3)], "customer_id": [1]})
        batch.publish(batch.training_frame(spine, "visit"))

    def materialize(self, as_of: datetime, **options: Any) -> Any:
        return BatchDriver(self.project, store=self.store).materialize(as_of, **options)

    def replace(self, history: pd.DataFrame) -> None:
        self._make(FEATURES, profiles=history)

    def ask(self, now: datetime, *customers: int) -> FeatureVectors:
        online = OnlineDriver(self.project, FixedClock(now), store=self.store)
        return online.features("visit", [{"customer_id": number} for number in customers])

    def trained(self, at: datetime, customer: int) -> dict[str, Any]:
        spine = pd.DataFrame({"event_timestamp": [at], "customer_id": [customer]})
        frame = BatchDriver(self.project, store=self.store).training_frame(spine, "visit")
        row: dict[str, Any] = frame.table.to_pylist()[0]
        return row


@pytest.fixture
def shop(make_project: MakeProject, store: Store) -> Shop:
    return Shop(make_project, store)


def test_a_time_to_live_is_not_applied_online(shop: Shop) -> None:
    """The training join leaves stale values out, and the store goes on serving them.

    Here `max_age` is measured at the row's own time on both sides, bound included.
    """
    shop.materialize(day(2, 1))
    fresh, stale = (shop.ask(now, 1) for now in (day(3), day(3, 1)))
    assert fresh.to_dicts() == [{"points": 10.0, "level": "silver"}]
    assert stale.to_dicts() == [{"points": None, "level": "silver"}]
    assert stale.statuses == [{"points": "STALE", "level": "PRESENT"}]
    assert shop.trained(day(3, 1), 1) == stale.to_dicts()[0]


def test_a_key_that_nobody_knows_reads_as_present(shop: Shop) -> None:
    """Redis answers a missing key with nothing, which becomes a null that is called present.

    Here no row, a row with a null, and a row with a value have a status each, on every store.
    """
    shop.materialize(day(2, 1))
    answer = shop.ask(day(2, 1), 1, 2, 99)
    assert [row["points"] for row in answer.to_dicts()] == [10.0, None, None]
    assert [row["points"] for row in answer.statuses] == ["PRESENT", "NULL", "MISSING"]
    assert [row["level"] for row in answer.statuses] == ["PRESENT", "NULL", "MISSING"]


@pytest.mark.parametrize("later", [day(2, 1), day(2, 2)], ids=["same moment", "later"])
def test_a_correction_of_the_same_event_time(shop: Shop, later: datetime) -> None:
    """Redis keeps the value it has when the event time isn't newer; SQLite takes the other.

    Here of rows of one time the later one in the source counts, on every store and in training.
    """
    shop.materialize(day(2, 1))
    assert shop.ask(day(2, 1), 1).to_dicts() == [{"points": 10.0, "level": "silver"}]
    shop.replace(pd.concat([HISTORY, profiles((1, day(2), 11.0, "bronze"))]))
    shop.materialize(later)
    corrected = [{"points": 11.0, "level": "bronze"}]
    assert shop.ask(later, 1).to_dicts() == corrected == [shop.trained(later, 1)]


def test_an_old_window_overwrites_newer_values(shop: Shop) -> None:
    """Materializing last week again puts last week's values where today's were.

    Here a write is ordered by the moment it is of: an older one leaves the newer value and says so.
    """
    shop.materialize(day(4))
    report = shop.materialize(day(3), full=True)
    assert shop.ask(day(4), 1).to_dicts() == [{"points": 20.0, "level": "gold"}]
    assert report.keys == 0
    assert [view.newer.day for view in report.views] == [4]
    assert shop.trained(day(3), 1)["level"] == "silver", "of itself the old window is another value"


def test_reads_fail_while_values_are_written(shop: Shop) -> None:
    """Reads raise while a job writes, or see some keys of the old run and some of the new.

    Here readers in the middle of a write see all of the last whole one; afterwards, all of the new.
    """
    many = range(1, 501)
    moved = [(number, day(2), 1.0, "old") for number in many]
    shop.replace(profiles(*moved))
    shop.materialize(day(2, 1))
    shop.replace(profiles(*moved, *((number, day(3), 2.0, "new") for number in many)))
    seen: list[set[str]] = []

    def ask(_view: str, _done: int, _total: int) -> None:
        seen.append({row["level"] for row in shop.ask(day(3, 1), *many).to_dicts()})

    shop.materialize(day(3, 1), progress=ask)
    assert len(seen) >= 2
    assert all(levels == {"old"} for levels in seen), "the last call is before the write's end"
    ask("", 0, 0)
    assert seen[-1] == {"new"}


def test_no_reader_ever_sees_half_a_write(shop: Shop) -> None:
    """As above, by a reader that never rests while one write follows another."""
    many = range(1, 101)
    history = profiles(
        *((n, day(2, hour), float(hour), str(hour)) for hour in range(12) for n in many)
    )
    shop.replace(history)
    shop.materialize(day(2))
    stop, problems, answers = threading.Event(), list[BaseException](), list[set[str]]()

    def read() -> None:
        online = OnlineDriver(shop.project, FixedClock(day(2, 12)), store=shop.store)
        requests = [{"customer_id": number} for number in many]
        try:
            while not stop.is_set():
                answered = online.features("visit", requests).to_dicts()
                answers.append({row["level"] for row in answered})
        except BaseException as error:
            problems.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    patience = time.monotonic() + 120
    for hour in range(1, 12):
        shop.materialize(day(2, hour))
        while {str(hour)} not in answers[-1:] and time.monotonic() < patience and not problems:
            time.sleep(0.001)
    stop.set()
    reader.join()
    assert problems == []
    assert all(len(levels) == 1 for levels in answers), "no answer mixes two writes"
    levels = [int(level) for answer in answers for level in answer]
    assert levels == sorted(levels), "and none goes back"
    assert set(levels) >= set(range(1, 12))
