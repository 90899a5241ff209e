"""Rows of requests as columns."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from math import isfinite
from typing import Any

import pydantic

from drivers.request import asks_for_more, parse_rows, request_model
from onedag.dtypes import allows_none, plain_value, without_none
from onedag.durations import to_utc
from onedag.service import EVENT_TIMESTAMP, FeatureService

__all__ = ["RequestRows", "RowParser"]


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
    if any(asks_for_more(service.request, name) for name in service.request.model_fields):
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
