"""The five skews of Hamilton's example of feature engineering in several contexts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pandas as pd
import pytest
from hamilton import async_driver, driver

from drivers import BatchDriver, OnlineDriver
from drivers.check import check
from drivers.testing import both_ways
from onedag import FeatureService, Project
from onedag.errors import (
    MissingInput,
    NotPublished,
    RequestError,
    SchemaMismatch,
    SpineError,
    UnknownName,
)
from onedag.fingerprints import Fingerprints

MakeProject = Callable[..., Project]

FEATURES = """
import pandas as pd
import pydantic
from onedag import FeatureService

def age_mean(age: pd.Series) -> float:
    return age.mean()

def age_std_dev(age: pd.Series) -> float:
    return age.std()

def age_zero_mean_unit_variance(
    age: pd.Series, age_mean: float, age_std_dev: float
) -> pd.Series:
    return (age - age_mean) / age_std_dev

def day_2(day: pd.Series) -> pd.Series:
    return day == 2

def day_3(day: pd.Series) -> pd.Series:
    return day == 3

class Absence(pydantic.BaseModel):
    age: float
    day: int

absence = FeatureService("absence", ["day_3", "age_zero_mean_unit_variance", "day_2"], Absence)
"""

ONE_HOT = """
import pandas as pd
import pydantic
from hamilton.function_modifiers import extract_columns
from onedag import FeatureService

@extract_columns("day_2", "day_3")
def days(day: pd.Series) -> pd.DataFrame:
    dummies = pd.get_dummies(day, prefix="day")
    for name in ("day_2", "day_3"):
        if name not in dummies:
            dummies[name] = 0
    return dummies[["day_2", "day_3"]]

class Absence(pydantic.BaseModel):
    day: int

absence = FeatureService("absence", ["day_2", "day_3"], Absence)
"""

SPINE = [
    {"event_timestamp": datetime(2024, 1, 1), "age": 20.0, "day": 2},
    {"event_timestamp": datetime(2024, 1, 2), "age": 30.0, "day": 3},
    {"event_timestamp": datetime(2024, 1, 3), "age": 70.0, "day": 2},
]


@pytest.fixture
def project(make_project: MakeProject) -> Project:
    return make_project(FEATURES)


def published(project: Project, spine: list[dict[str, Any]] = SPINE) -> OnlineDriver:
    """An online driver after a run on some rows."""
    batch = BatchDriver(project)
    batch.publish(batch.training_frame(pd.DataFrame(spine), "absence"))
    return OnlineDriver(project)


def test_dummies_are_bool_in_batch_and_int_online(make_project: MakeProject) -> None:
    """`get_dummies` makes bools of the categories it sees; the others are filled with integers.

    Here that code is named by `check`, and refused by the online driver. A comparison for each
    category is a bool wherever it is computed.
    """
    project = make_project(ONE_HOT)
    days = project.modules[0].days
    assert [str(dtype) for dtype in days(pd.Series([2, 3])).dtypes] == ["bool", "bool"]
    assert [str(dtype) for dtype in days(pd.Series([2])).dtypes] == ["bool", "int64"]

    report = check(project, pd.DataFrame(SPINE), "absence")
    assert {problem.function for problem in report.problems} == {"days"}
    assert "get_dummies" in str(report)
    with pytest.raises(SchemaMismatch, match="Feature 'day_3' is int64, not bool"):
        both_ways(project, service="absence", spine=[{"day": 2}, {"day": 3}])

    compared = both_ways(make_project(FEATURES), "day_2", "day_3", spine=[{"day": 2}, {"day": 3}])
    assert compared.dtypes == {"day_2": "bool", "day_3": "bool"}
    assert compared["day_3"] == [False, True]


def test_a_float_day_one_hots_to_zeros(project: Project) -> None:
    """The dummy of 5.0 is called `day_5.0`, and every column that the model knows stays 0.

    Here a request says which type a field has and refuses another; a float column is the very
    integers that it holds, or refused by name.
    """
    dummies = pd.get_dummies(pd.Series([2.0]), prefix="day")
    known = dummies.reindex(columns=["day_2", "day_3"], fill_value=0)
    assert known.to_numpy().tolist() == [[0, 0]]

    with pytest.raises(RequestError, match=r"row 0, day: .*valid integer"):
        published(project).features("absence", {"age": 20.0, "day": 2.0})
    floats = pd.DataFrame(SPINE).assign(day=[2.0, 3.0, 2.0])
    features = both_ways(project, "day_2", spine=floats)
    assert features["day_2"] == [True, False, True]
    with pytest.raises(SpineError, match=r"'day'.*double"):
        both_ways(project, "day_2", spine=floats.assign(day=2.5))


def test_the_async_driver_sorts_columns_by_name(project: Project) -> None:
    """Hamilton's async driver answers in the order of names, so a matrix has other columns.

    Here the order is the service's, in the frame and in every answer, and a service whose order
    changed since its run was published is refused.
    """
    wanted = ["day_3", "age_zero_mean_unit_variance", "day_2"]

    async def of_hamilton() -> list[str]:
        built = await async_driver.Builder().with_modules(*project.modules).build()
        inputs = {"age": pd.Series([20.0, 30.0]), "day": pd.Series([2, 3])}
        return list(await built.execute(wanted, inputs=inputs))

    assert asyncio.run(of_hamilton()) == sorted(wanted) != wanted

    batch = BatchDriver(project)
    frame = batch.training_frame(pd.DataFrame(SPINE), "absence")
    batch.publish(frame)
    online = OnlineDriver(project)
    row = {"age": 20.0, "day": 3}
    awaited = asyncio.run(online.afeatures("absence", row))
    for answer in (frame, online.features("absence", row), awaited):
        assert list(answer.to_pandas().columns) == wanted
    matrix = awaited.matrix()[0].tolist()
    assert (matrix[0], matrix[2]) == (1.0, 0.0), "day_3, then day_2"

    changed = FeatureService("absence", sorted(wanted), project.services["absence"].request)
    with pytest.raises(SchemaMismatch, match="their order changed"):
        OnlineDriver(project).load(changed)


def test_aggregates_hard_coded_in_the_server(project: Project, make_project: MakeProject) -> None:
    """The server has the mean of last year's data in its code, and nobody changes it.

    Here a mean is a function that is annotated `-> float`: computed over the training frame, kept
    with the run, and another one as soon as another run is published. A number that is written in a
    function can't be told from one that belongs there, but changing it is seen: it is another
    fingerprint.
    """
    online = published(project)
    row = {"age": 40.0, "day": 2}

    def served() -> float:
        return float(online.features("absence", row).to_dicts()[0]["age_zero_mean_unit_variance"])

    ages = pd.Series([20.0, 30.0, 70.0])
    assert served() == (40.0 - ages.mean()) / ages.std()
    older = [{**one, "age": one["age"] + 10.0} for one in SPINE]
    before = served()
    published(project, older)
    assert served() == (40.0 - (ages + 10.0).mean()) / ages.std() != before

    literals = [
        make_project(
            "import pandas as pd\n\n"
            f"def above(age: pd.Series) -> pd.Series:\n    return age - {mean}\n"
        ).graph["above"]
        for mean in (40.0, 50.0)
    ]
    one, other = (Fingerprints().of(node.code) for node in literals)
    assert one != other


def test_a_forgotten_override_is_nan(project: Project) -> None:
    """Of one row the deviation is NaN, so an override that is forgotten or misspelt makes NaN.

    Here fitted values come from the published run: without a run nothing is answered, and given
    ones must be all that there are, under their names.
    """
    stock = driver.Builder().with_modules(*project.modules).build()
    result = stock.execute(
        ["age_zero_mean_unit_variance"],
        inputs={"age": pd.Series([40.0])},
        overrides={"age_mean": 30.0, "age_std_dv": 10.0},
    )
    assert pd.DataFrame(result).isna().all(axis=None)

    row = {"age": 40.0, "day": 2}
    with pytest.raises(NotPublished, match="'absence' has no published run"):
        OnlineDriver(project).features("absence", row)
    given = {"age_mean": 30.0, "age_std_dev": 10.0}
    with pytest.raises(MissingInput, match="fitted= lacks age_std_dev"):
        both_ways(project, service="absence", spine=SPINE, fitted={"age_mean": 30.0})
    with pytest.raises(UnknownName, match=r"'age_std_dv'. Did you mean 'age_std_dev'"):
        both_ways(project, service="absence", spine=SPINE, fitted={**given, "age_std_dv": 1.0})
    features = both_ways(project, service="absence", spine=SPINE[:1], fitted=given)
    assert features["age_zero_mean_unit_variance"] == [-1.0]


def test_a_fitted_value_that_the_run_does_not_have(
    project: Project, make_project: MakeProject
) -> None:
    """Code that needs a new constant is deployed, and the run that is served has none.

    Here that is an error that names the run and the fitted value.
    """
    published(project)
    edited = FEATURES.replace("(\n    age: pd.Series,", "(\n    age: pd.Series, age_least: float,")
    edited = edited.replace("(age - age_mean)", "(age - age_mean - age_least)")
    edited += "\ndef age_least(age: pd.Series) -> float:\n    return age.min()\n"
    online = OnlineDriver(make_project(edited))
    with pytest.raises(SchemaMismatch, match="has no fitted value 'age_least'"):
        online.features("absence", {"age": 40.0, "day": 2})
