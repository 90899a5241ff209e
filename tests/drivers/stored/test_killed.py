"""Whole materializations that are killed at random moments, while others read::

    generation    0        1        1          2        2        2
    materialize   |--done  |--✗     |----done  |-✗      |----✗   |----done
    readers see   - 0 0 0 0 0 0 0 0 0 0 0 0 0 1 1 1 1 1 1 1 1 1 1 1 1 1 2 2

Every value of a generation is its number, in three views. So a vector that mixes two of them, a
reader that goes back, and a run that is half there are all seen. A run that is killed just when
it becomes visible is there whole or not at all.

This file is also the program of the writing and reading processes.
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import redis

from drivers import BatchDriver, OnlineDriver
from drivers.stores import Store, Writer, open_store
from drivers.stores.redis import RedisStore
from onedag import Project
from onedag.errors import StoreBusy, StoreError, StoreUnavailable
from onedag.testing.redis import free_port, redis_server

CUSTOMERS, COUNTRIES = 3000, 1000
KILLS = 24
READERS = 2
SPANS = {"began": 0.3, "put": 0.01, "commit": 0.004}  # seconds after a job's words
STORED = ["last_order", "orders_max", "last_visit", "visits_max"]
STOP = "stop"  # a file that tells readers to
START = datetime(2026, 1, 1, tzinfo=UTC)

SHOP = """
import pandas as pd
import pydantic
from onedag import Entity, FeatureService, Source, aggregate, latest

customer = Entity("customer", ["customer_id"])
country = Entity("country", ["country_id"])
orders = Source("orders", data="orders.parquet", timestamp="ordered_at")
visits = Source("visits", data="visits.parquet", timestamp="visited_at")


@latest(orders, by=customer)
def last_order(ordered: pd.Series) -> pd.Series:
    return ordered


@aggregate(orders, by=customer)
def orders_max(ordered: pd.Series) -> float:
    return ordered.max()


@latest(visits, by=country)
def last_visit(visited: pd.Series) -> pd.Series:
    return visited


@aggregate(visits, by=None)
def visits_max(visited: pd.Series) -> float:
    return visited.max()


def spread(last_order: pd.Series, last_visit: pd.Series) -> pd.Series:
    return last_order - last_visit


class Request(pydantic.BaseModel):
    customer_id: int
    country_id: int


shop = FeatureService(
    "shop", ["last_order", "orders_max", "last_visit", "visits_max", "spread"], request=Request
)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "killed_shop.py").write_text(SHOP)
    return tmp_path


def test_killed_jobs_on_sqlite(folder: Path) -> None:
    _kill_often("sqlite:///store.db", folder)
    assert {file.name for file in folder.glob("store.db*")} <= {
        "store.db",
        "store.db-wal",
        "store.db-shm",
    }


def test_killed_jobs_on_redis(folder: Path, redis_url: str) -> None:
    _kill_often(f"{redis_url}?namespace=killed", folder)
    with redis.Redis.from_url(redis_url) as client:
        entries = sum(1 for _ in client.scan_iter("killed:k:*", 1000))
    # One for each key, the view's records and the published run's; none of a dead run.
    # of each view a record, a stamp and digests; of the service the run, its statistics and two
    # pointers
    assert entries <= CUSTOMERS + COUNTRIES + 1 + 3 * 3 + 4


def test_a_redis_that_dies_in_the_middle_of_a_job(folder: Path, tmp_path: Path) -> None:
    (data := tmp_path / "data").mkdir()
    with ExitStack() as stack:
        port = free_port()
        start = partial(redis_server, data, port, appendonly="yes", appendfsync="always")
        url = stack.enter_context(start())
        url += "?namespace=dies"

        def die(word: str) -> None:
            if word == "commit":
                with redis.Redis.from_url(f"redis://127.0.0.1:{port}") as client:
                    os.kill(client.info("server")["process_id"], signal.SIGKILL)
                stack.close()

        _materialize(url, folder, 0)
        _publish(url, folder)
        with pytest.raises(StoreUnavailable, match=r"redis://127\.0\.0\.1.*can't be reached"):
            _materialize(url, folder, 1, die)
        stack.enter_context(start())
        with _watcher(url, folder) as watcher:
            assert watcher.seen(None) == 0
            _materialize(url, folder, 1)
            assert watcher.seen(None) == 1


def test_a_disk_that_is_full_in_the_middle_of_a_job(folder: Path) -> None:
    url = "sqlite:///store.db"
    _materialize(url, folder, 0)
    _publish(url, folder)
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(word: str) -> None:
        if word == "put":
            size = (folder / "store.db").stat().st_size // 2
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, unlimited[1]))

    with _watcher(url, folder) as watcher:
        try:
            with pytest.raises(StoreError, match=r"store\.db can't grow.*Make room"):
                _materialize(url, folder, 1, fill)
            assert watcher.seen(None) == 0
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
        _materialize(url, folder, 1)
        assert watcher.seen(None) == 1


def _kill_often(url: str, folder: Path) -> None:
    dice = random.Random(20260101)
    with ExitStack() as stack:
        jobs = stack.enter_context(_processes(url, folder))
        assert jobs.run(0, None) == "done"
        _publish(url, folder)
        watcher = stack.enter_context(_watcher(url, folder))
        jobs.start_readers()
        generation, killed = 0, 0
        while killed < KILLS:
            generation += 1
            ends = [jobs.run(generation, moment) for moment in _moments(dice)]
            killed += ends.count("killed")
            # It is there whole, or the last one is; and the next run isn't disturbed.
            assert watcher.seen(dice) in (generation - 1, generation)
            assert jobs.run(generation, None) == "done"
            assert watcher.seen(None) == generation
        for seen in jobs.stop_readers():
            _check(seen, generation)


def _moments(dice: random.Random) -> Iterator[_Moment]:
    """When to kill some runs of one generation."""
    for _ in range(4):
        word = dice.choice(list(SPANS))
        nth = dice.randint(1, 6) if word == "put" else 1
        yield _Moment(word, nth, dice.uniform(0, SPANS[word]))


@dataclass(frozen=True, slots=True)
class _Moment:
    """So many seconds after a job has said a word for the nth time."""

    word: str
    nth: int
    seconds: float


# The side of the test


def _check(seen: dict[str, Any], last: int) -> None:
    """What one reader saw, from before the first kill to after the last whole run."""
    generations = seen["generations"]
    assert seen["mixed"] == []
    assert generations == sorted(generations), "a reader went back in time"
    assert generations[-1] == last
    assert len(generations) > last / 2, "it read too seldom to see anything"
    assert seen["requests"] > 50


class _Processes:
    """A process that starts jobs, one after another, and readers; each a process of its own."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._stop = folder / STOP

    def run(self, generation: int, moment: _Moment | None) -> str:
        """How a job ended: ``"done"``, or ``"killed"`` as it is at a moment."""
        self._ask("job", generation)
        pid, said = 0, Counter[str]()
        while True:
            word, rest = self._answer()
            if word == "began":
                pid = int(rest)
            if word == "ended":
                assert rest in ("0", f"-{signal.SIGKILL}"), f"a job ended with {rest}"
                return "done" if rest == "0" else "killed"
            said[word] += 1
            if moment is not None and word == moment.word and said[word] == moment.nth:
                time.sleep(moment.seconds)
                with suppress(ProcessLookupError):  # it was done before
                    os.kill(pid, signal.SIGKILL)

    def start_readers(self) -> None:
        """Start them, and wait until each has read once."""
        for seed in range(READERS):
            self._ask("read", seed)
            assert self._answer()[0] == "reading"

    def stop_readers(self) -> list[dict[str, Any]]:
        """What each has seen."""
        self._stop.touch()
        return [json.loads(self._answer()[1]) for _ in range(READERS)]

    def _ask(self, word: str, number: int) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word} {number}\n")
        self._process.stdin.flush()

    def _answer(self) -> tuple[str, str]:
        assert self._process.stdout is not None
        word, _, rest = self._process.stdout.readline().strip().partition(" ")
        assert word not in ("", "failed"), "a process failed; see its traceback"
        return word, rest


@contextmanager
def _processes(url: str, folder: Path) -> Iterator[_Processes]:
    # That forks and threads don't mix is known: nothing has run yet when it forks.
    warnings = ["-W", "error", "-W", "ignore:This process:DeprecationWarning"]
    command = [sys.executable, *warnings, __file__, url, str(folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as process:
        try:
            yield _Processes(process, folder)
        finally:
            process.kill()


class _Watcher:
    """What this process sees between the jobs."""

    def __init__(self, driver: OnlineDriver) -> None:
        self._driver = driver

    def seen(self, dice: random.Random | None) -> int:
        """The one generation of some keys, or of all without dice."""
        rows = _rows(dice, 50) if dice else _all_rows()
        found = _generations(self._driver, rows)
        assert len(found) == 1, f"two runs at once: {found}"
        return found.pop()


@contextmanager
def _watcher(url: str, folder: Path) -> Iterator[_Watcher]:
    with OnlineDriver(_project(folder), store=_store(url, folder)) as driver:
        yield _Watcher(driver)


# What both sides know


def _project(folder: Path) -> Project:
    sys.path.insert(0, str(folder))
    sys.modules.pop("killed_shop", None)
    importlib.invalidate_caches()
    module = importlib.import_module("killed_shop")
    sys.path.remove(str(folder))
    return Project([module], store="memory://", root=folder)


def _store(url: str, folder: Path) -> Store:
    if url.startswith("redis:"):
        address, _, namespace = url.partition("?namespace=")
        return RedisStore(address, namespace, lock_expiry=timedelta(milliseconds=150))
    return open_store(url, folder)


def _as_of(generation: int) -> datetime:
    return START + timedelta(hours=generation)


def _make_sources(folder: Path, generation: int) -> None:
    number = float(generation)
    for name, key, value, count, at in (
        ("orders", "customer_id", "ordered", CUSTOMERS, "ordered_at"),
        ("visits", "country_id", "visited", COUNTRIES, "visited_at"),
    ):
        frame = pd.DataFrame({key: range(count), value: number, at: _as_of(generation)})
        frame.to_parquet(folder / f"{name}.new")
        os.replace(folder / f"{name}.new", folder / f"{name}.parquet")


def _materialize(
    url: str, folder: Path, generation: int, listen: Callable[[str], object] = str
) -> None:
    """A whole job, by a store that says what it is about to do."""
    _make_sources(folder, generation)
    store = _Talking(_store(url, folder), listen)
    with BatchDriver(_project(folder), store=store) as batch:
        _once_free(batch, generation)


def _publish(url: str, folder: Path) -> None:
    spine = pd.DataFrame({"event_timestamp": [_as_of(0)], "customer_id": [0], "country_id": [0]})
    with BatchDriver(_project(folder), store=_store(url, folder)) as batch:
        batch.publish(batch.training_frame(spine, "shop"))


def _rows(dice: random.Random, count: int) -> list[dict[str, int]]:
    return [
        {"customer_id": dice.randrange(CUSTOMERS), "country_id": dice.randrange(COUNTRIES)}
        for _ in range(count)
    ]


def _all_rows() -> list[dict[str, int]]:
    return [
        {"customer_id": number, "country_id": number % COUNTRIES} for number in range(CUSTOMERS)
    ]


def _generations(driver: OnlineDriver, rows: list[dict[str, int]]) -> set[int]:
    """The generations in a request's vectors.

    -1 stands for a value that isn't there, -2 for a difference of two that isn't 0.
    """
    found = driver.features("shop", rows).to_pandas()
    seen = {-1 if pd.isna(value) else int(value) for name in STORED for value in found[name]}
    return seen | {-2 for value in found["spread"] if value != 0}


# The program


def _serve(url: str, folder: Path) -> None:
    """Do what the lines of the input ask for, each in a process of its own."""
    project = _project(folder)
    _ = project.graph  # made once; the others inherit it
    for line in sys.stdin:
        word, number = line.split()
        pid = os.fork()
        if pid == 0:
            _in_child(partial(_job if word == "job" else _read, project, url, folder, int(number)))
        if word == "job":
            _, status = os.waitpid(pid, 0)
            _say(f"ended {os.waitstatus_to_exitcode(status)}")


def _in_child(work: Callable[[], None]) -> None:
    status = 1
    try:
        work()
        status = 0
    except BaseException:
        traceback.print_exc()
        _say("failed")
    finally:
        os._exit(status)


def _job(project: Project, url: str, folder: Path, generation: int) -> None:
    _say(f"began {os.getpid()}")
    _make_sources(folder, generation)
    with BatchDriver(project, store=_Talking(_store(url, folder), _say)) as batch:
        _once_free(batch, generation)


def _once_free(batch: BatchDriver, generation: int) -> None:
    while True:
        try:
            report = batch.materialize(as_of=_as_of(generation))
        except StoreBusy:  # the lock of one that was killed
            time.sleep(0.02)
        else:
            assert report.as_of == _as_of(generation)
            return


def _read(project: Project, url: str, folder: Path, seed: int) -> None:
    """Read until the test or its other processes end, and say what was seen."""
    dice, parent = random.Random(seed), os.getppid()
    requests, generations, mixed = 0, [], []
    with OnlineDriver(project, store=_store(url, folder)) as driver:
        over = False
        while not over and os.getppid() == parent:
            over = (folder / STOP).exists()  # before the request: the last one sees the last run
            found = sorted(_generations(driver, _rows(dice, 5)))
            requests += 1
            if len(found) > 1:
                mixed.append(found)
            generations.append(found[0])
            if requests == 1:
                _say("reading")
            time.sleep(0.005)
    distinct = [generation for generation, _ in itertools.groupby(generations)]
    seen = {"requests": requests, "generations": distinct, "mixed": mixed[:9]}
    _say(f"seen {json.dumps(seen)}")


class _Talking:
    """A store that says what it is about to do, so that something can happen to it then."""

    def __init__(self, store: Store, say: Callable[[str], object]) -> None:
        self._store = store
        self._say = say

    def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        return self._store.read(keys)

    @contextmanager
    def write(self) -> Iterator[Writer]:
        with self._store.write() as writer:
            yield _TalkingWriter(writer, self._say)
            self._say("commit")

    def close(self) -> None:
        self._store.close()


class _TalkingWriter:
    def __init__(self, writer: Writer, say: Callable[[str], object]) -> None:
        self._writer = writer
        self._say = say

    def put(self, keys: Sequence[bytes], blobs: Sequence[bytes], as_of: int) -> None:
        self._say("put")
        self._writer.put(keys, blobs, as_of)

    def remove(self, keys: Sequence[bytes], as_of: int) -> None:
        self._say("remove")
        self._writer.remove(keys, as_of)


def _say(words: str) -> None:
    os.write(sys.stdout.fileno(), f"{words}\n".encode())


if __name__ == "__main__":
    _serve(sys.argv[1], Path(sys.argv[2]))
