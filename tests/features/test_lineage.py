"""Questions of an auditor about the flights."""

from __future__ import annotations

from pathlib import Path

import pytest

from batch_etl.lineage import Whole, whole_lineage
from onedag import Project
from onedag.lineage import dead_nodes, impact_of, paths_between, reads_of, uses_of


@pytest.fixture(scope="module")
def whole(flights_data: Path) -> Whole:
    return whole_lineage(Project(["features"], store="memory://", root=flights_data.parent))


def test_which_services_use_a_plane_s_year_and_through_what(whole: Whole) -> None:
    [use] = uses_of(whole.lineage, ["planes.built_year"])
    assert (use.service, use.feature, use.key) == ("departure_delay", "plane_age_years", False)
    assert [whole.lineage.nodes[node].full_name for node in use.path] == [
        "planes.built_year",
        "built_year",
        "plane_age_years",
    ]


def test_a_plane_s_number_only_says_which_plane(whole: Whole) -> None:
    uses = uses_of(whole.lineage, ["planes.tailnum"])
    assert [(use.feature, use.key) for use in uses] == [("plane_age_years", True)]
    uses = uses_of(whole.lineage, ["landings.tailnum"])
    assert "plane_last_arrival_delay" in {use.feature for use in uses}
    assert {use.key for use in uses} == {True}


def test_a_change_of_when_a_landing_is_late(whole: Whole) -> None:
    found = impact_of(whole.lineage, ["landed_late"])
    assert set(found.views) == {"carrier_landings", "route_landings", "everything_landings"}
    assert found.services == ("departure_delay",)
    assert "carrier_late_rate_7d" in found.functions
    assert "carrier_mean_arrival_delay_7d" not in found.stored


def test_how_a_delay_becomes_a_part_of_an_interaction(whole: Whole) -> None:
    [way] = paths_between(whole.lineage, "landings.arr_delay", "carrier_delay_trend").shortest
    labels = [whole.lineage.nodes[node].label for node in way]
    assert (labels[0], labels[-1]) == ("arr_delay", "carrier_delay_trend")
    assert whole.lineage.nodes[way[1]].view == "carrier_landings"


def test_what_the_service_reads(whole: Whole) -> None:
    reads = reads_of(whole.lineage, "departure_delay")
    views = {view.name: view for view in reads.views}
    assert all(view.online for view in reads.views)
    assert views["route_landings"].join_keys == ("origin", "dest")
    ages = {feature.max_age for feature in views["origin_airport_weather"].features}
    assert ages == {"3h"}
    assert reads.sources["planes"] == ("built_year", "tailnum")
    assert set(reads.fitted) == {"distance_mean", "distance_standard_deviation"}


def test_nothing_is_dead_and_unused_columns_are_known(whole: Whole) -> None:
    assert dead_nodes(whole.lineage) == ()
    assert whole.all_meant(["planes.seats"])[0] == ()
    assert whole.all_meant(["weather.observed_at"])[1]
