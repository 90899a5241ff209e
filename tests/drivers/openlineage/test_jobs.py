"""What all runs say of where they are run, and what becomes of events."""

from __future__ import annotations

import subprocess

import pytest

from drivers import BatchDriver
from drivers.openlineage.runs import uuid_of
from onedag import FixedClock, Project
from tests.drivers.openlineage.collector import Collector
from tests.drivers.openlineage.reading import batch_of, told
from tests.drivers.openlineage.shop import NOW, SPINE


def test_the_namespace_and_the_scheduler_are_of_the_environment(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLINEAGE_NAMESPACE", "prod")
    uuid = uuid_of(NOW, "dag")
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", f"airflow/dag.task/{uuid}")
    with batch_of(shop) as batch:
        batch.training_frame(SPINE, "buys")
    event = told(shop)[0]
    assert event["job"]["namespace"] == "prod"
    parent = event["run"]["facets"]["parent"]
    assert parent["run"]["runId"] == uuid
    assert (parent["job"]["namespace"], parent["job"]["name"]) == ("airflow", "dag.task")


@pytest.mark.parametrize("text", ["airflow", "a/b/c", "//", "a//01a1ffba-c8fc-70c0-a519"])
def test_a_parent_of_another_form_is_left_out(
    text: str, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", text)
    with batch_of(shop) as batch:
        batch.backfill(NOW, NOW, "1d", ["customer_orders"])
    assert all("parent" not in event["run"]["facets"] for event in told(shop))


@pytest.mark.parametrize(
    ("remote", "url"),
    [
        ("https://me:secret@host/team/shop.git", "https://host/team/shop.git"),
        ("git@host:team/shop.git", "ssh://host/team/shop.git"),
        ("/srv/shop.git", "file:///srv/shop.git"),
    ],
)
def test_where_the_code_is(remote: str, url: str, shop: Project) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    for command in (["init", "-q"], ["add", "data"], ["commit", "-qm", "x"],
                    ["remote", "add", "origin", remote]):  # fmt: skip
        subprocess.run(["git", *identity, *command], cwd=shop.root, check=True)
    with batch_of(shop) as batch:
        commit = batch.snapshot.commit
        batch.backfill(NOW, NOW, "1d", ["customer_orders"])
    assert commit is not None
    for event in told(shop):
        said = event["job"]["facets"]["sourceCodeLocation"]
        assert (said["url"], said["version"]) == (url, commit.hash)
        assert event["run"]["facets"]["onedag_run"]["commit"] == commit.hash
    assert "secret" not in (shop.root / "events.jsonl").read_text()


def test_an_endpoint_that_refuses_changes_nothing(
    shop: Project, collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    collector.statuses = [500]
    shop.openlineage = collector.url
    with batch_of(shop) as batch:
        assert len(batch.training_frame(SPINE, "buys")) == 2
        assert batch.materialize(NOW).keys > 0
    assert len(caplog.records) == 1


def test_measuring_is_not_told(shop: Project) -> None:
    with BatchDriver(shop, clock=FixedClock(NOW), tell=False) as batch:
        batch.training_frame(SPINE, "buys")
    assert not (shop.root / "events.jsonl").exists()
