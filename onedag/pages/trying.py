"""The form that asks a service's real endpoint, field by field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from onedag.catalog import Catalog
from onedag.durations import to_utc
from onedag.lineage import PII
from onedag.pages.links import Links
from onedag.service import EVENT_TIMESTAMP
from onedag.snapshots import FieldSnapshot, ServiceSnapshot
from onedag.statistics import Categories, FeatureStatistics

__all__ = ["TryField", "TryForm", "try_form"]

_KINDS = (
    ("int", "integer"),
    ("uint", "integer"),
    ("double", "number"),
    ("float", "number"),
    ("bool", "boolean"),
    ("timestamp", "time"),
)
_BOUNDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "pattern": "like {}",
}
_SAID = {"time": "time, UTC", "choice": "one of these"}
_FORMS = {"time": "YYYY-MM-DD hh:mm", "date": "YYYY-MM-DD"}
_KEYBOARDS = {"integer": "numeric", "number": "decimal"}
_BOOLS = ("true", "false")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TryField:
    """One field of the form.

    Attributes:
        name: of the request's field.
        kind: how it is asked for, and what is made of it as JSON: ``integer``, ``number``,
            ``boolean``, ``time``, ``date``, ``choice`` or ``text``.
        type: its Arrow type.
        required: whether a request must carry it.
        nullable: whether null may be sent.
        default: what stands in for it, as JSON; empty where it is required or isn't known.
        description: what the request model says of it.
        bounds: what else its values must be.
        personal: whether it is tagged as personal data.
        choices: the values that there are, where they are few.
        example: what the form is filled in with; empty where nothing is known.
        offered: another value that may be wanted.
    """

    name: str
    kind: str
    type: str
    required: bool
    nullable: bool
    default: str = ""
    description: str = ""
    bounds: tuple[str, ...] = ()
    personal: bool = False
    choices: tuple[str, ...] = ()
    example: str = ""
    offered: str = ""

    @property
    def said(self) -> str:
        """What to call its kind."""
        return _SAID.get(self.kind, self.kind)

    @property
    def form(self) -> str:
        """What a value looks like, where that isn't plain."""
        return _FORMS.get(self.kind, "")

    @property
    def keyboard(self) -> str:
        """What a phone needs for it (``inputmode``); empty for letters."""
        return _KEYBOARDS.get(self.kind, "")

    @property
    def asks_for_null(self) -> bool:
        """Whether null is something else than leaving it out."""
        return self.nullable and self.default != "null"


@dataclass(frozen=True, slots=True)
class TryForm:
    """The form of one service.

    Attributes:
        service: its name.
        api: what to put before ``v1/services/…``.
        has_model: whether predictions can be asked for.
        fields: in the request's order; the row's time last, if the request doesn't have it.
        pages: where names in an answer lead to, ``features`` and ``views``, by name.
    """

    service: str
    api: str
    has_model: bool
    fields: tuple[TryField, ...]
    pages: Mapping[str, Mapping[str, str]]


def try_form(catalog: Catalog, service: ServiceSnapshot, links: Links) -> TryForm | None:
    """The form of a service; None where no API is there to be asked.

    Args:
        catalog: that the service is of.
        service: whose endpoint is asked.
        links: of the page that the form is on.
    """
    if links.api is None:
        return None
    named = [name for name in service.origins if name in catalog.index.features]
    return TryForm(
        service=service.name,
        api=links.api,
        has_model=service.name in catalog.models,
        fields=_fields(catalog, service),
        pages={
            "features": {name: links.feature(name) for name in named},
            "views": {name: links.view(name) for name in service.views},
        },
    )


def _fields(catalog: Catalog, service: ServiceSnapshot) -> tuple[TryField, ...]:
    schema = catalog.requests.get(service.name, {})
    run = catalog.runs.get(service.name)
    features = {} if run is None or run.statistics is None else run.statistics.features
    fields = [_field(field, schema, features.get(field.name)) for field in service.fields]
    if all(field.name != EVENT_TIMESTAMP for field in fields):
        fields.append(_time_of(catalog, service))
    return tuple(fields)


def _field(
    field: FieldSnapshot, schema: Mapping[str, Any], statistics: FeatureStatistics | None
) -> TryField:
    said = schema.get("properties", {}).get(field.name, {})
    inner = _resolved(said, schema)
    choices = inner.get("enum", [inner["const"]] if "const" in inner else [])
    kind = _kind(field.type, inner, choices)
    example = next(iter(said.get("examples", inner.get("examples", ()))), None)
    if example is None:
        example = said.get("default")
    personal = any(tag.lower() == PII for tag in field.tags)
    if example is None and statistics is not None and not personal:
        example = _usual(statistics)
    return TryField(
        name=field.name,
        kind=kind,
        type=field.type,
        required=field.required,
        nullable=field.nullable,
        default=_default(field, said),
        description=field.description,
        bounds=tuple(text.format(inner[key]) for key, text in _BOUNDS.items() if key in inner),
        personal=personal,
        choices=_BOOLS if kind == "boolean" else tuple(map(str, choices)),
        example=_written(example, kind),
    )


def _time_of(catalog: Catalog, service: ServiceSnapshot) -> TryField:
    """The row's time. That of what is stored is offered: to it nothing is too old."""
    stored = [catalog.views[name].as_of for name in service.views if name in catalog.views]
    return TryField(
        name=EVENT_TIMESTAMP,
        kind="time",
        type="timestamp[us, tz=UTC]",
        required=False,
        nullable=False,
        description="The row's time; the server's present if left out.",
        offered=_written(max(stored).isoformat(), "time") if stored else "",
    )


def _resolved(said: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a property's schema says of values other than null, references followed."""
    if "$ref" in said:
        name = str(said["$ref"]).rpartition("/")[2]
        return _resolved(schema.get("$defs", {}).get(name, {}), schema)
    for one in said.get("anyOf", said.get("allOf", ())):
        if one.get("type") != "null":
            return _resolved(one, schema)
    return said


def _kind(arrow: str, inner: Mapping[str, Any], choices: list[Any]) -> str:
    if choices:
        return "choice"
    if inner.get("format") == "date":
        return "date"
    return next((kind for begins, kind in _KINDS if arrow.startswith(begins)), "text")


def _default(field: FieldSnapshot, said: Mapping[str, Any]) -> str:
    if field.required:
        return ""
    if "default" in said:
        return json.dumps(said["default"], ensure_ascii=False)
    return "null" if field.default == "None" else field.default or ""


def _usual(statistics: FeatureStatistics) -> Any:
    """A value from the middle of the training rows."""
    values = statistics.values
    if isinstance(values, Categories):
        return next(iter(values.counts), None)
    middle = None if values is None else values.quantile(0.5)
    if middle is not None and statistics.type.startswith("timestamp"):
        return (_EPOCH + timedelta(microseconds=int(middle))).isoformat()
    return middle


def _written(example: Any, kind: str) -> str:
    """An example as the form's fields hold it; empty where it isn't one."""
    if example is None:
        return ""
    if kind not in ("time", "date"):
        return example if isinstance(example, str) else json.dumps(example)
    try:
        when = to_utc(datetime.fromisoformat(str(example)))
    except ValueError:
        return ""
    if kind == "date":
        return f"{when:%Y-%m-%d}"
    return when.replace(tzinfo=None).isoformat(" ").removesuffix(":00")
