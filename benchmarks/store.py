"""Keys a second into Redis and SQLite, ten values each, against Feast's writing into Redis."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from redis import Redis

from benchmarks import data
from benchmarks.measure import Contestant, Measured, Race, race
from benchmarks.projects import profiles
from benchmarks.report import Check, Figures, Report, Target
from benchmarks.setting import Setting
from drivers import BatchDriver
from drivers.stores import Store, Writer, open_store
from onedag import Project
from onedag.testing import redis_server

__all__ = ["run"]

SIZES = {"full": 1_000_000, "small": 50_000, "tiny": 500}
FEAST_SHARE = 10
"""Feast gets a tenth of the keys, once: it is compared by its rate."""

NOWHERE = "onedag's job without a store"
REDIS_JOB = "Redis, onedag's job"
REDIS_WRITING = "Redis, onedag's writing"
SQLITE_JOB = "SQLite, onedag's job"
SQLITE_WRITING = "SQLite, onedag's writing"
FEAST_JOB = "Redis, Feast's job"
FEAST_WRITING = "Redis, Feast's writing"


def run(setting: Setting) -> Report:
    """Run the benchmark, with a Redis server of its own."""
    keys = SIZES[setting.size]
    folder = _prepared(setting, keys)
    with redis_server() as url:
        bench = _Bench(folder, setting.data / "store-scratch", url)
        recorder = Recorder()
        bench.job(recorder)
        contestants = _contestants(bench, recorder)
        if setting.feast is not None:
            part = _prepared(setting, keys // FEAST_SHARE)
            run = partial(_feast, setting, part, url)
            contestants.append(Contestant(FEAST_JOB, run, rounds=1, reset=bench.empty))
        found = race(contestants, setting.rounds)
        bench.empty()
    return _report(keys, recorder, found)


class Recorder:
    """A store that keeps what it is given as it came, and that has nothing to read."""

    def __init__(self) -> None:
        self.puts: list[tuple[Sequence[bytes], Sequence[bytes], int]] = []

    def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Nothing."""
        return [None] * len(keys)

    @contextmanager
    def write(self) -> Iterator[Writer]:
        """Forgets an earlier write."""
        self.puts = []
        yield self

    def put(self, keys: Sequence[bytes], blobs: Sequence[bytes], as_of: int) -> None:
        """Keep them."""
        self.puts.append((keys, blobs, as_of))

    def remove(self, keys: Sequence[bytes], as_of: int) -> None:
        """There is nothing to remove."""

    def close(self) -> None:
        """Nothing to give up."""

    @property
    def bytes(self) -> int:
        """Bytes of all keys and blobs."""
        return sum(len(b) for keys, blobs, _ in self.puts for b in (*keys, *blobs))


@dataclass(frozen=True)
class _Bench:
    """Where the profiles are, and what is emptied before each run."""

    data: Path
    scratch: Path
    url: str

    def empty(self) -> None:
        """Forget the stores and what jobs keep offline."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self.scratch)
        with Redis.from_url(self.url) as server:
            server.flushall()

    def store(self, name: str) -> Store:
        """A store, opened."""
        url = self.url if name == "redis" else "sqlite:///store.db"
        self.scratch.mkdir(exist_ok=True)
        return open_store(url, self.scratch)

    def job(self, store: Store) -> int:
        """Materialize everything into a store; how many keys."""
        project = Project(profiles, root=self.data, offline=self.scratch / "offline")
        with BatchDriver(project, store=store) as driver:
            return driver.materialize(data.END).keys


def _prepared(setting: Setting, keys: int) -> Path:
    def make(folder: Path) -> None:
        data.write(data.profiles(keys, profiles.VALUES, seed=7), folder / "profiles.parquet")

    return data.folder(setting.data / f"store-{keys}", make)


def _contestants(bench: _Bench, recorder: Recorder) -> list[Contestant]:
    jobs = {REDIS_JOB: "redis", SQLITE_JOB: "sqlite"}
    writings = {REDIS_WRITING: "redis", SQLITE_WRITING: "sqlite"}
    return [
        Contestant(NOWHERE, partial(bench.job, Recorder()), reset=bench.empty),
        *(Contestant(n, partial(_job, bench, to), reset=bench.empty) for n, to in jobs.items()),
        *(
            Contestant(name, partial(_write, bench, recorder, to), reset=bench.empty)
            for name, to in writings.items()
        ),
    ]


def _job(bench: _Bench, name: str) -> int:
    return bench.job(bench.store(name))


def _write(bench: _Bench, recorder: Recorder, name: str) -> None:
    store = bench.store(name)
    with store.write() as writer:
        for keys, blobs, as_of in recorder.puts:
            writer.put(keys, blobs, as_of)
    store.close()


def _feast(setting: Setting, folder: Path, url: str) -> Measured:
    answer = setting.ask_feast("feast_store.py", folder, url)
    return Measured(answer["seconds"], answer)


def _report(keys: int, recorder: Recorder, found: Race) -> Report:
    rates = {name: (t.median, keys / t.median) for name, t in found.timings.items()}
    if FEAST_JOB in rates:
        answer = found.answers[FEAST_JOB]
        rates[FEAST_JOB] = (answer["seconds"], answer["keys"] / answer["seconds"])
        rates[FEAST_WRITING] = (answer["writing"], answer["keys"] / answer["writing"])
    columns = ("contestant", "median s", "keys/s")
    jobs = (NOWHERE, REDIS_JOB, SQLITE_JOB)
    return Report(
        name="store",
        title="materializing 10 values a key",
        size={"keys": keys, "bytes of keys and values": recorder.bytes},
        figures=Figures(columns, tuple((name, *rate) for name, rate in rates.items())),
        targets=(Target("keys/s of writing", rates[REDIS_WRITING][1], 100_000, at_most=False),),
        checks=tuple(Check(f"keys of {n}", abs(keys - found.answers[n]), keys) for n in jobs),
        notes=(
            "Writing is one write of what the job packs, to the commit; the job reads and joins "
            f"too. Feast has a {FEAST_SHARE}th of the keys, once.",
        ),
    )
