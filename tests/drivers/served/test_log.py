"""The writer: what is in the files, how many bytes, and that nothing of it reaches who answers."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from drivers import OnlineDriver
from drivers.served import log as log_module
from drivers.served.folder import LogFolder, log_files
from drivers.served.log import ServedLog
from drivers.served.reading import read_served
from drivers.served.rows import ServedRequest
from drivers.served.settings import LogSettings
from drivers.serving.vectors import FeatureVectors
from onedag import Project
from onedag.errors import ConfigurationError
from tests.drivers.served.world import NOON, ROWS, World


class Answering:
    """A driver whose answers are handed to a log."""

    def __init__(self, world: World, project: Project | None = None, **settings: Any) -> None:
        self.settings = LogSettings(world.log, **settings)
        self.log = ServedLog(self.settings, project or world.project, world.clock)
        self._driver = OnlineDriver(project or world.project, world.clock)

    def answer(self, *rows: dict[str, Any], id_: str = "r") -> FeatureVectors:
        vectors = self._driver.features("basket", list(rows))
        self.log.add(vectors, [ServedRequest(id_, 0, len(rows), None)])
        return vectors

    def answered(self, count: int) -> None:
        """Answer so many requests and write them."""
        self.log.start()
        for number in range(count):
            self.answer(*ROWS, id_=f"r{number}")
        self.log.close(30)


@pytest.fixture
def answering(world: World) -> Callable[..., Answering]:
    return lambda **settings: Answering(world, **settings)


def logged(folder: Path) -> pa.Table:
    return pa.concat_tables([rows.table for rows in read_served(folder)])


def test_the_vector_is_logged_as_it_was(world: World, answering: Callable[..., Answering]) -> None:
    one = answering()
    one.log.start()
    vectors = one.answer(*ROWS)
    one.log.close(30)
    table = logged(world.log)
    for name in vectors.schema.names:
        assert (
            table[f"feature.{name}"].combine_chunks().equals(vectors.table[name].combine_chunks())
        )
        statuses = table[f"status.{name}"].cast(pa.string()).to_pylist()
        assert statuses == [row[name] for row in vectors.statuses]
    assert table["input.basket"].to_pylist() == [25.0, 55.0]
    assert table["view.customer_orders.event"].to_pylist() == [NOON.replace(hour=8), None]
    assert set(table["view.customer_orders.as_of"].to_pylist()) == {NOON}
    assert table["stored.last_amount"].to_pylist() == [20.0, None]
    assert (one.log.rows, one.log.dropped) == (2, 0)


def test_joint_requests_are_parted(world: World, answering: Callable[..., Answering]) -> None:
    one = answering()
    vectors = one._driver.features("basket", [ROWS[0], ROWS[1], ROWS[0], ROWS[1]])
    one.log.add(vectors, [ServedRequest("a", 0, 1, [0.5]), ServedRequest("b", 2, 4, None)])
    one.log.start()
    one.log.close(30)
    table = logged(world.log)
    assert table["request_id"].to_pylist() == ["a", "b", "b"]
    assert table["row"].to_pylist() == [0, 0, 1]
    assert table["prediction"].to_pylist() == [0.5, None, None]
    assert table["input.customer_id"].to_pylist() == [1, 1, 9]


def test_files_hold_so_many_rows(
    world: World, answering: Callable[..., Answering], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "PIECE", 3)
    answering(rows=10).answered(12)
    assert [rows.table.num_rows for rows in read_served(world.log)] == [10, 10, 4]
    ids = logged(world.log)["request_id"].to_pylist()
    assert ids == [f"r{number}" for number in range(12) for _ in ROWS]


def test_rows_don_t_wait_longer_than_they_may(
    world: World, answering: Callable[..., Answering]
) -> None:
    one = answering(every=timedelta(seconds=0.1))
    one.log.start()
    one.answer(*ROWS)
    deadline = time.monotonic() + 20
    while not one.log.rows and time.monotonic() < deadline:
        time.sleep(0.02)
    assert logged(world.log).num_rows == 2
    one.log.close()


def test_the_folder_stays_within_its_bytes(
    world: World, answering: Callable[..., Answering]
) -> None:
    answering(rows=2).answered(1)
    size = log_files(world.log)[0].path.stat().st_size
    world.clock.set(NOON + timedelta(minutes=1))
    answering(rows=2, max_bytes=4 * size).answered(9)
    files = log_files(world.log)
    assert 2 <= len(files) <= 4
    assert sum(file.path.stat().st_size for file in files) <= 4 * size
    assert logged(world.log)["request_id"].to_pylist()[-1] == "r8"


def test_a_file_beyond_the_bound_is_dropped(
    world: World, answering: Callable[..., Answering], caplog: pytest.LogCaptureFixture
) -> None:
    one = answering(max_bytes=100)
    one.answered(3)
    assert (one.log.rows, one.log.dropped) == (0, 6)
    assert log_files(world.log) == []
    assert "lacks 6 rows so far: a file of it would be larger" in caplog.text


def test_what_comes_too_fast_is_dropped(
    world: World,
    answering: Callable[..., Answering],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(log_module, "MOST_WAITING", 5 * (2 + log_module.OF_A_BATCH))
    one = answering()
    for _ in range(10):  # nobody takes them: the thread isn't there yet
        one.answer(*ROWS)
    one.log.start()
    one.log.close(30)
    assert (one.log.rows, one.log.dropped) == (12, 8)
    assert "some came faster than they could be logged" in caplog.text


def test_a_folder_that_can_t_be_written_is_said(
    world: World, answering: Callable[..., Answering], caplog: pytest.LogCaptureFixture
) -> None:
    world.log.write_text("not a folder")
    one = answering()
    one.answered(2)
    assert (one.log.rows, one.log.dropped) == (0, 4)
    assert "lacks 4 rows so far" in caplog.text


class Spoiled(FeatureVectors):
    """Vectors that can't be taken apart."""

    def to_lists(self, start: int, end: int) -> list[list[Any]]:
        raise OverflowError("a time that Python has no datetime for")


def test_an_answer_that_can_t_be_logged_spoils_no_other(
    world: World, answering: Callable[..., Answering], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    one = answering()
    one.log.start()
    good = one._driver.features("basket", list(ROWS))
    bad = Spoiled(good.run_id, good.schema, good._columns, dict, None, good.made_of)
    one.log.add(bad, [ServedRequest("bad", 0, 2, None)])
    one.answer(*ROWS, id_="good")
    one.log.close(30)
    assert logged(world.log)["request_id"].to_pylist() == ["good", "good"]
    assert one.log.dropped == 2


def test_names_are_left_out(world: World, answering: Callable[..., Answering]) -> None:
    answering(without=frozenset(["customer_id", "last_amount", "spent_7d"])).answered(1)
    names = logged(world.log).column_names
    assert [name for name in names if "customer_id" in name or "last_amount" in name] == []
    assert "status.spent_7d" not in names
    # What follows from what isn't logged keeps its status.
    statuses = logged(world.log)["status.basket_over_last"].cast(pa.string()).to_pylist()
    assert statuses == ["PRESENT", "MISSING"]


def test_personal_data_is_left_out_with_all_that_it_flows_into(world: World) -> None:
    tagged = world.edited(
        ('timestamp="ordered_at")', 'timestamp="ordered_at", tags={"amount": ["pii"]})')
    )
    Answering(world, tagged).answered(1)
    names = set(logged(world.log).column_names)
    assert {"input.customer_id", "feature.basket_over_mean"} <= names
    for name in ("stored.spent_7d", "feature.last_amount", "feature.basket_over_last"):
        assert name not in names
    shutil.rmtree(world.log)
    Answering(world, tagged, personal=True).answered(1)
    assert "stored.spent_7d" in logged(world.log).column_names


def test_a_sent_id_decides_the_sample(answering: Callable[..., Answering]) -> None:
    tenth = answering(sample=0.1).log
    ids = [f"request-{number}".encode() for number in range(2000)]
    first = [tenth.request_id(id_) for id_ in ids]
    assert first == [answering(sample=0.1).log.request_id(id_) for id_ in ids]
    assert 150 < sum(id_ is not None for id_ in first) < 250
    assert {a for a in first if a is not None} <= {id_.decode() for id_ in ids}
    # Who logs more logs all that who logs less does.
    half = [answering(sample=0.5).log.request_id(id_) for id_ in ids[:200]]
    assert all(b is not None for a, b in zip(first, half, strict=False) if a is not None)


@pytest.mark.parametrize("sent", [None, b"", b"with space", b"line\r\nbreak", b"x" * 129, b"\xff"])
def test_another_id_is_made_for_a_request_without_a_sane_one(
    answering: Callable[..., Answering], sent: bytes | None
) -> None:
    made = answering(sample=1.0).log.request_id(sent)
    assert made is not None
    assert len(made) == 32
    assert answering(sample=0.0).log.request_id(sent) is None


def test_two_processes_write_to_one_folder(
    world: World, answering: Callable[..., Answering]
) -> None:
    for one in (answering(), answering()):
        one.answered(2)
    assert len(log_files(world.log)) == 2
    assert logged(world.log).num_rows == 8


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "basket" / "run"
    folder.mkdir(parents=True)
    old, new = (folder / f".{name}.parquet.unfinished" for name in ("old", "new"))
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    LogFolder(tmp_path, 2**20).write("basket", "run", NOON, pa.table({"row": [1]}))
    assert (old.exists(), new.exists()) == (False, True)


def test_a_file_starts_with_its_first_row(
    world: World, answering: Callable[..., Answering]
) -> None:
    answering().answered(1)
    [file] = log_files(world.log)
    assert (file.starts, file.service) == (NOON, "basket")
    assert pc.min(logged(world.log)["served_at"]).as_py() == NOON


@pytest.mark.parametrize(
    "wrong", [{"sample": 1.5}, {"sample": -0.1}, {"max_bytes": 0}, {"every": timedelta(0)}]
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        LogSettings(Path("log"), **wrong)


def test_a_clock_that_is_set_back_hides_no_rows(world: World) -> None:
    with world.running() as client:
        assert client.features("basket", ROWS[0]).status_code == 200
        world.clock.set(NOON - timedelta(hours=1))
        assert client.features("basket", ROWS[0]).status_code == 200
    assert [rows.table.num_rows for rows in read_served(world.log, until=NOON)] == [1]
    assert [rows.table.num_rows for rows in read_served(world.log)] == [2]
