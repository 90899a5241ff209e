"""Personal data flows with values, not with keys, until a function says that it is none."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from onedag import Project, plan
from onedag.lineage import PiiFlow, personal_names, pii_flows

PEOPLE = """
from hamilton.function_modifiers import extract_columns, tag
from pydantic import Field

person = Entity("person", "person_id")
shop = Entity("shop", "shop_id")
visits = Source(
    "visits",
    pd.DataFrame({"shop_id": [1], "person_id": [1], "salary": [1.0], "spent": [2.0], "at": [0]}),
    timestamp="at",
    tags={"person_id": ["pii"], "salary": ["pii", "money"]},
)
register = Source(
    "register",
    pd.DataFrame({"person_id": [1], "born": [1], "height": [1], "at": [0]}),
    timestamp="at",
    key=person,
    tags={"person_id": ["pii"], "born": ["pii"]},
)

@aggregate(visits, by=person, over="1d")
def visits_seen(spent: pd.Series) -> int:
    return len(spent)

@aggregate(visits, by=person)
def mean_salary(salary: pd.Series) -> float:
    return salary.mean()

def is_rich(salary: pd.Series) -> pd.Series:
    return salary > 1e5

@aggregate(visits, by=shop)
def rich_share(is_rich: pd.Series) -> float:
    return is_rich.mean()

@latest(visits, by=shop)
def last_person(person_id: pd.Series) -> pd.Series:
    return person_id

def age(born: pd.Series, event_timestamp: pd.Series) -> pd.Series:
    return event_timestamp.dt.year - born

@tag(pii="false")
def age_band(age: pd.Series) -> pd.Series:
    return age // 30

def band_over_two(age_band: pd.Series) -> pd.Series:
    return age_band / 2

def age_mean(age: pd.Series) -> float:
    return age.mean()

def age_over_mean(age: pd.Series, age_mean: float) -> pd.Series:
    return age - age_mean

def masked(person_id: pd.Series) -> pd.Series:
    return person_id % 7

@tag(pii="true")
def guessed_income(height: pd.Series) -> pd.Series:
    return height * 300.0

def income_in_cents(guessed_income: pd.Series) -> pd.Series:
    return guessed_income * 100

class Request(pydantic.BaseModel):
    person_id: int = Field(json_schema_extra={"tags": ["pii"]})
    shop_id: int

s = FeatureService("s", FEATURES, Request, may_use=MAY_USE)
"""

Flows = Callable[..., tuple[PiiFlow, ...]]


@pytest.fixture
def flows(make_module: Callable[..., ModuleType]) -> Flows:
    """The flows into some features of a service."""

    def make(*features: str, may_use: tuple[str, ...] = ()) -> tuple[PiiFlow, ...]:
        source = PEOPLE.replace("FEATURES", repr(list(features))).replace("MAY_USE", repr(may_use))
        project = Project(make_module(source, preamble=True))
        columns = {name: s.columns_without_reading() or () for name, s in project.sources.items()}
        return pii_flows(plan("s", project), project, columns)

    return make


PATHS = {
    "visits_seen_1d": None,
    "height": None,
    "age_band": None,
    "band_over_two": None,
    "mean_salary": "visits.salary -> mean_salary",
    "rich_share": "visits.salary -> is_rich -> rich_share",
    "last_person": "visits.person_id -> last_person",
    "age": "register.born -> born -> age",
    "born": "register.born -> born",
    "age_over_mean": "register.born -> born -> age -> age_over_mean",
    "masked": "request.person_id -> masked",
    "person_id": "request.person_id",
    "guessed_income": "guessed_income",
    "income_in_cents": "guessed_income -> income_in_cents",
}


@pytest.mark.parametrize("feature", PATHS)
def test_what_flows_where(flows: Flows, feature: str) -> None:
    paths = [" -> ".join(flow.path) for flow in flows(feature)]
    assert paths == ([] if PATHS[feature] is None else [PATHS[feature]])


def test_a_service_may_use_what_it_says(flows: Flows) -> None:
    found = flows("age", "masked", "height", may_use=("born",))
    assert [(f.service, f.feature, f.origin, f.allowed) for f in found] == [
        ("s", "masked", "person_id", False),
        ("s", "age", "born", True),
    ]


def test_one_origin_flows_into_several_features(flows: Flows) -> None:
    found = flows("age", "age_over_mean", "age_band")
    assert [flow.feature for flow in found] == ["age", "age_over_mean"]


def test_a_mean_over_the_frame_is_a_way_too(flows: Flows) -> None:
    [flow] = flows("age_over_mean")
    assert len(flow.path) == 4  # the shortest one, not through age_mean


def test_a_time_that_is_personal_flows_under_the_name_that_rows_have_it_by(
    make_module: Callable[..., ModuleType],
) -> None:
    """And a tag in capitals is one too: what is overlooked would be let pass."""
    source = """
person = Entity("person", "person_id")
births = Source(
    "births",
    pd.DataFrame({"person_id": [1], "born_at": [0]}),
    timestamp="born_at",
    tags={"born_at": ["PII"]},
)

@latest(births, by=person)
def birthday(event_timestamp: pd.Series) -> pd.Series:
    return event_timestamp.dt.dayofyear

@aggregate(births, by=person, over="1d")
def births_seen(event_timestamp: pd.Series) -> int:
    return len(event_timestamp)

class Request(pydantic.BaseModel):
    person_id: int

s = FeatureService("s", ["birthday", "births_seen_1d"], Request)
"""
    project = Project(make_module(source, preamble=True))
    columns = {"births": ("person_id", "born_at")}
    found = pii_flows(plan("s", project, columns), project, columns)
    assert [(flow.feature, flow.origin) for flow in found] == [
        ("birthday", "born_at"),
        ("births_seen_1d", "born_at"),
    ]
    assert found[0].path == ("births.born_at", "birthday")


def test_what_may_be_looked_up_counts_where_columns_are_not_known(
    make_module: Callable[..., ModuleType],
) -> None:
    source = """
sales = Source("sales", "sales.parquet", timestamp="at")
people = Source("people", "people.parquet", timestamp="at", key=user, tags={"born": ["PII"]})

@aggregate(sales, by=user)
def oldest(born: pd.Series) -> float:
    return born.min()

@aggregate(sales, by=user)
def spent(paid: pd.Series) -> float:
    return paid.sum()

class Request(pydantic.BaseModel):
    user_id: int

s = FeatureService("s", ["oldest", "spent"], Request)
"""
    project = Project(make_module(source, preamble=True))
    planned = plan("s", project)
    assert personal_names(planned, project, {}) >= {"oldest"}
    assert "spent" not in personal_names(planned, project, {})
    known = {"sales": ("user_id", "born", "paid", "at"), "people": ("user_id", "born", "at")}
    assert personal_names(planned, project, known) == frozenset()
