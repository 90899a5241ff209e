"""What training left of people's values isn't told, unless somebody says so."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from onedag.audit import Audit, Subject, audit_of, to_document
from onedag.catalog import Catalog, ServedRun
from onedag.lineage import Lineage
from onedag.pages.audit import audit_page
from onedag.snapshots import Snapshot
from onedag.statistics import Categories, FeatureStatistics, FrameStatistics
from tests.onedag.audit.conftest import NOW, SnapshotOf

SOURCE = """
people = Source(
    "people", pd.DataFrame({"user_id": [1], "name": ["x"], "at": [0]}), timestamp="at", key=user,
    tags={"name": ["pii"]},
)

def usual_name(name: pd.Series) -> str:
    return name.mode()[0]

def has_usual_name(name: pd.Series, usual_name: str) -> pd.Series:
    return name == usual_name

class Request(pydantic.BaseModel):
    user_id: int
    city: str

s = FeatureService("s", ["name", "has_usual_name", "city"], Request)
"""
FEATURES = ("name", "has_usual_name", "city", "gone")


def statistics_of(value: str) -> FeatureStatistics:
    return FeatureStatistics("string", 500, 7, {}, Categories({value: 493}, 0, 1))


def run() -> ServedRun:
    statistics = FrameStatistics(500, {name: statistics_of(f"Ms. {name}") for name in FEATURES})
    fitted = {"usual_name": '"Ms. usual name"'}
    return ServedRun(
        "r", "s", NOW, 500, "", "", dict.fromkeys(FEATURES, "string"), fitted, statistics
    )


@pytest.fixture
def loaded(snapshot_of_module: SnapshotOf) -> Snapshot:
    return snapshot_of_module(SOURCE)


def audited(loaded: Snapshot, *, personal: bool, trained: Snapshot | None = None) -> Audit:
    catalog = Catalog("project", NOW, loaded, Lineage({}, ()))
    return audit_of(catalog, Subject("s", run(), trained=trained, personal=personal))


def test_values_of_people_are_in_neither_form(loaded: Snapshot) -> None:
    audit = audited(loaded, personal=False)
    for text in (audit_page(audit), json.dumps(to_document(audit))):
        assert "Ms. city" in text
        for value in ("Ms. name", "Ms. has_usual_name", "Ms. usual name", "Ms. gone"):
            assert value not in text
    assert [each.withheld for each in audit.features] == [True, True, False, True]
    assert audit.features[0].statistics == replace(statistics_of("Ms. name"), values=None)
    assert [each.withheld for each in audit.fitted] == [True]
    assert "aren't told here" in audit_page(audit)


def test_they_are_told_where_somebody_says_so(loaded: Snapshot) -> None:
    audit = audited(loaded, personal=True)
    text = audit_page(audit)
    for value in ("Ms. city", "Ms. name", "Ms. has_usual_name", "Ms. usual name"):
        assert value in text
    assert not any(each.withheld for each in audit.features)


def test_what_only_one_of_both_codes_calls_personal(
    loaded: Snapshot, snapshot_of_module: SnapshotOf
) -> None:
    untagged = snapshot_of_module(SOURCE.replace('["pii"]', "[]"))
    for trained, now in ((loaded, untagged), (untagged, loaded)):
        text = audit_page(audited(now, trained=trained, personal=False))
        assert "Ms. name" not in text
        assert "Ms. city" in text


def test_without_personal_data_nothing_is_withheld(snapshot_of_module: SnapshotOf) -> None:
    untagged = snapshot_of_module(SOURCE.replace('["pii"]', "[]"))
    audit = audited(untagged, personal=False)
    assert not any(each.withheld for each in audit.features)
    assert "Ms. gone" in audit_page(audit)
