"""Reads events as strictly as OpenLineage's schemas are, with the classes made from them.

The classes of `openlineage.client.generated` are generated from the published JSON schemas, and
each says the URL of its own. Here a facet is looked up by the URL that the event gives it, and
every property must be one that the class has, of its type; every one that it needs must be there.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from datetime import datetime
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import attr
from openlineage.client import generated
from openlineage.client.event_v2 import RunEvent
from openlineage.client.facet_v2 import BaseFacet

__all__ = ["events_in", "read_event"]

FACET_KEYS = {"facets", "inputFacets", "outputFacets"}
NAMED = {
    "columnLineage": "ColumnLineageDatasetFacet",
    "dataSource": "DatasourceDatasetFacet",
    "datasetType": "DatasetTypeDatasetFacet",
    "errorMessage": "ErrorMessageRunFacet",
    "jobType": "JobTypeJobFacet",
    "nominalTime": "NominalTimeRunFacet",
    "outputStatistics": "OutputStatisticsOutputDatasetFacet",
    "ownership": "OwnershipJobFacet",
    "parent": "ParentRunFacet",
    "processing_engine": "ProcessingEngineRunFacet",
    "schema": "SchemaDatasetFacet",
    "sourceCodeLocation": "SourceCodeLocationJobFacet",
    "tags": "TagsDatasetFacet",
    "version": "DatasetVersionDatasetFacet",
    "onedag_run": "RunFacet",  # ours, with whatever properties
}
"""The key that each facet's schema file gives it, and the definition there."""


def events_in(path: Path) -> list[dict[str, Any]]:
    """The events of a file, a line each, each of them as it should be."""
    return [read_event(json.loads(line)) for line in path.read_text().splitlines()]


def read_event(event: dict[str, Any]) -> dict[str, Any]:
    """The event, which is a `RunEvent` and nothing else."""
    assert event["schemaURL"] == RunEvent._get_schema()
    assert event["producer"].startswith("pkg:pypi/onedag@")
    UUID(event["run"]["runId"])
    assert datetime.fromisoformat(event["eventTime"]).tzinfo is not None
    _check(event, RunEvent, "event")
    return event


@cache
def _classes() -> dict[str, type]:
    """The facets' classes by the URL of their schema."""
    found: dict[str, type] = {}
    for info in pkgutil.iter_modules(generated.__path__):
        module = importlib.import_module(f"{generated.__name__}.{info.name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, BaseFacet):
                found[value._get_schema()] = value
    return found


def _facet(key: str, facet: dict[str, Any], where: str) -> None:
    assert facet["_producer"].startswith("pkg:pypi/onedag@"), where
    url = facet["_schemaURL"]
    assert url.rpartition("/")[2] == NAMED[key], (where, url)
    if NAMED[key] != "RunFacet":
        _check(facet, _classes()[url], where)


def _check(value: Any, wanted: Any, where: str) -> None:
    if attr.has(wanted):
        assert isinstance(value, dict), where
        hints = get_type_hints(wanted)
        fields = {field.name: field for field in attr.fields(wanted)}
        assert value.keys() <= fields.keys(), (where, value.keys() - fields.keys())
        needed = {name for name, field in fields.items() if field.default is attr.NOTHING}
        assert needed <= value.keys(), (where, needed - value.keys())
        for name, content in value.items():
            if name in FACET_KEYS:
                for key, facet in content.items():
                    _facet(key, facet, f"{where}.{key}")
            else:
                _check(content, hints[name], f"{where}.{name}")
    elif get_origin(wanted) in (Union, UnionType):
        (some,) = [each for each in get_args(wanted) if each is not NoneType]
        _check(value, some, where)
    elif get_origin(wanted) is list:
        assert isinstance(value, list), where
        for each in value:
            _check(each, get_args(wanted)[0], where)
    elif get_origin(wanted) is dict:
        for key, each in value.items():
            _check(each, get_args(wanted)[1], f"{where}.{key}")
    elif issubclass(wanted, Enum):
        wanted(value)
    else:
        assert type(value) is wanted, (where, value)
