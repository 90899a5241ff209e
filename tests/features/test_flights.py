"""The parts fit together: names, requests, and what the sources promise of their files."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pyarrow.parquet as pq
import pydantic
import pytest
from hamilton import driver

import features
from features.flights import (
    DepartureRequest,
    departure_delay,
    departures,
    landings,
    planes,
    weather,
)
from onedag import Project, Source, plan

MODULES = [
    importlib.import_module(f"features.{module.name}")
    for module in pkgutil.iter_modules(features.__path__)
]
SOURCES = [landings, departures, weather, planes]


def functions(module: ModuleType) -> list[str]:
    members = inspect.getmembers(module, inspect.isfunction)
    return [name for name, member in members if member.__module__ == module.__name__]


def test_stock_hamilton_finds_every_feature() -> None:
    graph = driver.Builder().with_modules(*MODULES).build()
    nodes = {variable.name for variable in graph.list_available_variables()}
    assert set(departure_delay.features) <= nodes


def test_service_is_planned_from_what_a_request_carries(flights_data: Path) -> None:
    project = Project(features, root=flights_data.parent)
    columns = {
        source.name: pq.read_schema(flights_data.parent / source.data).names for source in SOURCES
    }
    planned = plan("departure_delay", project, columns)
    assert list(planned.features) == list(departure_delay.features)
    assert planned.looked_up_columns() == {"planes": ("built_year",)}
    assert {fitted.name for fitted in planned.fitted} == {
        "distance_mean",
        "distance_standard_deviation",
    }


def test_names_are_unique_and_hide_no_column(flights_data: Path) -> None:
    names = [name for module in MODULES for name in functions(module)]
    assert len(set(names)) == len(names)
    columns = set(DepartureRequest.model_fields) | {"event_timestamp", "arrived_late"}
    for source in SOURCES:
        columns |= set(pq.read_schema(flights_data / f"{source.name}.parquet").names)
    assert not columns & set(names)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_sources_name_columns_of_their_files(flights_data: Path, source: Source) -> None:
    schema = pq.read_schema(flights_data.parent / source.data)
    assert source.timestamp in schema.names


def test_every_function_says_what_it_is() -> None:
    for module in MODULES:
        for name in functions(module):
            doc = inspect.getdoc(getattr(module, name))
            assert doc is not None, name
            assert doc.endswith("."), name
            assert "\n" not in doc, name


def test_request_is_a_row_of_the_spine(flights_data: Path) -> None:
    row = pq.read_table(flights_data / "spine.parquet").slice(0, 1).to_pylist()[0]
    request = DepartureRequest.model_validate(row)
    assert request.model_dump() == {name: row[name] for name in DepartureRequest.model_fields}


def test_request_may_lack_a_plane_but_not_a_carrier() -> None:
    known = {
        "carrier": "UA",
        "origin": "EWR",
        "dest": "IAH",
        "distance": 1400,
        "scheduled_departure": datetime(2013, 1, 1, 10, 15, tzinfo=UTC),
    }
    assert DepartureRequest(**known).tailnum is None
    with pytest.raises(pydantic.ValidationError, match="carrier"):
        DepartureRequest.model_validate({**known, "carrier": None})
