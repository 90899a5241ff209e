"""Requests: the strict model of a service's rows, and rows as columns."""

from __future__ import annotations

import functools
import re
import types
import typing
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from math import isfinite
from typing import Annotated, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pydantic
from pydantic import AfterValidator, BeforeValidator, Field

from onedag.dtypes import allows_none, plain_value, without_none
from onedag.durations import to_utc
from onedag.errors import RequestError, SpineError
from onedag.service import EVENT_TIMESTAMP, FeatureService

__all__ = [
    "RequestRows",
    "RowParser",
    "parse_rows",
    "refuse_changed_values",
    "refused",
    "request_model",
]


@functools.cache
def request_model(service: FeatureService) -> type[pydantic.BaseModel]:
    """The model of one row of a request, stricter than the service's own.

    It has the service's fields and validators, and an optional `EVENT_TIMESTAMP`. Nothing is
    coerced: no ``"5"`` for an integer, no NaN or infinity, no integer beyond 64 bits, no text that
    UTF-8 can't hold, no number for a time, no field that the service doesn't have.

    One service always has one and the same model, so a row that the model made isn't checked again.
    """
    fields: dict[str, Any] = {
        name: (_strict(info.annotation), info)
        for name, info in service.request.model_fields.items()
    }
    if EVENT_TIMESTAMP not in fields:
        fields[EVENT_TIMESTAMP] = (
            _strict(datetime | None),
            Field(None, description="The row's time; the server's present if left out."),
        )
    strict = pydantic.create_model(
        service.request.__name__, __base__=service.request, __module__=__name__
    )
    strict.model_config["extra"] = "forbid"
    name = "".join(part.capitalize() for part in service.name.split("_")) + "Row"
    return pydantic.create_model(name, __base__=strict, __doc__=service.request.__doc__, **fields)


def _strict(annotation: Any) -> Any:
    """The annotation with each plain type in it made strict, however deep it stands."""
    if typing.get_origin(annotation) is Annotated:
        return Annotated[_strict(annotation.__origin__), *annotation.__metadata__]
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return typing.Union[tuple(map(_strict, typing.get_args(annotation)))]  # noqa: UP007
    if isinstance(annotation, type) and issubclass(annotation, date):
        return Annotated[annotation, BeforeValidator(_not_a_number), AfterValidator(_in_utc)]
    if annotation not in _STRICT:  # a Literal, an Enum or a UUID is strict by itself
        return annotation
    return Annotated[annotation, *_STRICT[annotation]]


def _not_a_number(value: Any) -> Any:
    if value is pd.NaT:
        raise ValueError("NaT is no time; send null where that is allowed")
    digits = isinstance(value, str) and re.fullmatch(r"\s*[+-]?[\d.]+\s*", value)
    if isinstance(value, int | float) or digits:
        raise ValueError("a number doesn't say its unit; send an ISO 8601 time")
    return value


def _in_utc(value: date) -> date:
    try:
        return to_utc(value) if isinstance(value, datetime) else value
    except OverflowError:
        raise ValueError("in UTC this is outside of the years 1 to 9999") from None


def _int64(value: int) -> int:
    # Not Field(ge=, lt=), which would stand in for bounds of the user's own.
    if not -(2**63) <= value < 2**63:
        raise ValueError("the integer is beyond 64 bits")
    return value


def _utf8(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("half of a surrogate pair stands alone; send valid Unicode") from None
    return value


_STRICT: Mapping[Any, tuple[Any, ...]] = {
    bool: (Field(strict=True),),
    int: (Field(strict=True), AfterValidator(_int64)),
    float: (Field(strict=True, allow_inf_nan=False),),
    str: (Field(strict=True), AfterValidator(_utf8)),
}


@dataclass(frozen=True, slots=True)
class RequestRows:
    """Rows that a service's request model has accepted, as columns.

    Attributes:
        service: whose request they are.
        length: the number of rows.
        columns: by field, Python values of its column type; None for null.
        times: each row's time, aware UTC; None for the present.
    """

    service: FeatureService
    length: int
    columns: Mapping[str, list[Any]]
    times: list[datetime | None]

    def __len__(self) -> int:
        return self.length

    @classmethod
    def joined(cls, requests: Sequence[RequestRows]) -> RequestRows:
        """The rows of several requests for one service, those of the first one first."""
        if len(requests) == 1:
            return requests[0]
        columns = {
            name: list(chain.from_iterable(request.columns[name] for request in requests))
            for name in requests[0].columns
        }
        times = list(chain.from_iterable(request.times for request in requests))
        return cls(requests[0].service, len(times), columns, times)


class RowParser:
    """Makes columns of the rows of a service's requests.

    What a row may be is what its request model takes. Where all fields are plain ones, without
    validators or constraints of the user's, and all values are already of the fields' types, the
    model would change nothing, and isn't asked.

    Args:
        service: whose requests.
    """

    def __init__(self, service: FeatureService) -> None:
        self.model = request_model(service)
        self._service = service
        self._plain = _plain_fields(service)
        self._as_they_are = {
            name
            for name, info in service.request.model_fields.items()
            if without_none(info.annotation) in (bool, int, float, str)
        }

    def rows(self, rows: Sequence[Mapping[str, Any] | pydantic.BaseModel]) -> RequestRows:
        """Rows as columns.

        Raises:
            RequestError: with one detail for each wrong field of each row.
        """
        columns = self._plain_columns(rows)
        if columns is None:
            columns = self._columns(parse_rows(self.model, rows))
        times = columns[EVENT_TIMESTAMP]
        if EVENT_TIMESTAMP not in self._service.request.model_fields:
            del columns[EVENT_TIMESTAMP]
        return RequestRows(self._service, len(rows), columns, times)

    def _columns(self, rows: Sequence[pydantic.BaseModel]) -> dict[str, list[Any]]:
        columns = {name: [getattr(row, name) for row in rows] for name in self.model.model_fields}
        for name, values in columns.items():
            if name not in self._as_they_are:
                columns[name] = list(map(plain_value, values))
        return columns

    def _plain_columns(self, rows: Sequence[Any]) -> dict[str, list[Any]] | None:
        if self._plain is None or set(map(type, rows)) != {dict}:
            return None
        if len(rows) == 1:
            return self._plain_row(rows[0])
        columns, present = {}, 0
        for field in self._plain:
            found = field.column(rows)
            if found is None:
                return None
            columns[field.name], count = found
            present += count
        # A field that the request doesn't have is for the model to name.
        return columns if present == sum(map(len, rows)) else None

    def _plain_row(self, row: dict[str, Any]) -> dict[str, list[Any]] | None:
        # What most requests are: a loop over values is quicker here than one over columns.
        assert self._plain is not None
        columns, present = {}, len(row)
        for field in self._plain:
            value = row.get(field.name, _ABSENT)
            if value is _ABSENT:
                value, present = field.default, present + 1
            if type(value) not in field.kinds:
                return None
            if value is not None and (value := field.checked(value)) is _ABSENT:
                return None
            columns[field.name] = [value]
        return columns if present == len(columns) else None


_ABSENT = object()


@dataclass(frozen=True, slots=True)
class _PlainField:
    """A field that only asks for a type.

    Attributes:
        name: its name.
        kind: the type.
        kinds: the classes of sent values that are taken as they are.
        default: `_ABSENT` for a required field.
    """

    name: str
    kind: type
    kinds: frozenset[type]
    default: Any

    def column(self, rows: Sequence[dict[str, Any]]) -> tuple[list[Any], int] | None:
        """The values, and how many rows have one; None where the model must be asked."""
        name, count = self.name, len(rows)
        try:
            values = sent = [row[name] for row in rows]
        except KeyError:
            if self.default is _ABSENT:
                return None
            sent = [row[name] for row in rows if name in row]
            values = [row.get(name, self.default) for row in rows]
            count = len(sent)
        if not self.kinds.issuperset(map(type, sent)):  # None may be a default and not be sent
            return None
        try:
            return (values, count) if self.kind is bool else (self._checked(values), count)
        except (OverflowError, UnicodeEncodeError, ValueError):
            return None

    def checked(self, value: Any) -> Any:
        """A value of one of the kinds as the model has it; `_ABSENT` if that must be asked."""
        kind = self.kind
        if kind is int:
            return value if -(2**63) <= value < 2**63 else _ABSENT
        if kind is bool or (kind is str and value.isascii()):
            return value
        try:
            if kind is float:
                return float(value) if isfinite(value) else _ABSENT
            return self._checked([value])[0]
        except (OverflowError, UnicodeEncodeError):
            return _ABSENT

    def _checked(self, values: list[Any]) -> list[Any]:
        there = values if None not in values else [v for v in values if v is not None]
        if self.kind is datetime:
            return [None if v is None else to_utc(v) for v in values]
        if self.kind is str:
            "".join(there).encode()
        elif self.kind is int:
            array("q", there)  # an integer beyond 64 bits doesn't fit
        elif not all(map(isfinite, there)):
            raise ValueError("JSON has neither NaN nor infinity")
        elif int in set(map(type, there)):
            return [None if v is None else float(v) for v in values]
        return values


_HARMLESS = frozenset(("extra", "title", "frozen", "json_schema_extra", "use_attribute_docstrings"))
_TAKES_PART = frozenset(
    ("__get_pydantic_core_schema__", "__init__", "__new__", "model_post_init", "model_validate")
)


def _is_special(model: type[pydantic.BaseModel]) -> bool:
    """Whether a model's class or configuration has a say in what it makes of a row."""
    own = model.__mro__[: model.__mro__.index(pydantic.BaseModel)]
    return not _HARMLESS.issuperset(model.model_config) or any(
        not _TAKES_PART.isdisjoint(vars(kind)) for kind in own
    )


def _plain_fields(service: FeatureService) -> list[_PlainField] | None:
    """The fields, or None where one asks for more than a type."""
    model = request_model(service)
    if model.__pydantic_decorators__.model_validators or _is_special(service.request):
        return None
    if any(_constrained(service.request, name) for name in service.request.model_fields):
        return None
    fields = service.request_fields()
    plain = []
    for name, info in model.model_fields.items():
        kind = without_none(info.annotation) if name in fields else datetime
        assert isinstance(kind, type)
        kinds = {kind, int} if kind is float else {kind}
        nullable = name not in fields or allows_none(service.request.model_fields[name].annotation)
        default = fields[name].default if name in fields else None
        required = name in fields and fields[name].required
        kinds |= {type(None)} if nullable else set()
        plain.append(_PlainField(name, kind, frozenset(kinds), _ABSENT if required else default))
    return plain


def parse_rows(
    model: type[pydantic.BaseModel], rows: Iterable[Mapping[str, Any] | pydantic.BaseModel]
) -> list[pydantic.BaseModel]:
    """Rows as instances of a service's request model; those that already are stay as they are.

    Raises:
        RequestError: with one detail for each wrong field of each row.
    """
    parsed, wrong = [], []
    for index, row in enumerate(rows):
        if isinstance(row, model):
            parsed.append(row)
            continue
        content = row.model_dump() if isinstance(row, pydantic.BaseModel) else row
        if not isinstance(content, Mapping):
            raise RequestError(
                f"Row {index} of the request is {type(row).__name__}, not a dict of fields."
            )
        try:
            parsed.append(model.model_validate({k: _without_numpy(v) for k, v in content.items()}))
        except pydantic.ValidationError as error:
            wrong += [_detail(index, problem) for problem in error.errors()]
    if wrong:
        raise refused(wrong, model.model_fields)
    return parsed


def refused(details: list[dict[str, object]], fields: Iterable[str] = ()) -> RequestError:
    """The error of a request with these wrong fields.

    Args:
        details: dicts with ``row`` (None for what is of no row), ``field`` and ``message``.
        fields: those that a row may have, to be named in the message.
    """
    lines = [
        f"  {d['field']}: {d['message']}"
        if d["row"] is None
        else f"  row {d['row']}, {d['field']}: {d['message']}"
        for d in details[:10]
    ]
    more = [f"  and {len(details) - 10} more"] if len(details) > 10 else []
    names = ", ".join(fields)
    known = [f"The fields are {names}."] if names else []
    return RequestError("\n".join(["The request can't be used:", *lines, *more, *known]), details)


def _detail(index: int, problem: Mapping[str, Any]) -> dict[str, object]:
    where = ".".join(str(part) for part in problem["loc"]) or "row"
    return {"row": index, "field": where, "message": problem["msg"]}


def _without_numpy(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def refuse_changed_values(service: FeatureService, given: pa.Table) -> None:
    """Refuse a spine whose values a request could not carry, or not as they are.

    A training row must be what a request could be: where the request's model constrains a field, or
    makes another value of it, each distinct value of the spine is put through the model. A
    validator of the whole model can't be asked for one field, and isn't.

    Args:
        service: whose request it is.
        given: the spine's columns of the request's fields.

    Raises:
        SpineError: naming the field and the first such value.
    """
    model = request_model(service)
    if model.__pydantic_decorators__.model_validators:
        return
    for name in service.request.model_fields:
        if name not in given.column_names or not _constrained(service.request, name):
            continue
        for value in given[name].unique().to_pylist():
            _refuse_changed(model, name, value)


def _constrained(model: type[pydantic.BaseModel], name: str) -> bool:
    info = model.model_fields[name]
    decorators = model.__pydantic_decorators__
    config = model.model_config
    return (
        bool(info.metadata or decorators.field_validators or decorators.validators)
        or without_none(info.annotation) not in (bool, int, float, str, datetime)
        or any(config.get(f"str_{how}") for how in ("strip_whitespace", "to_lower", "to_upper"))
    )


def _refuse_changed(model: type[pydantic.BaseModel], name: str, value: Any) -> None:
    what = f"Column {name!r} of the spine holds {value!r}"
    try:
        row = model.model_construct()
        model.__pydantic_validator__.validate_assignment(row, name, value)
    except pydantic.ValidationError as error:
        said = "; ".join(problem["msg"] for problem in error.errors())
        raise SpineError(f"{what}, which the service's request refuses: {said}.") from error
    carried = plain_value(getattr(row, name))
    if carried != value:
        raise SpineError(
            f"{what}, and the service's request makes {carried!r} of it: training and serving "
            f"would differ. Change the spine's column likewise before it is trained on."
        )
