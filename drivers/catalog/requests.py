"""What the services' request models say of their fields, as JSON schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic.errors import PydanticUserError

from onedag.project import Project

__all__ = ["request_schemas"]


def request_schemas(project: Project) -> dict[str, Mapping[str, Any]]:
    """The schema of a row of each service's request, by service.

    A model that has none, because of a type of the user's own, isn't there.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for name, service in project.services.items():
        try:
            found[name] = service.request.model_json_schema()
        except PydanticUserError:
            continue
    return found
