"""Ways in which training and serving could have parted, each found by a reviewer once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import numpy as np
import pandas as pd
import pydantic
import pytest

from drivers import BatchDriver, OnlineDriver
from drivers.sources import SourceReader
from drivers.stores.memory import MemoryStore
from drivers.verify import verify
from onedag import FeatureService, FixedClock, Project, Source
from onedag.errors import (
    FunctionError,
    InvalidDefinition,
    RequestError,
    SchemaMismatch,
    SourceError,
    SpineError,
    StoreError,
)

NOW = datetime(2024, 1, 10)
HEAD = "import numpy as np\nimport pandas as pd\n"
Build = Callable[..., Project]


@pytest.fixture
def build(make_module: Callable[..., ModuleType]) -> Build:
    """A project of some functions and one service ``s``."""

    def make(
        source: str, request: type[pydantic.BaseModel], *features: str, **names: Any
    ) -> Project:
        module = make_module(HEAD + source, **names)
        vars(module)["service"] = FeatureService("s", features, request)
        return Project([module], store="memory://")

    return make


def spine(**columns: Any) -> pd.DataFrame:
    length = len(next(iter(columns.values())))
    return pd.DataFrame({"event_timestamp": [NOW] * length, **columns})


class Number(pydantic.BaseModel):
    x: int | None


HALVES = """
def half(x: pd.Series) -> pd.Series:
    return x / 2

def half_mean(half: pd.Series) -> float:
    return half.mean()

def above(half: pd.Series, half_mean: float) -> pd.Series:
    return (half >= half_mean).fillna(True)

def nanoseconds(event_timestamp: pd.Series) -> pd.Series:
    return event_timestamp.dt.as_unit("ns")

def latest_nanosecond(nanoseconds: pd.Series) -> float:
    return float(nanoseconds.max().year)

def ticks(nanoseconds: pd.Series, latest_nanosecond: float) -> pd.Series:
    return nanoseconds.astype("int64")
"""


def test_what_a_fitted_value_takes_has_one_dtype_in_batch_and_online(build: Build) -> None:
    project = build(HALVES, Number, "above", "ticks")
    rows = spine(x=pd.array([1, None, 3], dtype="Int64"))
    report = verify(project, "s", rows)
    assert report.ok, str(report)


WRITERS = """
def clipped(x: pd.Series) -> pd.Series:
    x[x < 2] = 0
    return x

def as_it_was(x: pd.Series) -> pd.Series:
    return x * 10
"""


def test_a_function_that_writes_into_its_input_changes_no_other(build: Build) -> None:
    features = ("clipped", "as_it_was", "x")
    project = build(WRITERS, Number, *features)
    frame = BatchDriver(project).training_frame(spine(x=[1, 5]), "s").to_pandas()
    assert frame["clipped"].tolist() == [0, 5]
    assert frame["as_it_was"].tolist() == [10, 50]
    assert frame["x"].tolist() == [1, 5]
    assert verify(project, "s", spine(x=[1, 5])).ok


@pytest.fixture
def moved(shop: Project, spine: pd.DataFrame) -> tuple[Project, MemoryStore]:
    store = MemoryStore()
    batch = BatchDriver(shop, store=store)
    batch.publish(batch.training_frame(spine, "basket"))
    batch.materialize(as_of=datetime(2024, 1, 3))
    return shop, store


def test_a_key_that_left_its_source_is_missing(
    moved: tuple[Project, MemoryStore], orders: pd.DataFrame
) -> None:
    shop, store = moved
    online = OnlineDriver(shop, FixedClock(datetime(2024, 1, 4)), store=store)
    row = {"customer_id": 1, "basket": 1.0}
    assert online.features("basket", row).statuses[0]["spent_7d"] == "PRESENT"
    orders["customer_id"] = orders["customer_id"].replace(1, 5)
    BatchDriver(shop, store=store).materialize(as_of=datetime(2024, 1, 4))
    answer = online.features("basket", row)
    assert answer.statuses[0]["spent_7d"] == "MISSING"
    assert answer.to_dicts()[0]["spent_7d"] == 0.0


def test_a_server_sees_a_new_value_of_nothing_at_once(
    moved: tuple[Project, MemoryStore],
    make_module: Callable[..., ModuleType],
    shop_source: str,
    orders: pd.DataFrame,
    profiles: pd.DataFrame,
) -> None:
    shop, store = moved
    online = OnlineDriver(shop, FixedClock(datetime(2024, 1, 4)), store=store)
    unknown = {"customer_id": 99, "basket": 1.0}
    assert online.features("basket", unknown).to_dicts()[0]["spent_7d"] == 0.0
    source = shop_source.replace("return amount.sum()", "return amount.sum() + 1000")
    edited = Project([make_module(source, ORDERS=orders, PROFILES=profiles)], store="memory://")
    BatchDriver(edited, store=store).materialize(as_of=datetime(2024, 1, 4))
    assert online.features("basket", unknown).to_dicts()[0]["spent_7d"] == 1000.0
    awaited = asyncio.run(online.afeatures("basket", unknown))
    assert awaited.to_dicts()[0]["spent_7d"] == 1000.0


def test_an_older_materialization_says_that_nothing_was_written(
    moved: tuple[Project, MemoryStore],
) -> None:
    shop, store = moved
    report = BatchDriver(shop, store=store).materialize(as_of=datetime(2024, 1, 2))
    assert report.keys == 0
    assert {view.newer.day for view in report.views if view.newer} == {3}


def test_publishing_by_a_clock_that_is_behind_is_an_error(
    shop: Project, spine: pd.DataFrame
) -> None:
    store = MemoryStore()
    ahead, behind = (FixedClock(datetime(year, 1, 1)) for year in (2026, 2025))
    batch = BatchDriver(shop, store=store, clock=ahead)
    served = batch.publish(batch.training_frame(spine, "basket"))
    late = BatchDriver(shop, store=store, clock=behind)
    with pytest.raises(StoreError, match=served.run_id):
        late.publish(late.training_frame(spine, "basket"))


@pytest.mark.parametrize(
    "body",
    [
        "dict:\n    return {1: 2.0}",
        "list[int]:\n    return [2.5]",
        "float:\n    return '1.5'",
    ],
)
def test_a_fitted_value_that_json_would_change_is_refused(build: Build, body: str) -> None:
    annotation = body.split(":")[0]
    user = f"def f(x: pd.Series, m: {annotation}) -> pd.Series:\n    return x\n"
    source = f"def m(x: pd.Series) -> {body}\n\n{user}"
    with pytest.raises(FunctionError, match="Fitted value 'm'"):
        BatchDriver(build(source, Number, "f")).training_frame(spine(x=[1]), "s")


def test_a_field_that_changed_its_type_since_the_run(
    make_module: Callable[..., ModuleType],
    moved: tuple[Project, MemoryStore],
    shop_source: str,
    orders: pd.DataFrame,
    profiles: pd.DataFrame,
) -> None:
    _, store = moved
    source = shop_source.replace("    customer_id: int | None\n", "    customer_id: str | None\n")
    edited = Project([make_module(source, ORDERS=orders, PROFILES=profiles)], store="memory://")
    with pytest.raises(SchemaMismatch, match="Field 'customer_id'"):
        OnlineDriver(edited, store=store).features("basket", {"customer_id": "1", "basket": 1.0})


class Shouted(pydantic.BaseModel):
    k: str

    @pydantic.field_validator("k")
    @classmethod
    def loud(cls, value: str) -> str:
        return value.upper()


class AtLeastTwo(pydantic.BaseModel):
    k: int = pydantic.Field(ge=2)


class OneOf(pydantic.BaseModel):
    k: Literal["a", "b"]


class Day(pydantic.BaseModel):
    k: date


class Stripped(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(str_strip_whitespace=True)
    k: str


@pytest.mark.parametrize(
    ("request_model", "good", "bad"),
    [
        (Shouted, "UA", "ua"),
        (AtLeastTwo, 2, 1),
        (OneOf, "a", "zz"),
        (Day, pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-01 03:00")),
        (Stripped, "UA", " UA"),
    ],
)
def test_a_spine_holds_what_a_request_could_carry(
    build: Build, request_model: type[pydantic.BaseModel], good: Any, bad: Any
) -> None:
    source = "def f(k: pd.Series) -> pd.Series:\n    return k\n"
    batch = BatchDriver(build(source, request_model, "f"))
    assert len(batch.training_frame(spine(k=[good, good]), "s")) == 2
    with pytest.raises(SpineError, match="Column 'k' of the spine holds"):
        batch.training_frame(spine(k=[good, bad]), "s")


def test_a_category_is_refused_because_its_codes_depend_on_the_rows(build: Build) -> None:
    source = 'def f(x: pd.Series) -> pd.Series:\n    return x.astype("category")\n'
    project = build(source, Number, "f")
    with pytest.raises(SchemaMismatch, match="category"):
        BatchDriver(project).training_frame(spine(x=[1]), "s")


def test_an_array_cannot_hold_every_nullable_integer(build: Build) -> None:
    project = build("def f(x: np.ndarray) -> np.ndarray:\n    return x\n", Number, "f")
    rows = spine(x=pd.array([2**60 + 1], dtype="Int64"))
    with pytest.raises(FunctionError, match=r"2\*\*53"):
        BatchDriver(project).training_frame(rows, "s")


def test_rows_from_a_generator_survive_a_new_run(
    shop: Project, moved: tuple[Project, MemoryStore], spine: pd.DataFrame
) -> None:
    _, store = moved
    online = OnlineDriver(shop, store=store)
    row = {"customer_id": 1, "basket": 1.0}
    online.features("basket", row)
    batch = BatchDriver(shop, store=store)
    batch.publish(batch.training_frame(spine, "basket"))
    assert len(online.features("basket", (r for r in [row, row]))) == 2


CSV_PARTS = {
    "one.csv": "k,at,v,u\na,2024-01-01,1,5\n",
    "two.csv": "k,at,u,v\nb,2024-01-01,50,20\n",
}


def test_csv_files_are_joined_by_name(
    make_module: Callable[..., ModuleType], tmp_path: Path
) -> None:

    for name, text in CSV_PARTS.items():
        (tmp_path / name).write_text(text)
    reader, source = SourceReader(tmp_path), Source("s", "*.csv", timestamp="at")
    assert reader.for_a_run().read(source, ["v"])["v"].to_pylist() == [1, 20]
    (tmp_path / "two.csv").write_text("k,at,v\nb,2024-01-01,20\n")
    with pytest.raises(SourceError, match=r"two\.csv has columns"):
        reader.for_a_run().read(source, ["v"])
    (tmp_path / "two.csv").unlink()
    (tmp_path / "one.csv").write_text("k,at,v,u\n")
    with pytest.raises(SourceError, match="Use Parquet"):
        reader.for_a_run().read(source, ["v"])


@pytest.mark.parametrize("rows", [None, 5, "row"])
def test_rows_that_are_no_rows(moved: tuple[Project, MemoryStore], rows: Any) -> None:
    shop, store = moved
    with pytest.raises(RequestError, match="dicts"):
        OnlineDriver(shop, store=store).features("basket", rows)


def test_spines_that_are_none(shop: Project, spine: pd.DataFrame) -> None:
    batch = BatchDriver(shop)
    for wrong in ([{"basket": 1.0}], None):
        with pytest.raises(SpineError, match="a DataFrame"):
            batch.training_frame(wrong, "basket")  # type: ignore[arg-type]
    with pytest.raises(SpineError, match="several kinds"):
        batch.training_frame(spine.assign(mixed=["a", 1, None, 2.5, "b", 3, 4]), "basket")
    with pytest.raises(SpineError, match="twice"):
        batch.training_frame(spine, "basket", keep=["label", "label"])


def test_a_nan_of_an_integer_column_and_no_time(moved: tuple[Project, MemoryStore]) -> None:
    shop, store = moved
    online = OnlineDriver(shop, store=store)
    for row in ({"customer_id": np.nan}, {"customer_id": 1, "event_timestamp": pd.NaT}):
        with pytest.raises(RequestError):
            online.features("basket", {"basket": 1.0, **row})


def test_a_column_where_one_value_is_asked_for_is_refused_by_name(build: Build) -> None:
    source = "def double(x: float) -> float:\n    return x * 2\n\n"
    user = "def f(event_timestamp: pd.Series, double: float) -> pd.Series:\n    return double\n"
    with pytest.raises(InvalidDefinition, match=r"'f' .* takes 'double' as float.* each row"):
        build(source + user, Number, "f").graph  # noqa: B018  (built when it is first asked for)
