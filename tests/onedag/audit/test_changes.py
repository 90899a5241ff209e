"""What a report says of the code as it is now, where that isn't what the model was trained with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from onedag.audit import Audit, Subject, audit_of
from onedag.audit.model import CodeChange
from onedag.catalog import Catalog, ServedRun
from onedag.lineage import Lineage
from tests.onedag.audit.conftest import NOW, SnapshotOf

SOURCE = """
def doubled(amount: pd.Series) -> pd.Series:
    return amount * 2

def older(age: pd.Series) -> pd.Series:
    return age + 1

class Request(pydantic.BaseModel):
    user_id: int
    amount: float

s = FeatureService("s", ["doubled", "older"], Request)
"""
DOUBLED = """
def doubled(amount: pd.Series) -> pd.Series:
    return amount * 2
"""
NOTHING = "Nothing that the model relies on has changed since it was trained."

After = Callable[..., Audit]


@pytest.fixture
def after(snapshot_of_module: SnapshotOf) -> After:
    """The audit of a model after an edit of the code."""

    def make(old: str, new: str, unplanned: str = "") -> Audit:
        assert old in SOURCE
        trained = snapshot_of_module(SOURCE)
        loaded = snapshot_of_module(SOURCE.replace(old, new))
        run = ServedRun("r", "s", NOW, 5, trained.id, "", {"doubled": "x", "older": "x"}, {}, None)
        reasons = {"s": unplanned} if unplanned else {}
        catalog = Catalog("project", NOW, loaded, Lineage({}, ()), unplanned=reasons)
        return audit_of(catalog, Subject("s", run, trained=trained))

    return make


def test_without_an_edit(after: After) -> None:
    assert NOTHING in after("doubled", "doubled").summary


def test_a_function_that_is_gone(after: After) -> None:
    audit = after(DOUBLED, "", unplanned="Nothing is named 'doubled'.")
    [change] = audit.code.changes or ()
    assert change == CodeChange("doubled", ("isn't there any more",), ("doubled",))
    assert NOTHING not in audit.summary
    assert "The service can't be planned as the code is now: Nothing is named 'doubled'." in (
        audit.unknown
    )


def test_a_feature_that_the_service_takes_no_more(after: After) -> None:
    said = after('["doubled", "older"]', '["older"]').summary
    assert NOTHING not in said
    assert "Since then the service itself changed: it takes doubled no more." in said


def test_a_feature_of_which_a_looked_up_source_changed(after: After) -> None:
    late = 'import onedag\nprofiles = onedag.Source("profiles", profiles.data, "at", delay="1h",'
    audit = after("def doubled", f"{late} key=user)\ndef doubled")
    now = {each.name: each.now for each in audit.features}
    assert now["older"].endswith("What it is made of changed: age.")
    assert "What it is made of" not in now["doubled"]


def test_data_that_is_marked_as_personal_since(after: After) -> None:
    tagged = 'profiles = Source("profiles", profiles.data, "at", key=user, tags={"age": ["pii"]})'
    audit = after("def doubled", f"{tagged}\ndef doubled")
    assert "No feature comes from data that is marked as personal." in audit.summary
    assert audit.code.personal == ("older",)
    assert any("marks more data as personal, which goes into older." in s for s in audit.summary)


def test_a_service_that_cannot_be_planned(snapshot_of_module: SnapshotOf) -> None:
    loaded = snapshot_of_module(SOURCE)
    services = {"s": replace(loaded.services["s"], origins={}, views=())}
    catalog = Catalog("project", NOW, replace(loaded, services=services), Lineage({}, ()))
    audit = audit_of(catalog, Subject("s"))
    assert not any(said.startswith("No feature comes from") for said in audit.summary)
    unknown = "Whether doubled and older come from data that is marked as personal isn't known."
    assert unknown in audit.summary
    assert "can't be planned" in audit.features[0].sentence
