"""What the services' request models say of their fields, as JSON schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic.errors import PydanticUserError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaWarningKind

from onedag.project import Project

__all__ = ["request_schemas"]


class _Quiet(GenerateJsonSchema):
    # A default that JSON can't hold is left out; OpenAPI warns of it, and once is enough.
    ignored_warning_kinds: ClassVar[set[JsonSchemaWarningKind]] = {
        "non-serializable-default",
        "skipped-choice",
        "skipped-discriminator",
    }


def request_schemas(project: Project) -> dict[str, Mapping[str, Any]]:
    """The schema of a row of each service's request, by service.

    A model that has none, because of a type of the user's own, isn't there.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for name, service in project.services.items():
        try:
            found[name] = service.request.model_json_schema(schema_generator=_Quiet)
        except PydanticUserError:
            continue
    return found
