"""Functions of columns, of arrays and of single values: the same answers, in batch and online."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pydantic
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.batch import BatchDriver
from drivers.check import check
from drivers.online import OnlineDriver
from drivers.stores.memory import MemoryStore
from drivers.verify import verify
from onedag import FeatureService, Project
from onedag.errors import FunctionError, InvalidDefinition
from onedag.lineage import service_lineage
from onedag.meanings import Meanings
from onedag.planner import declared_views

MakeModule = Callable[..., ModuleType]

HEAD = """
import numpy as np
import pandas as pd
import pydantic
from datetime import datetime
from onedag import Entity, FeatureService, Source, aggregate, latest
"""

FORMS = {
    "columns": """
def bmi(weight: pd.Series, height: pd.Series) -> pd.Series:
    return weight / (height * height)

def is_late(delay: pd.Series) -> pd.Series:
    return delay >= 15

def loud(name: pd.Series) -> pd.Series:
    return name.str.upper()

def seconds(event_timestamp: pd.Series) -> pd.Series:
    return event_timestamp.dt.second.astype("int64").astype("float64")
""",
    "arrays": """
def bmi(weight: np.ndarray, height: np.ndarray) -> np.ndarray:
    return weight / (height * height)

def is_late(delay: np.ndarray) -> np.ndarray:
    return delay >= 15

def loud(name: np.ndarray) -> np.ndarray:
    return np.array([None if each is None else each.upper() for each in name], object)

def seconds(event_timestamp: np.ndarray) -> np.ndarray:
    return (event_timestamp.astype("i8") // 1_000_000 % 60).astype("f8")
""",
    "single values": """
def bmi(weight: float, height: float) -> float:
    return weight / (height * height)

def is_late(delay: int) -> bool:
    return delay >= 15

def loud(name: str) -> str:
    return name.upper()

def seconds(event_timestamp: datetime) -> float:
    return event_timestamp.second
""",
}
FEATURES = ("bmi", "is_late", "loud", "seconds")


class Person(pydantic.BaseModel):
    weight: float | None
    height: float
    delay: int
    name: str | None


TIMES = st.datetimes(pd.Timestamp("1960-01-01"), pd.Timestamp("2060-01-01"))
PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "event_timestamp": TIMES,
            "weight": st.none() | st.floats(0.1, 500),
            "height": st.floats(0.1, 3),
            "delay": st.integers(-(2**40), 2**40),
            "name": st.none() | st.text("aäž ", max_size=4),
        }
    ),
    min_size=1,
    max_size=6,
)


@pytest.fixture
def forms(make_module: MakeModule) -> dict[str, Project]:
    projects = {}
    for name, source in FORMS.items():
        module = make_module(HEAD + source)
        vars(module)["service"] = FeatureService("s", FEATURES, Person)
        projects[name] = Project([module], store="memory://")
    return projects


def table(rows: list[dict[str, Any]]) -> pa.Table:
    types = (pa.timestamp("us", "UTC"), pa.float64(), pa.float64(), pa.int64(), pa.string())
    names = ("event_timestamp", *Person.model_fields)
    return pa.Table.from_pylist(rows, pa.schema(zip(names, types, strict=True)))


@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=PEOPLE)
def test_the_form_of_a_function_doesn_t_show(
    forms: dict[str, Project], rows: list[dict[str, Any]]
) -> None:
    frames = []
    for project in forms.values():
        with BatchDriver(project) as batch:
            frames.append(batch.training_frame(table(rows), "s").table)
    assert frames[0].equals(frames[1])
    assert frames[0].equals(frames[2])
    assert frames[0].schema.equals(frames[2].schema)


@pytest.mark.parametrize("form", FORMS)
def test_each_form_answers_online_as_in_batch(forms: dict[str, Project], form: str) -> None:
    rows = [
        {"weight": weight, "height": 1.5, "delay": delay, "name": name}
        for weight, delay, name in [(70.0, 15, "Änne"), (None, 14, None), (0.1, -5, "")]
    ]
    times = pd.date_range("2024-01-01", periods=3, freq="7777777us", tz="UTC")
    spine = table([{"event_timestamp": time, **row} for time, row in zip(times, rows, strict=True)])
    report = verify(forms[form], "s", spine)
    assert report.ok, report
    assert check(forms[form], spine).ok


MIXED = (
    HEAD
    + '''
person = Entity("person", "person_id")
visits = Source("visits", VISITS, timestamp="at", known_at="known")
profiles = Source("profiles", PROFILES, timestamp="since", key=person)


def over_limit(minutes: float, kind: str) -> bool:
    """Above the boundary, called for each row of a source."""
    return minutes > (30 if kind == "short" else 60)


@aggregate(visits, by=person, over=["2d", "9d"])
def over_share(over_limit: pd.Series) -> float:
    return over_limit.mean()


@aggregate(visits, by=person)
def overs(over_limit: np.ndarray) -> int:
    return int(np.nansum(over_limit))


@latest(visits, by=person, max_age="4d")
def last_minutes(minutes: float) -> float:
    return minutes * 2


@latest(visits, by=person)
def last_over(over_limit: bool, kind: str | None) -> str | None:
    return kind if over_limit else None


@latest(visits, by=person)
def last_kind(kind: np.ndarray) -> np.ndarray:
    return kind


def age(event_timestamp: datetime, born: datetime) -> int:
    """Looked up implicitly, called for each row."""
    return event_timestamp.year - born.year


def age_mean(age: pd.Series) -> float:
    return age.mean()


def weights(age: np.ndarray) -> dict[str, float]:
    return {"scale": float(np.nanmax(age, initial=1.0))}


def twice_mean(age_mean: float) -> float:
    """Fitted, for all that it takes is."""
    return age_mean * 2


def age_scaled(age: float, twice_mean: float, weights: dict[str, float]) -> float:
    return (age - twice_mean) / weights["scale"]


def age_ranked(age_scaled: np.ndarray, over_share_2d: pd.Series) -> np.ndarray:
    return np.where(np.isnan(age_scaled), -1.0, age_scaled) + over_share_2d.to_numpy()


def share_known(over_share_9d: float | None) -> bool:
    return over_share_9d is not None


def total(age_ranked: float | None, share_known: bool, overs: int, boost: float = 0.5) -> float:
    return (age_ranked or 0.0) + overs + (boost if share_known else 0.0)


def label(last_kind: str | None, note: str | None) -> str:
    return f"{last_kind}/{note}"


def note_length(note: str, n: int) -> int:
    return len(note) * n


def next_year(event_timestamp: datetime) -> datetime:
    return event_timestamp.replace(year=event_timestamp.year + 1, day=1)


def same_hour(next_year: np.ndarray, event_timestamp: pd.Series) -> pd.Series:
    hours = event_timestamp.dt.hour.to_numpy()
    return pd.Series((next_year.astype("M8[h]").astype("i8") % 24) == hours)


class VisitRequest(pydantic.BaseModel):
    person_id: int | None
    note: str | None
    n: int = 3


service = FeatureService(
    "visits",
    ["over_share_2d", "overs", "last_minutes", "last_over", "last_kind", "age", "age_scaled",
     "age_ranked", "share_known", "total", "label", "note_length", "next_year", "same_hour"],
    request=VisitRequest,
)
'''
)


def history(seed: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(seed)

    def times(count: int) -> Any:
        at = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(
            random.integers(0, 500, count), "h"
        )
        return pd.Series(at).dt.as_unit("us")

    def some(values: Any, count: int) -> Any:
        return pd.Series(random.choice(values, count)).where(random.random(count) > 0.2)

    at = times(120)
    visits = pd.DataFrame(
        {
            "person_id": random.integers(0, 6, 120),
            "minutes": some(np.array([10.0, 45.5, 90.0]), 120),
            "kind": some(np.array(["short", "long"], object), 120).astype("str"),
            "at": at,
            "known": at + pd.to_timedelta(random.integers(0, 9, 120), "h"),
        }
    )
    profiles = pd.DataFrame(
        {
            "person_id": range(5),
            "born": pd.to_datetime(["1980-05-01", None, "2000-01-01", "1999-12-31", "1950-01-01"]),
            "since": times(5),
        }
    )
    spine = pd.DataFrame(
        {
            "event_timestamp": times(80),
            "person_id": pd.array(random.integers(0, 8, 80), "Int64"),
            "note": some(np.array(["a", "bb", ""], object), 80).astype("str"),
            "n": random.integers(0, 4, 80),
        }
    )
    spine.loc[3, "person_id"] = None
    return visits, profiles, spine


@pytest.fixture
def mixed(make_module: MakeModule) -> Callable[..., tuple[Project, pd.DataFrame]]:
    def make(seed: int = 0, old: str = "", new: str = "") -> tuple[Project, pd.DataFrame]:
        visits, profiles, spine = history(seed)
        assert old in MIXED
        module = make_module(MIXED.replace(old, new), VISITS=visits, PROFILES=profiles)
        return Project([module], store="memory://"), spine

    return make


@pytest.mark.parametrize("seed", range(4))
def test_a_project_of_mixed_forms(
    mixed: Callable[..., tuple[Project, pd.DataFrame]], seed: int
) -> None:
    project, spine = mixed(seed)
    report = verify(project, "visits", spine, whole=4)
    assert report.ok, report
    assert report.cells == 164 * 14
    checked = check(project, spine)
    assert checked.ok, checked
    assert {"over_limit", "last_minutes", "last_over", "age_scaled", "total"} <= {*checked.checked}


def test_what_a_training_frame_of_mixed_forms_holds(
    mixed: Callable[..., tuple[Project, pd.DataFrame]],
) -> None:
    project, spine = mixed()
    with BatchDriver(project) as batch:
        frame = batch.training_frame(spine, "visits")
    found = frame.to_pandas()
    dtypes = {name: str(dtype) for name, dtype in found.dtypes.items()}
    assert dtypes["age"] == "Int64"  # a time may be null
    assert dtypes["share_known"] == "bool"  # None is passed, so there is no row without
    assert dtypes["label"] == dtypes["last_over"] == "str"
    assert dtypes["next_year"] == "datetime64[us, UTC]"
    assert found["same_hour"].all()
    notes = spine["note"].tolist()
    expected = [None if v != v else len(v) * n for v, n in zip(notes, spine["n"], strict=True)]
    assert [None if v is pd.NA else v for v in found["note_length"]] == expected
    assert found["age"].notna().any()
    assert frame.fitted["age_mean"] == found["age"].mean()
    assert frame.fitted["twice_mean"] == 2 * frame.fitted["age_mean"]
    rows = found.dropna(subset=["age", "last_minutes"])
    assert len(rows)
    assert rows["last_minutes"].isin([20.0, 91.0, 180.0]).all()
    scale = frame.fitted["weights"]["scale"]
    scaled = (rows["age"].astype("float64") - frame.fitted["twice_mean"]) / scale
    assert rows["age_scaled"].tolist() == scaled.tolist()


def test_they_have_a_place_in_plans_and_lineage(
    mixed: Callable[..., tuple[Project, pd.DataFrame]],
) -> None:
    project, _ = mixed()
    with BatchDriver(project) as batch:
        planned = batch.plan("visits")
        assert "age_scaled   (age, twice_mean, weights)" in planned.explain()
        lineage = service_lineage([planned], project, batch.columns())
    kinds = {node.label: node.kind.value for node in lineage.nodes.values()}
    assert kinds["over_limit"] == "mapped"
    assert kinds["age_scaled"] == "computed"
    assert kinds["twice_mean"] == "fitted"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("minutes: float, kind: str) -> bool", "minutes: float | None, kind: str) -> bool"),
        ("minutes * 2", "minutes * 3"),
        ("over_limit: np.ndarray) -> int", "over_limit: pd.Series) -> int"),
        ("return minutes > (30", "return minutes > (31"),
    ],
)
def test_what_is_stored_has_another_meaning_after_an_edit(
    mixed: Callable[..., tuple[Project, pd.DataFrame]], old: str, new: str
) -> None:
    def meanings(project: Project) -> dict[str, str]:
        columns = {source.name: [*source.data] for source in project.sources.values()}  # type: ignore[misc]
        views = declared_views(project.graph)
        return {n: Meanings(project, columns).of(view).text for n, view in views.items()}

    assert meanings(mixed()[0]) == meanings(mixed()[0])
    assert meanings(mixed()[0]) != meanings(mixed(0, old, new)[0])


# Errors, as a user meets them


class Number(pydantic.BaseModel):
    x: float | None


def numbers(*values: float | None) -> pd.DataFrame:
    times = pd.Series([pd.Timestamp("2024-01-01")] * len(values), dtype="datetime64[us]")
    return pd.DataFrame({"event_timestamp": times, "x": pd.array(values, "float64")})


@pytest.fixture
def build(make_module: MakeModule) -> Callable[..., Project]:
    def make(source: str, request: type[pydantic.BaseModel] = Number) -> Project:
        module = make_module(HEAD + source)
        vars(module)["service"] = FeatureService("s", ["f"], request)
        return Project([module], store="memory://")

    return make


ERRORS = {
    "another class": ("def f(x: float) -> int: return x", "returned 1.5 .float. for x=1.5; its an"),
    "none": ("def f(x: float) -> float: return None", r"returned None .*Annotate `\| None`"),
    "it raises": ("def f(x: float) -> float: return x / 0", r"ZeroDivisionError.*given x=1\.5"),
    "another dtype": ("def f(x: str) -> str: return x", "'x' of function 'f' .* given double"),
}


@pytest.mark.parametrize(("source", "message"), ERRORS.values(), ids=ERRORS)
def test_errors_in_batch_and_online(
    build: Callable[..., Project], source: str, message: str
) -> None:
    project = build(source)
    with pytest.raises(FunctionError, match=message):
        BatchDriver(project).training_frame(numbers(1.5), "s")
    # A run that was published before the function was broken.
    store = MemoryStore()
    good = build("def f(x: float) -> float: return x")
    with BatchDriver(good, store=store) as batch:
        batch.publish(batch.training_frame(numbers(1.5), "s"))
    with pytest.raises(FunctionError, match=message):
        OnlineDriver(project, store=store).features("s", {"x": 1.5})
    [problem] = check(project, numbers(1.5, 1.5)).problems
    assert problem.function == "f"
    assert problem.kind == ("types" if "given double" in message else "raises")


UNPLANNABLE = {
    "a default is not required": "def f(x: float = 1.0) -> float: ...",
    "what no column can hold": """
def g(x: float) -> dict: ...
def f(y: float, g: dict) -> float: ...
""",
    "a column and one value": """
def g(y: pd.Series, x: float) -> float: ...
def f(y: pd.Series, g: float) -> pd.Series: ...
""",
}


class Two(Number):
    y: float


@pytest.mark.parametrize("source", UNPLANNABLE.values(), ids=UNPLANNABLE)
def test_what_is_fitted_takes_no_single_value_of_a_row(
    build: Callable[..., Project], source: str
) -> None:
    with pytest.raises(InvalidDefinition, match=r"is a fitted value"):
        BatchDriver(build(source, Two)).plan("s")


def test_a_request_that_carries_what_is_fitted(build: Callable[..., Project]) -> None:
    class Carried(Number):
        mean: float

    source = """
def mean(x: pd.Series) -> float: return x.mean()
def twice(mean: float) -> float: return mean * 2
def f(x: float, {}: float) -> float: return x - {}
"""
    with pytest.raises(InvalidDefinition, match=r"'twice' .* is a fitted value.* one 'mean', and"):
        BatchDriver(build(source.format("twice", "twice"), Carried)).plan("s")
    project = build(source.format("mean", "mean"), Carried)
    frame = BatchDriver(project).training_frame(numbers(3.0, None).assign(mean=[1.0, 2.0]), "s")
    assert frame.to_pandas()["f"].isna().tolist() == [False, True]
    assert frame.to_pandas()["f"][0] == 2.0
    assert verify(project, "s", numbers(3.0, None).assign(mean=[1.0, 2.0])).ok


def test_no_rows(build: Callable[..., Project]) -> None:
    project = build("def f(x: float) -> int: return 1 / 0")
    frame = BatchDriver(project).training_frame(numbers(), "s")
    assert str(frame.to_pandas()["f"].dtype) == "Int64"
