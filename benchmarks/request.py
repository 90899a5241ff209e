"""One request in process, Redis, three stored and three row features: against Feast and numpy."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import data
from benchmarks.agreement import ROW, compare
from benchmarks.conversation import Conversation
from benchmarks.latencies import Latencies
from benchmarks.measure import Contestant, Measured, race
from benchmarks.peers.mget_numpy import MgetNumpy, fill
from benchmarks.peers.timed import timed
from benchmarks.profiling import profiled
from benchmarks.projects import payments
from benchmarks.report import Check, Figures, Report, Target
from benchmarks.setting import Setting
from drivers import BatchDriver, OnlineDriver
from onedag import Project
from onedag.testing import redis_server

__all__ = ["run"]

Rows: TypeAlias = list[dict[str, Any]]
"""One request."""

SIZES = {
    "full": {"events": 1_000_000, "keys": 100_000},
    "small": {"events": 100_000, "keys": 10_000},
    "tiny": {"events": 2_000, "keys": 200},
}
LEAST = {"full": 300, "small": 100, "tiny": 5}
"""Requests in a round, at least."""
SECONDS = {"full": 1.0, "small": 0.3, "tiny": 0.0}
"""A round goes on for so long besides, so that fast contestants are asked more often."""
REQUESTS = {1: 1000, 100: 100, 500: 40}
"""Different requests, by their number of rows."""

ONEDAG = "onedag, to dicts"
VECTORS = "onedag, feature vectors"
NUMPY = "MGET and numpy by hand"
FEAST_PANDAS = "Feast, pandas on-demand view"
FEAST_PLAIN = "Feast, plain look-up"

AGAINST_FEAST = 10
LIMIT_MS = {100: 1.0, 500: 4.0}


def run(setting: Setting) -> Report:
    """Run the benchmark, with a Redis server of its own."""
    size = SIZES[setting.size]
    folder = data.folder(setting.data / f"request-{size['keys']}", partial(_prepare, size))
    with _opened(setting, folder) as bench:
        races = {rows: _race(setting, bench, rows) for rows in REQUESTS}
        targets = tuple(_targets(races))
        notes = [
            "onedag and numpy are given dicts, Feast columns, which it takes faster. Feast runs "
            "in a process of its own, on the same clock."
        ]
        if setting.profiles is not None and any(target.reached is False for target in targets):
            notes += _profiles(setting.profiles, bench)
    return Report(
        name="request",
        title="3 stored and 3 row features of a payment, from Redis",
        size=size,
        figures=_figures(races),
        targets=targets,
        checks=tuple(_checks(races)),
        notes=tuple(notes),
    )


@dataclass(frozen=True)
class _Bench:
    """The contestants, with their stores filled."""

    requests: Mapping[int, list[Rows]]
    online: OnlineDriver
    numpy: MgetNumpy
    feast: Conversation | None

    def vectors(self, rows: Rows) -> object:
        """The feature vectors, none of which has been made a Python value."""
        return self.online.features(payments.payment.name, rows)

    def dicts(self, rows: Rows) -> Rows:
        """A dict of Python values for each row."""
        return self.online.features(payments.payment.name, rows).to_dicts()


@dataclass(frozen=True)
class _Found:
    """What a race of one number of rows found: latencies, and the answers to its first request."""

    latencies: Mapping[str, Latencies]
    answers: dict[str, pa.Table] = field(default_factory=dict)

    def ratio(self, name: str, peer: str) -> float | None:
        """How many times the peer's median; None if one of them didn't run."""
        if name not in self.latencies or peer not in self.latencies:
            return None
        return self.latencies[name].median / self.latencies[peer].median


def _prepare(size: Mapping[str, int], folder: Path) -> None:
    """Events; what is stored of them in the end; and what is asked."""
    events, keys = size["events"], size["keys"]
    data.write(data.events(events, keys, text=False, seed=11), folder / "events.parquet")
    everybody = pa.table({"key": np.arange(keys), "event_timestamp": [data.END] * keys})
    with BatchDriver(Project(payments, root=folder, store="memory://")) as driver:
        frame = driver.training_frame(everybody, payments.customer_payments).table
    stored = pa.table({**_columns(everybody), **_columns(frame)})
    pq.write_table(stored, folder / "stored.parquet")
    generator = np.random.default_rng(12)
    requests = {
        rows: [_request(generator, keys, rows) for _ in range(number)]
        for rows, number in REQUESTS.items()
    }
    (folder / "requests.json").write_text(json.dumps(requests))


def _columns(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    return dict(zip(table.column_names, table.columns, strict=True))


def _request(generator: np.random.Generator, keys: int, rows: int) -> Rows:
    asked = np.round(generator.lognormal(3.0, 1.0, rows), 2).tolist()
    return [
        {"key": key, "asked_amount": amount}
        for key, amount in zip(generator.integers(0, keys, rows).tolist(), asked, strict=True)
    ]


@contextmanager
def _opened(setting: Setting, folder: Path) -> Iterator[_Bench]:
    found = json.loads((folder / "requests.json").read_text())
    requests = {int(rows): asked for rows, asked in found.items()}
    with ExitStack() as stack:
        url = stack.enter_context(redis_server())
        project = Project(
            payments, root=folder, store=url, offline=setting.data / "request-scratch"
        )
        _publish(project, requests[500][0])
        fill(url, pq.read_table(folder / "stored.parquet"))
        by_hand = MgetNumpy(url)
        stack.callback(by_hand.close)
        online = stack.enter_context(OnlineDriver(project))
        feast = None
        if setting.feast is not None:
            talk = setting.talk_to_feast("feast_request.py", folder, url)
            feast = stack.enter_context(talk)
            feast.listen()  # until it has filled its store
        yield _Bench(requests, online, by_hand, feast)


def _publish(project: Project, rows: Rows) -> None:
    spine = pa.Table.from_pylist([{**row, "event_timestamp": data.END} for row in rows])
    with BatchDriver(project) as batch:
        batch.publish(batch.training_frame(spine, payments.payment))
        batch.materialize(data.END)


def _race(setting: Setting, bench: _Bench, rows: int) -> _Found:
    requests = bench.requests[rows]
    asks: dict[str, Callable[[Rows], object]] = {
        ONEDAG: bench.dicts,
        VECTORS: bench.vectors,
        NUMPY: bench.numpy,
    }
    names = [*asks, *([FEAST_PANDAS, FEAST_PLAIN] if bench.feast else [])]
    latencies = {name: Latencies() for name in names}
    contestants = [
        Contestant(name, partial(_round, setting, ask, requests, latencies[name]))
        for name, ask in asks.items()
    ]
    if bench.feast is not None:
        contestants += [
            Contestant(name, partial(_feast, setting, bench.feast, way, rows, latencies[name]))
            for name, way in ((FEAST_PANDAS, "pandas"), (FEAST_PLAIN, "plain"))
        ]
    answers = race(contestants, setting.rounds).answers
    tables = {
        ONEDAG: _table(pa.Table.from_pylist(bench.dicts(requests[0]))),
        NUMPY: _table(pa.Table.from_pylist(bench.numpy(requests[0]))),
        **{name: _table(pa.table(answers[name])) for name in names if name not in asks},
    }
    return _Found(latencies, tables)


def _round(
    setting: Setting, ask: Callable[[Rows], object], requests: Sequence[Rows], kept: Latencies
) -> Measured:
    return kept.add(timed(ask, requests, LEAST[setting.size], SECONDS[setting.size]))


def _feast(setting: Setting, feast: Conversation, way: str, rows: int, kept: Latencies) -> Measured:
    how = {"least": LEAST[setting.size], "seconds": SECONDS[setting.size]}
    answer = feast.ask({"way": way, "rows": rows, **how})
    return kept.add(answer["seconds"], answer["answer"])


def _table(answer: pa.Table) -> pa.Table:
    return answer.append_column(ROW, pa.array(range(answer.num_rows)))


def _targets(races: Mapping[int, _Found]) -> Iterator[Target]:
    for rows, found in races.items():
        shown = _shown(rows)
        faster = found.ratio(FEAST_PANDAS, ONEDAG)
        what = f"{shown}: times faster than Feast's pandas view"
        yield Target(what, faster, AGAINST_FEAST, at_most=False)
        if rows == 1:
            faster = found.ratio(FEAST_PLAIN, ONEDAG)
            what = f"{shown}: times faster than Feast's plain look-up"
            yield Target(what, faster, 1, at_most=False)
            yield Target(f"{shown}: times MGET and numpy", found.ratio(ONEDAG, NUMPY), 2)
        else:
            median = found.latencies[ONEDAG].median * 1e3
            yield Target(f"{shown}: ms", median, LIMIT_MS[rows])


def _checks(races: Mapping[int, _Found]) -> Iterator[Check]:
    for rows, found in races.items():
        for name, answer in found.answers.items():
            if name != ONEDAG:
                both = [n for n in found.answers[ONEDAG].column_names if n in answer.column_names]
                ours = found.answers[ONEDAG].select(both)
                yield compare(f"onedag and {name}, {_shown(rows)}", ours, answer)


def _shown(rows: int) -> str:
    return f"{rows} row{'s' if rows > 1 else ''}"


def _figures(races: Mapping[int, _Found]) -> Figures:
    rows = [
        (
            name,
            float(count),
            latencies.median * 1e6,
            latencies.p99 * 1e6,
            found.ratio(name, ONEDAG) if name != ONEDAG else None,
        )
        for count, found in races.items()
        for name, latencies in found.latencies.items()
    ]
    columns = ("contestant", "rows", "median µs", "p99 µs", "times onedag, to dicts")
    return Figures(columns, tuple(rows))


def _profiles(folder: Path, bench: _Bench) -> list[str]:
    """Profiles of onedag's requests of each number of rows."""
    return [
        profiled(
            partial(timed, bench.dicts, bench.requests[rows], LEAST["full"], 0.0),
            folder / f"request-{rows}.txt",
        )
        for rows in REQUESTS
    ]
