"""`FeatureService`: what one model takes, and what a request for it carries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import pyarrow as pa
import pydantic
from pydantic.fields import FieldInfo

from onedag.dtypes import (
    ColumnType,
    allows_none,
    annotated_type,
    plain_value,
    without_none,
)
from onedag.errors import InvalidDefinition
from onedag.names import check_name

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
        default: what stands in for it otherwise, as a value of the column.
        tags: what is said of it: ``Field(json_schema_extra={"tags": ["pii"]})`` says that it
            carries personal data.
    """

    name: str
    type: ColumnType
    nullable: bool
    required: bool
    default: Any = None
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FeatureService:
    """The ordered features that a model takes.

    Attributes:
        name: unique in the project.
        features: names of functions, windows of aggregates (``late_rate_7d``), columns of sources
            or fields of the request, in the model's order.
        request: a pydantic model: join keys, raw fields, or both.
        on_store_error: what becomes of a request while the store is down or late: it is refused,
            or answered as for keys of which nothing is known, with statuses that say so.
        may_use: the columns and fields with personal data that its features may come from; see
            `onedag.lineage.pii_flows`. It changes no value.

    Raises:
        InvalidDefinition: no features, one twice, or one that isn't a name; a request that isn't
            a pydantic model.
    """

    name: str
    features: tuple[str, ...]
    request: type[pydantic.BaseModel]
    on_store_error: Literal["refuse", "missing"]
    may_use: frozenset[str]

    def __init__(
        self,
        name: str,
        features: Iterable[str],
        request: type[pydantic.BaseModel],
        *,
        on_store_error: Literal["refuse", "missing"] = "refuse",
        may_use: Iterable[str] = (),
    ) -> None:
        check_name(name, "A service")
        names = (features,) if isinstance(features, str) else tuple(features)
        if others := [feature for feature in names if not isinstance(feature, str)]:
            raise InvalidDefinition(
                f"Service {name!r} lists {others[0]!r} as a feature. Name its features, as "
                f"strings: a window of an aggregate has a name and no function of its own."
            )
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
        if on_store_error not in ("refuse", "missing"):
            raise InvalidDefinition(
                f"Service {name!r} has on_store_error={on_store_error!r}. "
                f"Say 'refuse' or 'missing'."
            )
        object.__setattr__(self, "request", request)
        object.__setattr__(self, "on_store_error", on_store_error)
        allowed = frozenset([may_use] if isinstance(may_use, str) else may_use)
        if others := [name for name in allowed if not isinstance(name, str)]:
            raise InvalidDefinition(
                f"Service {name!r} has {others[0]!r} in may_use=. Name columns and fields there, "
                f"as strings."
            )
        object.__setattr__(self, "may_use", allowed)

    def request_fields(self) -> dict[str, RequestField]:
        """The fields of a request by name, in the model's order.

        Raises:
            InvalidDefinition: a field's annotation stands for no column type, or its default
                isn't a value of that type, the same each time.
        """
        return {name: self._field(name, info) for name, info in self.request.model_fields.items()}

    def _field(self, name: str, info: FieldInfo) -> RequestField:
        what = f"Field {name!r} of service {self.name!r}"
        column = annotated_type(info.annotation, what)
        if name == EVENT_TIMESTAMP and without_none(info.annotation) is not datetime:
            raise InvalidDefinition(
                f"{what} is {info.annotation!r}; it is the row's time: annotate it as datetime."
            )
        if any(a not in (None, name) for a in (info.alias, info.validation_alias)):
            raise InvalidDefinition(
                f"{what} has an alias. A spine has a column under the field's name, and a request "
                f"says the same: name the field as it is called there."
            )
        required = info.is_required()
        default = None if required else _default(info, column, what)
        nullable = allows_none(info.annotation) or (not required and default is None)
        if nullable:
            column = column.or_null()
        return RequestField(name, column, nullable, required, default, _tags(info, what))


def _tags(info: FieldInfo, what: str) -> frozenset[str]:
    extra = info.json_schema_extra
    said = extra.get("tags", ()) if isinstance(extra, Mapping) else ()
    tags = [said] if isinstance(said, str) else said
    if not isinstance(tags, list | tuple) or not all(isinstance(tag, str) for tag in tags):
        raise InvalidDefinition(
            f"{what} has the tags {said!r}. Write a list of texts: "
            f'Field(json_schema_extra={{"tags": ["pii"]}}).'
        )
    return frozenset(map(str, tags))


def _default(info: FieldInfo, column: ColumnType, what: str) -> Any:
    try:
        # A factory that gives another value each time would give one to all rows of a training
        # frame, and another to each request.
        first, second = (info.get_default(call_default_factory=True) for _ in range(2))
    except ValueError as error:
        raise InvalidDefinition(
            f"{what} has a default that depends on other fields. Write a function for it instead."
        ) from error
    value = plain_value(first)
    if not _same(value, plain_value(second)):
        raise InvalidDefinition(
            f"{what} has a default that changes: {first!r}, then {second!r}. A row of a training "
            f"frame could not have the one that a request gets; make the field required."
        )
    try:
        fits = _same(value, pa.scalar(value, column.arrow).as_py())
    except (pa.ArrowException, OverflowError):
        fits = False
    if not fits:
        raise InvalidDefinition(f"{what} is {column}, and its default {first!r} isn't.")
    return value


def _same(left: Any, right: Any) -> bool:
    return bool(left == right or (left != left and right != right))  # NaN isn't equal to itself
