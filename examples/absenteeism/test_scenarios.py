"""Scenario 1 carries all raw fields, scenario 2 the employee's id: the answers are the same."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pandas as pd
import pydantic
import pytest

from drivers import BatchDriver, OnlineDriver, TrainingFrame
from drivers.verify import verify
from onedag import FeatureService, Project, Status
from onedag.errors import RequestError

FROM_FIELDS, FROM_ID = "absenteeism_from_fields", "absenteeism_from_id"
NOW = datetime(2024, 1, 1, tzinfo=UTC)

Make = Callable[[pd.DataFrame], Project]


@pytest.fixture
def project(make_project: Make, records: pd.DataFrame) -> Project:
    return make_project(records)


@pytest.fixture
def renamed(services: ModuleType, records: pd.DataFrame) -> pd.DataFrame:
    """The records under the names that functions and requests use."""
    return records.rename(columns=services.COLUMNS)


@pytest.fixture
def spine(renamed: pd.DataFrame) -> pd.DataFrame:
    return renamed.rename(columns={"absent_on": "event_timestamp"})


@pytest.fixture
def frames(project: Project, spine: pd.DataFrame) -> dict[str, TrainingFrame]:
    """Both scenarios, trained, published, and stored as of `NOW`."""
    ids = spine[["employee_id", "event_timestamp"]]
    with BatchDriver(project) as batch:
        made = {
            FROM_FIELDS: batch.training_frame(spine, FROM_FIELDS),
            FROM_ID: batch.training_frame(ids, FROM_ID),
        }
        for frame in made.values():
            batch.publish(frame)
        batch.materialize(as_of=NOW)
    return made


def requests_of(rows: pd.DataFrame) -> list[dict[str, Any]]:
    fields = rows.drop(columns=["absent_on", "absent_hours"]).to_dict("records")
    return [{k: None if pd.isna(v) else v for k, v in row.items()} for row in fields]


def newest(renamed: pd.DataFrame) -> list[dict[str, Any]]:
    return requests_of(renamed.groupby("employee_id").tail(1))


def ids_of(requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"employee_id": request["employee_id"]} for request in requests]


def test_both_scenarios_answer_the_same_for_every_employee(
    project: Project, frames: dict[str, TrainingFrame], renamed: pd.DataFrame
) -> None:
    requests = newest(renamed)
    assert len(requests) == 25
    with OnlineDriver(project) as online:
        from_fields = online.features(FROM_FIELDS, requests)
        from_id = online.features(FROM_ID, ids_of(requests))
    assert from_fields.table.equals(from_id.table)
    pd.testing.assert_frame_equal(
        from_fields.to_pandas(), from_id.to_pandas(), check_exact=True, check_dtype=True
    )
    assert from_fields.statuses == from_id.statuses
    assert {status for row in from_id.statuses for status in row.values()} == {Status.PRESENT}


def test_both_training_frames_are_the_same(frames: dict[str, TrainingFrame]) -> None:
    assert frames[FROM_FIELDS].table.equals(frames[FROM_ID].table)
    assert frames[FROM_FIELDS].schema == frames[FROM_ID].schema
    assert frames[FROM_FIELDS].fitted == frames[FROM_ID].fitted


@pytest.mark.parametrize("service", [FROM_FIELDS, FROM_ID])
def test_training_and_serving_are_the_same(
    project: Project, spine: pd.DataFrame, service: str
) -> None:
    report = verify(project, service, spine, rows=100)
    assert report.ok, str(report)


def test_an_unknown_value_is_unknown_in_both(
    make_project: Make, records: pd.DataFrame, services: ModuleType
) -> None:
    last = records.groupby("ID").tail(1).index
    for row, column in zip(
        last, ["Age", "Son", "Month of absence", "Day of the week"], strict=False
    ):
        records.loc[row, column] = pd.NA
    project = make_project(records)
    renamed = records.rename(columns=services.COLUMNS)
    spine = renamed.rename(columns={"absent_on": "event_timestamp"})
    with BatchDriver(project) as batch:
        for service in (FROM_FIELDS, FROM_ID):
            batch.publish(batch.training_frame(spine, service))
        batch.materialize(as_of=NOW)
    requests = newest(renamed)
    with OnlineDriver(project) as online:
        from_fields = online.features(FROM_FIELDS, requests)
        from_id = online.features(FROM_ID, ids_of(requests))
    assert from_fields.table.equals(from_id.table)
    assert from_fields.statuses == from_id.statuses
    unknown = [
        [name for name, value in row.items() if value is None] for row in from_id.to_dicts()[:5]
    ]
    days = [f"day_of_the_week_{day}" for day in range(2, 7)]
    assert unknown == [["age_zero_mean_unit_variance"], ["has_children"], ["is_summer"], days, []]


# Fitted values ------------------------------------------------------------------------------------


def test_fitted_values_are_those_of_the_training_rows(
    frames: dict[str, TrainingFrame], records: pd.DataFrame
) -> None:
    ages = [float(age) for age in records["Age"]]
    for frame in frames.values():
        assert frame.fitted == pytest.approx(
            {"age_mean": statistics.fmean(ages), "age_std_dev": statistics.stdev(ages)}, rel=1e-12
        )


def test_fitted_values_are_used_online_and_not_computed_anew(
    project: Project, frames: dict[str, TrainingFrame], renamed: pd.DataFrame
) -> None:
    # The standard deviation of one row would be missing, and its deviation from its mean zero.
    for frame in frames.values():
        request = newest(renamed)[0]
        row = request if frame.service == FROM_FIELDS else {"employee_id": request["employee_id"]}
        expected = (request["age"] - frame.fitted["age_mean"]) / frame.fitted["age_std_dev"]
        with OnlineDriver(project) as online:
            [answer] = online.features(frame.service, row).to_dicts()
        assert answer["age_zero_mean_unit_variance"] == expected
        assert expected != 0


def test_online_uses_the_values_of_the_run_that_was_published_last(
    project: Project, frames: dict[str, TrainingFrame], spine: pd.DataFrame
) -> None:
    with OnlineDriver(project) as online:
        before = online.features(FROM_ID, {"employee_id": 1}).to_dicts()
        with BatchDriver(project) as batch:
            run = batch.training_frame(spine.head(20), FROM_ID)
            batch.publish(run)
        after = online.features(FROM_ID, {"employee_id": 1})
    assert run.fitted != frames[FROM_ID].fitted
    assert after.run_id == run.run_id
    assert after.to_dicts() != before


# Rows ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", [FROM_FIELDS, FROM_ID])
def test_one_row_and_many_rows_agree(
    project: Project, frames: dict[str, TrainingFrame], renamed: pd.DataFrame, service: str
) -> None:
    requests = newest(renamed)
    rows = requests if service == FROM_FIELDS else ids_of(requests)
    with OnlineDriver(project) as online:
        together = online.features(service, rows).to_pandas()
        alone = [online.features(service, row).to_pandas() for row in rows]
    for position, row in enumerate(alone):
        expected = together.iloc[[position]].reset_index(drop=True)
        pd.testing.assert_frame_equal(row, expected, check_exact=True)


def test_a_request_without_nulls_gives_the_same_values(
    project: Project, frames: dict[str, TrainingFrame], spine: pd.DataFrame, renamed: pd.DataFrame
) -> None:
    """Fields that can't be null make bool and not boolean: another dtype, the same values."""

    class Strict(pydantic.BaseModel):
        age: int
        son: int
        pet: int
        month: int
        day_of_the_week: int

    service = FeatureService("strict", project.services[FROM_ID].features, Strict)
    with BatchDriver(project) as batch:
        frame = batch.training_frame(spine, service)
        batch.publish(frame)
    rows = [{name: row[name] for name in Strict.model_fields} for row in newest(renamed)]
    with OnlineDriver(project) as online:
        strict = online.features(service, rows)
        from_id = online.features(FROM_ID, ids_of(newest(renamed)))
    assert frame.fitted == frames[FROM_ID].fitted
    assert strict.to_dicts() == from_id.to_dicts()
    assert strict.to_pandas()["has_pet"].dtype == "bool"
    assert from_id.to_pandas()["has_pet"].dtype == "boolean"


def test_a_day_with_a_fraction_is_refused_in_a_request(
    project: Project, frames: dict[str, TrainingFrame], renamed: pd.DataFrame
) -> None:
    request = newest(renamed)[0] | {"day_of_the_week": 5.0}
    with OnlineDriver(project) as online, pytest.raises(RequestError, match="day_of_the_week"):
        online.features(FROM_FIELDS, request)


def test_a_source_of_fractional_days_gives_the_right_category(
    make_project: Make, records: pd.DataFrame
) -> None:
    fractional = records.assign(**{"Day of the week": records["Day of the week"].astype("float64")})
    spine = pd.DataFrame(
        {"employee_id": records["ID"], "event_timestamp": records["Date of absence"]}
    )
    with BatchDriver(make_project(fractional)) as batch:
        frame = batch.training_frame(spine, FROM_ID).to_pandas()
    for day in range(2, 7):
        assert (
            frame[f"day_of_the_week_{day}"].tolist() == (records["Day of the week"] == day).tolist()
        )


# Time ---------------------------------------------------------------------------------------------


def test_later_records_change_nothing(
    make_project: Make, records: pd.DataFrame, spine: pd.DataFrame
) -> None:
    #     2021 ─────────────────────── CUT ────────────────── 2023
    #     records as they were          │  other ages, pets, days
    #                asked as of here ──┘
    cut = pd.Timestamp("2022-07-01", tz="UTC")
    later = records["Date of absence"] > cut
    edited = records.copy()
    for column in ("Age", "Son", "Pet"):
        edited.loc[later, column] += 1
    edited.loc[later, "Month of absence"] = 1
    edited.loc[later, "Day of the week"] = 2
    past = spine[spine["event_timestamp"] <= cut]
    ids = [{"employee_id": number, "event_timestamp": cut} for number in range(1, 26)]
    tables, answers, fitted = [], [], []
    for history in (records, edited):
        project = make_project(history)
        with BatchDriver(project) as batch:
            frame = batch.training_frame(past, FROM_ID)
            batch.publish(frame)
            batch.materialize(as_of=cut)
        with OnlineDriver(project) as online:
            answers.append(online.features(FROM_ID, ids))
        tables.append(frame.table)
        fitted.append(frame.fitted)
    assert fitted[0] == fitted[1]
    assert tables[0].equals(tables[1])
    assert answers[0].table.equals(answers[1].table)


def test_an_employee_is_asked_about_as_of_the_time(
    project: Project, renamed: pd.DataFrame, frames: dict[str, TrainingFrame]
) -> None:
    first = renamed.groupby("employee_id").head(1)
    spine = first.rename(columns={"absent_on": "event_timestamp"})[
        ["employee_id", "event_timestamp"]
    ]
    before = spine.assign(event_timestamp=spine["event_timestamp"] - pd.Timedelta("1us"))
    with BatchDriver(project) as batch:
        at = batch.training_frame(spine, FROM_ID)
        earlier = batch.training_frame(before, FROM_ID)
    assert set(at.statuses("has_pet")) == {Status.PRESENT}
    assert set(earlier.statuses("has_pet")) == {Status.MISSING}
    assert earlier.to_pandas()["has_pet"].isna().all()


def test_an_employee_that_nobody_knows_is_missing(
    project: Project, frames: dict[str, TrainingFrame]
) -> None:
    with OnlineDriver(project) as online:
        answer = online.features(FROM_ID, {"employee_id": 999})
    assert set(answer.to_dicts()[0].values()) == {None}
    assert set(answer.statuses[0].values()) == {Status.MISSING}
