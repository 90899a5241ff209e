"""`FeatureService`: what one model takes, and what a request for it carries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pydantic
from pydantic.fields import FieldInfo

from onedag.dtypes import ColumnType, allows_none, annotated_type
from onedag.errors import InvalidDefinition

__all__ = ["EVENT_TIMESTAMP", "FeatureService", "RequestField"]

EVENT_TIMESTAMP = "event_timestamp"
"""The row's time: a column of every spine, optional in a request, an input of any row function."""


@dataclass(frozen=True, slots=True)
class RequestField:
    """One field of a request.

    Attributes:
        name: as in the pydantic model.
        type: its column type; nullable where the annotation allows None.
        nullable: whether None may stand there.
        required: whether a request must carry it.
        default: what stands in for it otherwise.
    """

    name: str
    type: ColumnType
    nullable: bool
    required: bool
    default: Any = None


@dataclass(frozen=True, slots=True)
class FeatureService:
    """The ordered features that a model takes.

    Attributes:
        name: unique in the project.
        features: names of functions, windows of aggregates (``late_rate_7d``), columns of sources
            or fields of the request, in the model's order.
        request: a pydantic model: join keys, raw fields, or both.
    """

    name: str
    features: tuple[str, ...]
    request: type[pydantic.BaseModel]

    def __init__(
        self, name: str, features: Iterable[str], request: type[pydantic.BaseModel]
    ) -> None:
        names = (features,) if isinstance(features, str) else tuple(features)
        repeated = sorted({feature for feature in names if names.count(feature) > 1})
        if not names or repeated:
            problem = f"names {', '.join(repeated)} twice" if repeated else "has no features"
            raise InvalidDefinition(f"Service {name!r} {problem}.")
        if not (isinstance(request, type) and issubclass(request, pydantic.BaseModel)):
            raise InvalidDefinition(
                f"Service {name!r} needs a pydantic model class as its request, not {request!r}."
            )
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "features", names)
        object.__setattr__(self, "request", request)

    def request_fields(self) -> dict[str, RequestField]:
        """The fields of a request by name, in the model's order.

        Raises:
            InvalidDefinition: a field's annotation stands for no column type.
        """
        return {name: self._field(name, info) for name, info in self.request.model_fields.items()}

    def _field(self, name: str, info: FieldInfo) -> RequestField:
        column = annotated_type(info.annotation, f"Field {name!r} of service {self.name!r}")
        required = info.is_required()
        default = None if required else info.get_default(call_default_factory=True)
        nullable = allows_none(info.annotation) or (not required and default is None)
        if nullable:
            column = column.or_null()
        return RequestField(name, column, nullable, required, default)
