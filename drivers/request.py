"""Requests: the strict model of a service's rows, and rows as columns."""

from __future__ import annotations

import functools
import re
import types
import typing
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pydantic
from pydantic import AfterValidator, BeforeValidator, Field

from onedag.dtypes import plain_value, without_none
from onedag.durations import to_utc
from onedag.errors import RequestError, SpineError
from onedag.service import EVENT_TIMESTAMP, FeatureService

__all__ = [
    "asks_for_more",
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
        if name not in given.column_names or not asks_for_more(service.request, name):
            continue
        for value in given[name].unique().to_pylist():
            _refuse_changed(model, name, value)


def asks_for_more(model: type[pydantic.BaseModel], name: str) -> bool:
    """Whether a field has validators or constraints, or another type than the plain ones."""
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
