"""A materialization after others leaves in the store what writing every key anew would leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.batch import BatchDriver
from drivers.history.chunks import Sizes
from drivers.stored.records import ViewRecord, view_key
from drivers.stores.memory import MemoryStore
from onedag import Project

FEATURES = """
import pandas as pd
from onedag import Entity, Source, aggregate, latest

shop = Entity("shop", ["city", "number"])
city = Entity("city", "city")

sales = Source("sales", SALES, timestamp="sold_at", known_at="known_at")


@latest(sales, by=shop)
def last_amount(amount: pd.Series) -> pd.Series:
    return amount


@aggregate(sales, by=shop, over=["2h", "5h"])
def turnover(amount: pd.Series) -> float:
    return amount.sum()


@aggregate(sales, by=city, over="3h", refresh="2h")
def amounts(amount: pd.Series) -> str:
    return ",".join(map(str, amount.tolist()))


@aggregate(sales, by=city)
def last_article(article: pd.Series) -> str | None:
    return article.iloc[-1] if len(article) else None


@aggregate(sales, by=None, over="4h")
def sold(amount: pd.Series) -> int:
    return amount.count()


@aggregate(sales, by=city, over="3h")
def last_amounts(last_amount: pd.Series) -> float:
    return last_amount.sum()
"""

MakeModule: TypeAlias = Callable[..., ModuleType]
Row: TypeAlias = Mapping[str, Any]
START = datetime(2026, 1, 1, tzinfo=UTC)
_TIME = pa.timestamp("us", "UTC")
SCHEMA = pa.schema(
    {
        "city": pa.string(),
        "number": pa.int64(),
        "sold_at": _TIME,
        "known_at": _TIME,
        "amount": pa.float64(),
        "article": pa.string(),
    }
)


def at(hour: float) -> datetime:
    return START + timedelta(hours=hour)


def sale(city: str | None, hour: float, amount: float | None = 1.0, **others: Any) -> Row:
    row = {"city": city, "number": 1, "sold_at": at(hour), "amount": amount, "article": "tea"}
    return {**row, "known_at": at(hour), **others}


@dataclass(frozen=True)
class Step:
    """What a source holds at a time, and as of when it is materialized then."""

    rows: Sequence[Row]
    as_of: datetime


_CITIES = st.sampled_from(["Rome", "Oslo", "", None])
_HOURS = st.integers(-2, 10)
_SALES = st.builds(
    lambda city, number, hour, late, amount, article: {
        **sale(city, hour, amount, number=number, article=article),
        "known_at": None if late is None else at(hour + late),
    },
    _CITIES,
    st.sampled_from([1, 2, None]),
    _HOURS,
    st.sampled_from([0, 0, 0, 1, 4, -1, None]),
    st.sampled_from([1.0, 0.1, 1e16, -0.0, 0.0, None, float("inf")]),
    st.sampled_from(["tea", "ice", None]),
)


@st.composite
def _steps(draw: st.DrawFn) -> list[Step]:
    """Rows come, change, move and go; time stands still or goes on."""
    rows = draw(st.lists(_SALES, max_size=10))
    steps, hour = [], draw(_HOURS)
    for _ in range(draw(st.integers(2, 4))):
        steps.append(Step(list(rows), at(hour)))
        hour += draw(st.sampled_from([0, 0, 1, 1, 3, 6]))
        kind = draw(st.sampled_from(["add", "correct", "remove", "move", "nothing"]))
        if kind == "add" or not rows:
            rows = rows + draw(st.lists(_SALES, max_size=3))
        elif kind == "move":
            rows = draw(st.permutations(rows))
        elif kind != "nothing":
            place = draw(st.integers(0, len(rows) - 1))
            rows = [
                *rows[:place],
                *([draw(_SALES)] if kind == "correct" else []),
                *rows[place + 1 :],
            ]
    return steps


@settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=_steps(), part_rows=st.sampled_from([1, 3, 10**6]))
def test_what_is_left_is_what_a_full_run_leaves(
    make_module: MakeModule, tmp_path: Path, steps: Sequence[Step], part_rows: int
) -> None:
    store, sizes = MemoryStore(), Sizes(part_rows=part_rows)
    for step in steps:
        project = _project(make_module, step, tmp_path)
        BatchDriver(project, store=store, sizes=sizes).materialize(step.as_of)
        anew = MemoryStore()
        BatchDriver(project, store=anew).materialize(step.as_of)
        assert _values(store) == _values(anew)


def test_only_what_can_have_changed_is_written(make_module: MakeModule, tmp_path: Path) -> None:
    """
    hour        0     1     2     3     4     5     6     7
    Rome        1.0                                                in no window after 5
    Oslo              1.0                           1.0            a new row
    Bonn  (-5) 1.0                                                 in no window at 4 already
    Lima        1.0                                                corrected later
    as of                               4              *6.5*
    """
    rows = [sale("Rome", 0), sale("Oslo", 1), sale("Bonn", -5), sale("Lima", -4)]
    store = MemoryStore()
    first = _materialize(make_module, tmp_path, store, Step(rows, at(4)))
    assert first["shop_sales"] == (4, 0, 0)
    corrected = [*rows[:3], sale("Lima", -4, 2.0), sale("Oslo", 6)]
    second = _materialize(make_module, tmp_path, store, Step(corrected, at(6.5)))
    assert second["shop_sales"] == (3, 1, 0)
    third = _materialize(make_module, tmp_path, store, Step(corrected, at(6.5)))
    assert {counts[0] for counts in third.values()} == {0}


def test_a_key_whose_rows_are_taken_back_is_gone_at_the_same_moment(
    make_module: MakeModule, tmp_path: Path
) -> None:
    store = MemoryStore()
    rows = [sale("Rome", 0), sale("Oslo", 1)]
    _materialize(make_module, tmp_path, store, Step(rows, at(4)))
    found = _materialize(make_module, tmp_path, store, Step(rows[:1], at(4)))
    assert found["shop_sales"] == (0, 1, 1)
    assert b"value/shop_sales/Oslo|1" not in _values(store)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return amount.sum()", "return amount.max()"),
        ('over=["2h", "5h"]', 'over=["2h", "4h"]'),
        ("return amount\n", "return -amount\n"),
    ],
)
def test_other_code_writes_every_key_anew(
    make_module: MakeModule, tmp_path: Path, old: str, new: str
) -> None:
    store, step = MemoryStore(), Step([sale("Rome", 0), sale("Oslo", 1)], at(4))
    _materialize(make_module, tmp_path, store, step)
    assert old in FEATURES
    other = _materialize(make_module, tmp_path, store, step, FEATURES.replace(old, new))
    assert other["shop_sales"] == (2, 0, 0)
    anew = MemoryStore()
    _materialize(make_module, tmp_path, anew, step, FEATURES.replace(old, new))
    assert _values(store) == _values(anew)


def test_a_store_that_lost_its_digests_is_written_anew(
    make_module: MakeModule, tmp_path: Path
) -> None:
    store, step = MemoryStore(), Step([sale("Rome", 0), sale("Oslo", 1)], at(4))
    _materialize(make_module, tmp_path, store, step)
    with store.write() as writer:
        digests = [key for key in store._entries if key.startswith(b"digest/shop_sales/")]
        writer.remove(digests, 2**62)
    assert _materialize(make_module, tmp_path, store, step)["shop_sales"] == (2, 0, 0)
    assert _materialize(make_module, tmp_path, store, step)["shop_sales"] == (0, 2, 0)


@pytest.mark.parametrize("cities", [["B", "C", "D"], ["A", "B", "C"]])
def test_fewer_parts_at_the_same_moment(
    make_module: MakeModule, tmp_path: Path, cities: Sequence[str]
) -> None:
    """Then the keys of a part aren't those of the part before."""
    store = MemoryStore()
    for names in ("ABCD", cities):
        step = Step([sale(name, 0) for name in names], at(4))
        project = _project(make_module, step, tmp_path)
        BatchDriver(project, store=store, sizes=Sizes(part_rows=2)).materialize(step.as_of)
    shops = {key for key in _values(store) if key.startswith(b"value/shop_sales/")}
    assert shops == {f"value/shop_sales/{name}|1".encode() for name in cities}


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("amount.astype(str).map(decimal.Decimal)", "float(change.iloc[0])"),
        ("event_timestamp.dt.date", "float(change.iloc[0].day)"),
        ("amount.astype(str).astype('category')", "float(str(change.iloc[0]))"),
        ("amount.map(lambda x: [x])", "float(change.iloc[0][0])"),
        ("amount.map(lambda x: str(x).encode())", "float(change.iloc[0])"),
    ],
)
def test_reduced_columns_of_any_type(
    make_module: MakeModule, tmp_path: Path, change: str, value: str
) -> None:
    """A value that changes by less than a whole is a change."""
    features = f"""
import decimal
import pandas as pd
from onedag import Entity, Source, aggregate

shop = Entity("shop", ["city", "number"])
sales = Source("sales", SALES, timestamp="sold_at", known_at="known_at")


def change(amount: pd.Series, event_timestamp: pd.Series) -> pd.Series:
    return {change}


@aggregate(sales, by=shop)
def first(change: pd.Series) -> float:
    return {value} if len(change) else 0.0
"""
    store = MemoryStore()
    for amount in (1.2, 1.7):
        step = Step([sale("Rome", 0 if amount < 1.5 else 24, amount)], at(30))
        anew = MemoryStore()
        for each in (store, anew):
            _materialize(make_module, tmp_path, each, step, features)
        assert _values(store) == _values(anew)


def test_a_key_that_is_gone_is_hidden_though_digests_are_lost(
    make_module: MakeModule, tmp_path: Path
) -> None:
    store = MemoryStore()
    rows = [sale("Rome", 0), sale("Oslo", 1)]
    _materialize(make_module, tmp_path, store, Step(rows, at(4)))
    with store.write() as writer:
        digests = [key for key in store._entries if key.startswith(b"digest/shop_sales/")]
        writer.remove(digests, 2**62)
    _materialize(make_module, tmp_path, store, Step(rows[:1], at(5)))
    shops = {key for key in _values(store) if key.startswith(b"value/shop_sales/")}
    assert shops == {b"value/shop_sales/Rome|1"}


def test_full_writes_every_key(make_module: MakeModule, tmp_path: Path) -> None:
    store, step = MemoryStore(), Step([sale("Rome", 0), sale("Oslo", 1)], at(4))
    _materialize(make_module, tmp_path, store, step)
    batch = BatchDriver(_project(make_module, step, tmp_path), store=store)
    assert batch.materialize(step.as_of, ["shop_sales"], full=True).views[0].keys == 2


def test_progress_is_told_part_by_part(make_module: MakeModule, tmp_path: Path) -> None:
    step = Step([sale("Rome", hour) for hour in range(8)], at(9))
    batch = BatchDriver(
        _project(make_module, step, tmp_path), store=MemoryStore(), sizes=Sizes(part_rows=4)
    )
    told: list[tuple[str, int, int]] = []
    batch.materialize(step.as_of, ["shop_sales"], progress=lambda *what: told.append(what))
    assert told == [("shop_sales", 0, 2), ("shop_sales", 1, 2), ("shop_sales", 2, 2)]


def _project(make_module: MakeModule, step: Step, root: Path, features: str = FEATURES) -> Project:
    table = pa.Table.from_pylist(list(step.rows), SCHEMA)
    return Project([make_module(features, "sales", SALES=table)], store="memory://", root=root)


def _materialize(
    make_module: MakeModule,
    root: Path,
    store: MemoryStore,
    step: Step,
    features: str = FEATURES,
) -> dict[str, tuple[int, int, int]]:
    """How many keys of each view were written, unchanged and vanished."""
    project = _project(make_module, step, root, features)
    report = BatchDriver(project, store=store).materialize(step.as_of)
    return {view.view: (view.keys, view.unchanged, view.vanished) for view in report.views}


def _values(store: MemoryStore) -> dict[bytes, tuple[Any, ...]]:
    """What a reader finds in a store, by key, whenever it was written."""
    found: dict[bytes, tuple[Any, ...]] = {}
    for key in store._entries:
        kind, view, *_ = key.decode().split("/", 2)
        if kind != "value":
            continue
        [blob, written] = store.read([key, view_key(view)])
        assert blob is not None
        assert written is not None
        record = ViewRecord.from_bytes(written)
        packed = record.layout.unpack_all([blob])
        if packed.as_of[0] >= record.whole_as_of:
            nulls = (
                None if packed.nulls is None else packed.nulls[: len(record.layout.types)].tobytes()
            )
            texts = [texts[0] for texts in packed.texts.values()]
            found[key] = int(packed.event[0]), packed.slots.tobytes(), nulls, *texts
    return found
