"""Asks for one model's features in two ways, and shows that the answers are the same.

    python examples/absenteeism/run.py [CSV]

Scenario 1: the request carries all raw fields. Scenario 2: it carries the employee's id, and the
fields are looked up. CSV has the columns of UCI's "Absenteeism at work", with or without dates (see
prepare.py); without one, generate.py makes up the records. Exits with 1 if an answer differs, with
2 if the CSV can't be used.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from generate import generate
from prepare import DATE, UnusableRecords, clean, read_records

from drivers import BatchDriver, FeatureVectors, OnlineDriver, TrainingFrame
from onedag import Project

HERE = Path(__file__).resolve().parent
FROM_FIELDS, FROM_ID = "absenteeism_from_fields", "absenteeism_from_id"


def main() -> int:
    """Run the example; the process's exit code."""
    parser = argparse.ArgumentParser(description="One module of features, two kinds of request.")
    parser.add_argument("csv", type=Path, nargs="?", help="records; made up if left out")
    path = parser.parse_args().csv
    now = datetime.now(UTC)
    try:
        records = clean(generate()) if path is None else read_records(path)
        if not (records[DATE] <= now).any():
            raise UnusableRecords("It has no records up to now.")
    except (OSError, UnusableRecords) as error:
        print(f"{path} can't be used. {error}", file=sys.stderr)
        return 2
    employees = records["ID"].nunique()
    print(f"{len(records)} records of {employees} employees, {path or 'made up by generate.py'}\n")
    return 0 if compare(records, now) else 1


def compare(records: pd.DataFrame, now: datetime) -> bool:
    """Train and ask in both ways; whether everything is the same."""
    project = Project.load(HERE)
    source = project.sources["employee_records"]
    data = HERE / str(source.data)
    data.parent.mkdir(exist_ok=True)
    records.to_parquet(data, index=False)

    renamed = records.rename(columns=dict(source.columns))
    # A look-up finds the last of an employee's records of one time, so no other is comparable.
    renamed = renamed.drop_duplicates(["employee_id", "absent_on"], keep="last")
    with_fields, with_id = train(project, renamed, now)
    print_frames(with_fields, with_id)

    requests = newest_records(renamed, now)
    ids = [{"employee_id": request["employee_id"]} for request in requests]
    with OnlineDriver(project) as online:
        from_fields = online.features(FROM_FIELDS, requests)
        from_id = online.features(FROM_ID, ids)
    print_answers(ids[0], from_fields, from_id)

    different = differences(ids, from_fields, from_id)
    cells = from_fields.table.num_rows * from_fields.table.num_columns
    print(f"\n{len(ids)} employees asked in both ways: {cells} values, {len(different)} differ.")
    for line in different:
        print(f"  {line}")
    same_types = from_fields.schema == from_id.schema
    if not same_types:
        print(f"The types differ:\n{from_fields.schema}\n{from_id.schema}")
    return with_fields.fitted == with_id.fitted and same_types and not different


def train(
    project: Project, records: pd.DataFrame, now: datetime
) -> tuple[TrainingFrame, TrainingFrame]:
    """Publish a training frame for each scenario, and store what scenario 2 looks up."""
    spine = records.rename(columns={"absent_on": "event_timestamp"})
    with BatchDriver(project) as batch:
        with_fields = batch.training_frame(spine, FROM_FIELDS)
        with_id = batch.training_frame(spine[["employee_id", "event_timestamp"]], FROM_ID)
        batch.publish(with_fields)
        batch.publish(with_id)
        batch.materialize(as_of=now)
    return with_fields, with_id


def newest_records(records: pd.DataFrame, now: datetime) -> list[dict[str, Any]]:
    """Every employee's newest record, as the request that carries all raw fields."""
    newest = records[records["absent_on"] <= now].groupby("employee_id").tail(1)
    fields = newest.sort_values("employee_id").drop(columns=["absent_on", "absent_hours"])
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in fields.to_dict("records")
    ]


def differences(
    ids: list[dict[str, Any]], from_fields: FeatureVectors, from_id: FeatureVectors
) -> list[str]:
    """What differs, to the last bit."""
    pairs = zip(ids, from_fields.to_dicts(), from_id.to_dicts(), strict=True)
    return [
        f"employee {row['employee_id']}, {name}: {ours[name]!r} and {theirs[name]!r}"
        for row, ours, theirs in pairs
        for name in ours
        if ours[name] != theirs[name]
    ]


def print_frames(with_fields: TrainingFrame, with_id: TrainingFrame) -> None:
    """Where the planner takes the inputs from, and what was fitted."""
    _row("", "SCENARIO 1", "SCENARIO 2")
    _row("The request carries", "all fields", "the id only")
    origins = [frame.plan.serving.origins for frame in (with_fields, with_id)]
    print("\nWhere the values come from online")
    for name, origin in origins[1].items():
        if origin != "computed":
            _row(f"  {name}", origins[0][name], origin)
    _row("  all other functions", "computed", "computed")
    print(f"\nFitted over {len(with_fields)} training rows")
    for name, value in with_fields.fitted.items():
        _row(f"  {name}", value, with_id.fitted[name])


def print_answers(
    request: dict[str, Any], from_fields: FeatureVectors, from_id: FeatureVectors
) -> None:
    """The answers to the first request, side by side."""
    print(f"\nAnswers for employee {request['employee_id']}")
    ours, theirs = from_fields.to_dicts()[0], from_id.to_dicts()[0]
    for name, value in ours.items():
        _row(f"  {name}", value, theirs[name])


def _row(name: str, *values: object) -> None:
    shown = [f"{value:.6f}" if isinstance(value, float) else str(value) for value in values]
    print(f"{name:34}" + "".join(f"{value:14}" for value in shown).rstrip())


if __name__ == "__main__":
    sys.exit(main())
