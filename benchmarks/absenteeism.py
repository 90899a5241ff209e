"""The absenteeism request that carries all raw fields, against the same functions in Hamilton."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa
from hamilton import async_driver, driver

from benchmarks import data
from benchmarks.agreement import ROW, compare
from benchmarks.latencies import Latencies
from benchmarks.measure import Contestant, Measured, race
from benchmarks.peers.timed import timed, timed_async
from benchmarks.profiling import profiled
from benchmarks.report import Figures, Report, Target
from benchmarks.setting import ROOT, Setting
from drivers import BatchDriver, OnlineDriver
from onedag import Project

__all__ = ["run"]

Row: TypeAlias = dict[str, Any]
Values: TypeAlias = Mapping[str, Any]

EXAMPLE = ROOT / "examples/absenteeism"
SERVICE = "absenteeism_from_fields"
INPUTS = ("age", "son", "pet", "month", "day_of_the_week")
"""Of the raw fields those that the functions need: Hamilton isn't given the others."""
DAYS = (2, 3, 4, 5, 6)

EMPLOYEES = {"full": 40, "small": 40, "tiny": 10}
LEAST = {"full": 300, "small": 100, "tiny": 5}
SECONDS = {"full": 1.0, "small": 0.3, "tiny": 0.0}

ONEDAG = "onedag"
EXAMPLES = "Hamilton, async driver, as in its example"
ASYNC = "Hamilton, async driver"
SYNC = "Hamilton, sync driver"
CALLS = "the functions, called in a row"


def run(setting: Setting) -> Report:
    """Run the benchmark."""
    with _modules() as (functions, prepare, generate):
        records = prepare.clean(generate.generate(seed=1, employees=EMPLOYEES[setting.size]))
        folder = data.folder(
            setting.data / f"absenteeism-{EMPLOYEES[setting.size]}", partial(_prepare, records)
        )
        project = Project(
            ("absenteeism_features", "absenteeism_services"), root=folder, store="memory://"
        )
        spine, rows = _asked(project, records)
        with BatchDriver(project) as batch, OnlineDriver(project) as online:
            frame = batch.training_frame(spine, SERVICE)
            batch.publish(frame)
            names = project.services[SERVICE].features
            peers = _Peers(functions, dict(frame.fitted), list(names))
            return _measured(setting, _Asks(online, peers), rows)


@contextmanager
def _modules() -> Iterator[tuple[ModuleType, ModuleType, ModuleType]]:
    """The example's functions, and its scripts that make up records and clean them."""
    sys.path.insert(0, str(EXAMPLE))
    try:
        functions = importlib.import_module("absenteeism_features")
        yield functions, _script("prepare"), _script("generate")
    finally:
        sys.path.remove(str(EXAMPLE))


def _script(name: str) -> ModuleType:
    # Under a name of its own: another example has scripts of these names too.
    spec = importlib.util.spec_from_file_location(f"absenteeism_{name}", EXAMPLE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _prepare(records: pd.DataFrame, folder: Path) -> None:
    (folder / "data").mkdir()
    records.to_parquet(folder / "data/absences.parquet", index=False)


def _asked(project: Project, records: pd.DataFrame) -> tuple[pd.DataFrame, list[Row]]:
    """The spine, and each employee's newest record as a request."""
    columns = dict(project.sources["employee_records"].columns)
    spine = records.rename(columns=columns).rename(columns={"absent_on": "event_timestamp"})
    newest = spine.groupby("employee_id").tail(1).drop(columns=["event_timestamp", "absent_hours"])
    return spine, [{str(n): v for n, v in row.items()} for row in newest.to_dict("records")]


class _Peers:
    """The same functions without onedag, on Series of one row, with the run's fitted values."""

    def __init__(self, functions: ModuleType, fitted: dict[str, Any], features: list[str]) -> None:
        self._functions = functions
        self._fitted = fitted
        self._features = features
        self._sync = driver.Builder().with_modules(functions).build()
        self._async = asyncio.run(async_driver.Builder().with_modules(functions).build())
        # The constructor's own choice of a result, a DataFrame, is what the example's model takes.
        self._example = async_driver.AsyncDriver({}, functions)

    def sync(self, row: Row) -> Values:
        """Hamilton's driver."""
        given = _series(row)
        return _plain(self._sync.execute(self._features, inputs=given, overrides=self._fitted))

    async def async_(self, row: Row) -> Values:
        """Hamilton's async driver."""
        given = _series(row)
        found = await self._async.execute(self._features, inputs=given, overrides=self._fitted)
        return _plain(found)

    async def example(self, row: Row) -> Values:
        """Hamilton's async driver as its example of an endpoint has it: a frame in, one out."""
        given = pd.DataFrame([row]).to_dict(orient="series")
        frame = await self._example.execute(self._features, inputs=given, overrides=self._fitted)
        return dict(zip(frame.columns, frame.iloc[0].tolist(), strict=True))

    def calls(self, row: Row) -> Values:
        """No framework: what pandas itself costs."""
        f, given = self._functions, _series(row)
        zero_mean = f.age_zero_mean(given["age"], self._fitted["age_mean"])
        day = given["day_of_the_week"]
        found = {
            "age_zero_mean_unit_variance": f.age_zero_mean_unit_variance(
                zero_mean, self._fitted["age_std_dev"]
            ),
            "has_children": f.has_children(given["son"]),
            "has_pet": f.has_pet(given["pet"]),
            "is_summer": f.is_summer(given["month"]),
            **{f"day_of_the_week_{d}": f.day_of_the_week_one_hot(day, d) for d in DAYS},
        }
        return _plain(found)


def _series(row: Row) -> dict[str, pd.Series]:
    return {name: pd.Series([row[name]]) for name in INPUTS}


@dataclass(frozen=True)
class _Asks:
    """The contestants."""

    online: OnlineDriver
    peers: _Peers

    def onedag(self, row: Row) -> Values:
        """The request, checked, and its features as Python values."""
        return self.online.features(SERVICE, row).to_dicts()[0]


def _measured(setting: Setting, asks: _Asks, rows: Sequence[Row]) -> Report:
    how = (LEAST[setting.size], SECONDS[setting.size])
    rounds: dict[str, Callable[[], list[float]]] = {
        ONEDAG: partial(timed, asks.onedag, rows, *how),
        EXAMPLES: lambda: asyncio.run(timed_async(asks.peers.example, rows, *how)),
        ASYNC: lambda: asyncio.run(timed_async(asks.peers.async_, rows, *how)),
        SYNC: partial(timed, asks.peers.sync, rows, *how),
        CALLS: partial(timed, asks.peers.calls, rows, *how),
    }
    latencies = {name: Latencies() for name in rounds}

    def taken(name: str) -> Measured:
        return latencies[name].add(rounds[name]())

    found = race([Contestant(name, partial(taken, name)) for name in rounds], setting.rounds)
    ratio = found.ratio(EXAMPLES, ONEDAG)
    target = Target("times faster than the async driver as in its example", ratio, 50, False)
    notes = [
        "Hamilton's example of an endpoint makes a Series of each of the fields and a DataFrame of "
        "the features; the other Series are of the five fields that are needed. All answer in "
        "Python values; only onedag checks the fields."
    ]
    if setting.profiles is not None and not target.reached:
        run = partial(timed, asks.onedag, rows, LEAST["full"], 0.0)
        notes.append(profiled(run, setting.profiles / "absenteeism.txt"))
    answers = {
        ONEDAG: _table(map(asks.onedag, rows)),
        EXAMPLES: _table(asyncio.run(_all(asks.peers.example, rows))),
        ASYNC: _table(asyncio.run(_all(asks.peers.async_, rows))),
        SYNC: _table(map(asks.peers.sync, rows)),
        CALLS: _table(map(asks.peers.calls, rows)),
    }
    return Report(
        name="absenteeism",
        title="one row with all raw fields, no store and no HTTP",
        size={"requests": len(rows), "features": len(answers[ONEDAG].column_names) - 1},
        figures=_figures(latencies),
        targets=(target,),
        checks=tuple(
            compare(f"onedag and {name}", answers[ONEDAG], answers[name])
            for name in (EXAMPLES, ASYNC, SYNC, CALLS)
        ),
        notes=tuple(notes),
    )


async def _all(answer: Callable[[Row], Awaitable[Values]], rows: Sequence[Row]) -> list[Values]:
    return [await answer(row) for row in rows]


def _plain(values: Values) -> Values:
    return {name: series.item() for name, series in values.items()}


def _table(answers: Iterable[Values]) -> pa.Table:
    table = pa.Table.from_pylist([dict(answer) for answer in answers])
    return table.append_column(ROW, pa.array(range(table.num_rows)))


def _figures(latencies: Mapping[str, Latencies]) -> Figures:
    ours = latencies[ONEDAG].median
    return Figures(
        ("contestant", "median µs", "p99 µs", "times onedag"),
        tuple(
            (name, found.median * 1e6, found.p99 * 1e6, found.median / ours)
            for name, found in latencies.items()
        ),
    )
