"""The service that a test asks for: one of the project's, or one made of names and a spine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pyarrow as pa
import pydantic
from pydantic.fields import FieldInfo

from drivers.testing.rows import RawRows
from onedag.dtypes import TIMESTAMP
from onedag.errors import InvalidDefinition, SpineError, UnknownName
from onedag.project import Project
from onedag.service import EVENT_TIMESTAMP, FeatureService

__all__ = ["asked_service", "spine_types", "with_defaults"]

NAME = "both_ways"
"""How the service that is made of names is called in messages."""


def asked_service(
    project: Project,
    features: Sequence[str],
    service: str | FeatureService | None,
    spine: RawRows,
) -> FeatureService:
    """The service, with some or all of its features.

    Without one, its request has the columns of the spine as its fields. A field that the project's
    services declare is as they do, the ones first that list a wanted feature; another is of the
    type of its values, and may be null if one is.

    Args:
        project: knows services by name.
        features: of the service; all if none is named.
        service: its name or itself; None for one that is made.
        spine: as it was given.

    Raises:
        UnknownName: no such service, or a column that isn't a field of its request.
        InvalidDefinition: neither a feature nor a service is named.
    """
    if service is None:
        return _made(project, features, spine)
    found = project.service(service)
    fields = {*found.request.model_fields, EVENT_TIMESTAMP}
    for name in spine.names:
        if name not in fields:
            raise UnknownName.among(f"field of service {found.name!r}", name, fields)
    if not features:
        return found
    return replace(found, features=tuple(features))


def spine_types(service: FeatureService) -> dict[str, pa.DataType]:
    """The types of a spine's columns, by the fields of the service's request."""
    types = {name: field.type.arrow for name, field in service.request_fields().items()}
    return types | {EVENT_TIMESTAMP: TIMESTAMP}


def with_defaults(
    spine: Sequence[Mapping[str, Any]], service: FeatureService
) -> list[Mapping[str, Any]]:
    """The rows, each with the defaults of the fields that it lacks and another row has."""
    named = {name for row in spine for name in row}
    fields = service.request_fields()
    defaults = {n: f.default for n, f in fields.items() if not f.required and n in named}
    return [{**defaults, **row} for row in spine]


def _made(project: Project, features: Sequence[str], spine: RawRows) -> FeatureService:
    if not features:
        raise InvalidDefinition(
            f"Name the features to compute, or a service: service=. The project has "
            f"{', '.join(map(repr, project.services)) or 'none'}."
        )
    declared = _declared(project, features)
    fields: dict[str, Any] = {
        name: (declared[name].annotation, declared[name])
        if name in declared
        else (_annotation(spine, name), ...)
        for name in spine.names
        if name != EVENT_TIMESTAMP
    }
    return FeatureService(NAME, features, pydantic.create_model("SpineRow", **fields))


def _declared(project: Project, features: Sequence[str]) -> Mapping[str, FieldInfo]:
    services = sorted(project.services.values(), key=lambda s: set(features).isdisjoint(s.features))
    return {
        name: field
        for service in reversed(services)
        for name, field in service.request.model_fields.items()
    }


def _annotation(spine: RawRows, name: str) -> Any:
    arrow = spine.inferred(name)
    kinds = {
        bool: pa.types.is_boolean,
        int: pa.types.is_integer,
        float: pa.types.is_floating,
        str: pa.types.is_string,
        datetime: pa.types.is_timestamp,
    }
    for annotation, is_kind in kinds.items():
        if is_kind(arrow):
            return annotation | None if spine.has_nulls(name) else annotation
    raise SpineError(
        f"The spine: column {name!r} is {arrow}, and no service of the project says what it is. "
        f"Give it a value in one row, or name the service: service=."
    )
