"""What a report describes: the run's own code where it is known, and the loaded code else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from onedag.audit import Subject, audit_of
from onedag.catalog import Catalog, ServedRun
from onedag.errors import UnknownName
from onedag.lineage import Lineage
from onedag.snapshots import Commit, Snapshot
from tests.onedag.audit.conftest import NOW, Audited, SnapshotOf

SOURCE = """
def doubled(amount: pd.Series) -> pd.Series:
    return amount * 2

class Request(pydantic.BaseModel):
    amount: float

s = FeatureService("s", ["doubled", "amount"], Request)
"""
RUN = ServedRun("s-1", "s", NOW, 500, "", "", {"amount": "double", "gone": "int64"}, {}, None)


@pytest.fixture
def loaded(snapshot_of_module: SnapshotOf) -> Snapshot:
    return snapshot_of_module(SOURCE)


def catalog_of(snapshot: Snapshot) -> Catalog:
    return Catalog("project", NOW, snapshot, Lineage({}, ()), runs={"s": RUN})


def test_features_are_those_of_the_run_in_its_order(loaded: Snapshot) -> None:
    audit = audit_of(catalog_of(loaded), Subject("s", RUN))
    assert [(each.position, each.name, each.type) for each in audit.features] == [
        (1, "amount", "double"),
        (2, "gone", "int64"),
    ]
    gone = audit.features[1]
    assert (gone.kind, gone.formula) == (None, ())
    assert gone.sentence.startswith("What it comes from isn't known")


def test_a_snapshot_without_the_service_is_not_described(loaded: Snapshot) -> None:
    other = replace(loaded, services={})
    audit = audit_of(catalog_of(loaded), Subject("s", RUN, trained=other))
    assert (audit.code.of_run, audit.code.snapshot) == (False, loaded.id)
    assert audit.unknown[0].startswith("The snapshot of the run has no such service")


def test_the_commit_is_that_of_the_training(loaded: Snapshot) -> None:
    trained = replace(loaded, commit=Commit("c0ffee" * 6 + "1234", dirty=True))
    audit = audit_of(catalog_of(loaded), Subject("s", RUN, trained=trained))
    assert audit.code.dirty
    assert any(
        "taken at git commit c0ffeec0ffee, where some files differed" in said
        for said in audit.summary
    )
    assert "The git commit of the code isn't known." not in audit.unknown


def test_other_packages_are_told_apart_from_other_code(loaded: Snapshot) -> None:
    trained = replace(loaded, versions=("Python 3.11", "numpy 1.0"))
    audit = audit_of(catalog_of(loaded), Subject("s", RUN, trained=trained))
    assert audit.code.changes is not None
    assert [change.name for change in audit.code.changes] == ["package-versions"]


def test_an_unknown_service(audited: Audited) -> None:
    with pytest.raises(UnknownName, match="No service is named 't'"):
        audited(SOURCE, Subject("t"))
