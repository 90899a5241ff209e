from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from onedag.catalog import ServedModel, freshness
from onedag.pages.attention import matters, overdue

VIEW = "user_orders_every_1d"


def said(catalog) -> dict[str, str]:
    return {matter.name: matter.said for matter in matters(catalog)}


def test_a_whole_catalog_wants_nothing_of_what_is_as_it_should_be(catalog):
    found = said(catalog)
    assert "buys" not in found
    assert VIEW not in found


def test_grave_matters_come_first(catalog):
    grave = [matter.grave for matter in matters(catalog)]
    assert grave == sorted(grave, reverse=True)
    assert {True, False} == set(grave)


def test_what_is_not_published_or_stored(catalog, bare):
    assert said(catalog)["visits"].startswith("No run is published")
    assert said(bare)[VIEW].startswith("It was never materialized")
    assert said(bare)["broken"] == "It can't be planned: It lacks a price."


def test_nothing_is_told_of_what_nobody_knows(bare):
    down = replace(bare, store_error="It is down.")
    assert said(down).keys() == {"broken"}


def test_values_that_drifted_or_differ(catalog):
    told = [m.said for m in matters(catalog) if m.name == "risk"]
    assert told == [
        "Its values in buys drifted from training: PSI 0.30.",
        "2 of 9 served values in buys differ from those of history.",
    ]


def test_other_code(catalog):
    run = replace(catalog.runs["buys"], outdated=("risk", "is_big", "a", "b", "c"))
    view = replace(catalog.views[VIEW], current=False, outdated=("is_big",))
    found = said(replace(catalog, runs={"buys": run}, views={VIEW: view}))
    assert found["buys"].startswith("a, b, c and 2 more changed since the run was trained")
    assert found[VIEW] == "is_big changed since it was made. Run `onedag materialize`."
    found = said(replace(catalog, views={VIEW: replace(view, outdated=())}))
    assert found[VIEW].startswith("It was made by other code or other packages")


def test_a_model_that_does_not_fit(catalog):
    model = ServedModel(
        "buys", "", "buys.onnx", 1, "0" * 64, catalog.read_at, False, "It lacks risk."
    )
    assert said(replace(catalog, models={"buys": model}))["buys"] == "It lacks risk."


def test_personal_data_that_is_not_allowed(catalog):
    flows = tuple(replace(flow, allowed=False) for flow in catalog.pii)
    assert "its may_use doesn't name: " in said(replace(catalog, pii=flows))["buys"]


@pytest.mark.parametrize(
    ("age", "late"),
    [
        (timedelta(hours=47), None),
        (timedelta(days=2), None),
        (timedelta(days=2, hours=1), timedelta(hours=1)),
    ],
)
def test_a_view_is_overdue_two_intervals_after_its_values(catalog, age, late):
    stored = replace(catalog.views[VIEW], as_of=catalog.read_at - age)
    found = replace(catalog, views={VIEW: stored})
    assert overdue(found, freshness(found, VIEW)) == late
    assert (VIEW in said(found)) == (late is not None)
