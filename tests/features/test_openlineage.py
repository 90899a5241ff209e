"""What the flights' jobs and server tell to OpenLineage, as their real users would see it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from batch_etl.train import train
from drivers import BatchDriver
from onedag import Project
from onedag.lineage import NodeKind, service_lineage
from onedag.settings import TrainingSettings
from online_api import create_app
from tests.drivers.openlineage.published import events_in

Event = dict[str, Any]

TEST_FROM = datetime(2013, 3, 15, tzinfo=UTC)
SERVICE = "departure_delay"
FRAME = f"nycflights.{SERVICE}.training_frame"


@pytest.fixture(scope="module")
def project(flights_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The flights, and 3,000 departures of March as the spine."""
    root = tmp_path_factory.mktemp("told") / "nycflights"
    root.mkdir()
    (root / "data").symlink_to(flights_data)
    rows = pd.read_parquet(flights_data / "spine.parquet")
    march = rows[rows["event_timestamp"].dt.month == 3]
    march.sample(3000, random_state=0).sort_index().to_parquet(root / "spine.parquet")
    settings = TrainingSettings(
        spine=Path("spine.parquet"), label="arrived_late", test_from=TEST_FROM
    )
    return Project(
        ["features"],
        store="sqlite:///store.db",
        root=root,
        training={SERVICE: settings},
        openlineage="file:events.jsonl",
    )


@pytest.fixture(scope="module")
def events(project: Project) -> list[Event]:
    """Of a training, a materialization and a server, each as the schemas have it."""
    environment = pytest.MonkeyPatch()
    for name in ("API_KEY", "NAMESPACE", "PARENT_ID"):
        environment.delenv(f"OPENLINEAGE_{name}", raising=False)
    train(project, SERVICE)
    with BatchDriver(project) as batch:
        batch.materialize(TEST_FROM)
    with TestClient(create_app(project)):
        pass
    environment.undo()
    return events_in(project.root / "events.jsonl")


def completed(events: list[Event], job: str) -> list[Event]:
    return [e for e in events if e["job"]["name"] == job and e["eventType"] == "COMPLETE"]


def test_every_run_starts_and_ends(events: list[Event]) -> None:
    by_run: dict[str, list[str]] = {}
    for event in events:
        by_run.setdefault(event["run"]["runId"], []).append(event["eventType"])
    assert set(map(tuple, by_run.values())) == {("START", "COMPLETE")}
    kinds = {event["job"]["name"].partition(".")[0] for event in events}
    assert kinds == {"train", "training_frame", "materialize", "serve"}


def test_every_column_comes_from_one_that_the_event_reads(events: list[Event]) -> None:
    for event in events:
        if event["eventType"] != "COMPLETE":
            continue
        read = {
            (each["namespace"], each["name"], field["name"])
            for each in event["inputs"]
            for field in each["facets"].get("schema", {"fields": []})["fields"]
        }
        for output in event["outputs"]:
            lineage = output["facets"]["columnLineage"]["fields"]
            for origins in lineage.values():
                for each in origins["inputFields"]:
                    assert (each["namespace"], each["name"], each["field"]) in read


def test_the_frames_are_parts_of_the_training(events: list[Event]) -> None:
    (training,) = completed(events, f"train.{SERVICE}")
    frames = completed(events, f"training_frame.{SERVICE}")
    assert len(frames) == 2
    for frame in frames:
        assert frame["run"]["facets"]["parent"]["run"]["runId"] == training["run"]["runId"]
    first = frames[0]["run"]["facets"]["onedag_run"]["onedagRunId"]
    assert training["run"]["facets"]["onedag_run"]["onedagRunId"] == first


def test_one_can_walk_from_a_prediction_to_the_files(events: list[Event], project: Project) -> None:
    """Each dataset that a job reads was written by another, or is a file of the project."""
    written = {
        (each["namespace"], each["name"])
        for event in events
        for each in event["outputs"]
        if event["eventType"] == "COMPLETE"
    }
    read = {(each["namespace"], each["name"]) for event in events for each in event["inputs"]}
    outside = {name.rpartition("/")[2] for _, name in read - written}
    assert outside == {
        "departures.parquet", "landings.parquet", "planes.parquet", "weather.parquet",
        "spine.parquet", f"nycflights.{SERVICE}.spine", f"nycflights.{SERVICE}.request",
    }  # fmt: skip


def test_a_feature_through_two_windows_comes_from_its_lineage(
    events: list[Event], project: Project
) -> None:
    feature = "carrier_delay_trend"
    frame = completed(events, f"training_frame.{SERVICE}")[0]["outputs"][0]
    assert frame["name"] == FRAME
    told = {
        (Path(each["name"]).stem, each["field"]): {w["subtype"] for w in each["transformations"]}
        for each in frame["facets"]["columnLineage"]["fields"][feature]["inputFields"]
    }
    with BatchDriver(project, tell=False) as batch:
        lineage = service_lineage([batch.plan(SERVICE)], project, batch.columns())
    upstream = lineage.upstream([f"service:{SERVICE}:{feature}"])
    windows = {node.window for node in upstream.nodes.values()} - {""}
    assert len(windows) == 2
    values = {
        (node.source, node.label)
        for node in upstream.nodes.values()
        if node.kind is NodeKind.COLUMN and not any(a == node.id for a, _ in upstream.keys)
    }
    assert {place for place, ways in told.items() if ways == {"AGGREGATION"}} == values
    keys = {place[1] for place, ways in told.items() if ways == {"JOIN"}}
    assert keys == {"carrier"}
