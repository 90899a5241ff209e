"""Requests: the strict model of a service's rows, and rows as columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pydantic
from pydantic import BeforeValidator, Field

from onedag.dtypes import TIMESTAMP, ColumnType
from onedag.durations import to_utc
from onedag.errors import RequestError
from onedag.planner import Plan
from onedag.service import EVENT_TIMESTAMP, RequestField

__all__ = ["RequestRows", "parse_rows", "request_model"]

_INT64 = 2**63


def request_model(plan: Plan) -> type[pydantic.BaseModel]:
    """The model of one row of a request, stricter than the service's own.

    It has the service's fields and validators, and an optional `EVENT_TIMESTAMP`. Nothing is
    coerced: no ``"5"`` for an integer, no NaN or infinity, no integer beyond 64 bits, no field that
    the service doesn't have.
    """
    service = plan.service
    fields: dict[str, Any] = {
        name: (_strict(info.annotation, plan.fields[name]), info)
        for name, info in service.request.model_fields.items()
    }
    if EVENT_TIMESTAMP not in fields:
        fields[EVENT_TIMESTAMP] = (
            Annotated[datetime | None, BeforeValidator(_not_a_number)],
            Field(None, description="The row's time; the server's present if left out."),
        )
    strict = type(service.request.__name__, (service.request,), {"__module__": __name__})
    strict.model_config["extra"] = "forbid"  # type: ignore[attr-defined]
    name = "".join(part.capitalize() for part in service.name.split("_")) + "Row"
    return pydantic.create_model(name, __base__=strict, __doc__=service.request.__doc__, **fields)


def _strict(annotation: Any, field: RequestField) -> Any:
    arrow = field.type.arrow
    if arrow == TIMESTAMP:
        return Annotated[annotation, BeforeValidator(_not_a_number)]
    if not _is_plain(annotation):  # a Literal, an Enum or a UUID is strict by itself
        return annotation
    if pa.types.is_integer(arrow):
        return Annotated[annotation, Field(strict=True, ge=-_INT64, lt=_INT64)]
    if pa.types.is_floating(arrow):
        return Annotated[annotation, Field(strict=True, allow_inf_nan=False)]
    return Annotated[annotation, Field(strict=True)]


def _is_plain(annotation: Any) -> bool:
    plain = (bool, int, float, str)
    return annotation in plain or annotation in tuple(kind | None for kind in plain)


def _not_a_number(value: Any) -> Any:
    if isinstance(value, int | float):
        raise ValueError("a number doesn't say its unit; send an ISO 8601 time")
    return value


class RequestRows:
    """The rows of one request as columns.

    Attributes:
        length: the number of rows.
        columns: by field, Python values of its column type; None for null.
        event: each row's time, int64 microseconds.
    """

    def __init__(
        self, rows: Sequence[pydantic.BaseModel], names: Iterable[str], now: datetime
    ) -> None:
        self.length = len(rows)
        self.columns = {name: [_plain(getattr(row, name)) for row in rows] for name in names}
        times = [getattr(row, EVENT_TIMESTAMP) for row in rows]
        moments = [to_utc(moment) if moment is not None else now for moment in times]
        self.columns[EVENT_TIMESTAMP] = moments
        self.event = pa.array(moments, TIMESTAMP).cast(pa.int64()).to_numpy()

    def array(self, name: str, column: ColumnType) -> pa.Array:
        """One column in Arrow."""
        return pa.array(self.columns[name], column.arrow)


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
        lines = [f"  row {d['row']}, {d['field']}: {d['message']}" for d in wrong[:10]]
        more = f"\n  and {len(wrong) - 10} more" if len(wrong) > 10 else ""
        fields = ", ".join(model.model_fields)
        raise RequestError(
            "The request can't be used:\n"
            + "\n".join(lines)
            + more
            + f"\nThe fields are {fields}.",
            wrong,
        )
    return parsed


def _detail(index: int, problem: Mapping[str, Any]) -> dict[str, object]:
    where = ".".join(str(part) for part in problem["loc"]) or "row"
    return {"row": index, "field": where, "message": problem["msg"]}


def _without_numpy(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


_CONVERSIONS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (Enum, lambda value: value.value),
    (UUID, str),
    (datetime, to_utc),
    (date, lambda value: to_utc(datetime(value.year, value.month, value.day))),
)


def _plain(value: Any) -> Any:
    for kind, convert in _CONVERSIONS:
        if isinstance(value, kind):
            return convert(value)
    return value
