"""One shape for every error, and one table of their statuses.

{"error": {"type": "RequestError", "message": "…",
           "details": [{"row": 0, "field": "distance", "message": "Field required"}]}}
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus

import pydantic
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from onedag.errors import (
    ModelMismatch,
    NotPublished,
    OnedagError,
    RequestError,
    SchemaMismatch,
    StoreBusy,
    StoreError,
    StoreUnavailable,
    UnknownName,
)

__all__ = [
    "UNKNOWN_ERROR",
    "BodyTooLong",
    "BodyTooSlow",
    "DeadlineExceeded",
    "Disconnected",
    "ErrorAnswer",
    "Overloaded",
    "Stopped",
    "add_error_handlers",
    "detail_of",
    "error_response",
    "http_error",
    "status_of",
    "to_response",
]

_LOGGER = logging.getLogger(__name__)

HEADERS: Mapping[int, Mapping[str, str]] = {
    # In seconds: a queue is shorter by then, and HTTP knows no fraction.
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "1"},
    # What comes after it would be the rest of the body.
    HTTPStatus.REQUEST_TIMEOUT: {"Connection": "close"},
}
"""With every answer of such a status."""


UNKNOWN_ERROR = "InternalError"
"""The type of what isn't an error of ours; its own class may not be for the caller."""


def _of_body(message: str) -> tuple[str, list[dict[str, object]]]:
    details: list[dict[str, object]] = [{"row": None, "field": "body", "message": message}]
    return f"The request can't be used:\n  body: {message}", details


class BodyTooLong(RequestError):
    """A request of more bytes than the server takes."""

    @classmethod
    def than(cls, most: int) -> BodyTooLong:
        return cls(*_of_body(f"longer than {most} bytes; send fewer rows at once"))


class BodyTooSlow(RequestError):
    """A request whose body doesn't come in time."""

    @classmethod
    def than(cls, deadline: timedelta) -> BodyTooSlow:
        message = f"not there within {deadline.total_seconds():g} s; send it faster, or fewer rows"
        return cls(*_of_body(message))


class Overloaded(OnedagError, RuntimeError):
    """More rows wait for an answer than may."""

    @classmethod
    def of(cls, service: str, waiting: int, most: int) -> Overloaded:
        return cls(
            f"Service {service!r} has {waiting} rows waiting for an answer, and at most {most} "
            f"may. Try again later, or run more workers."
        )


class DeadlineExceeded(OnedagError, TimeoutError):
    """A request that isn't answered in time."""

    @classmethod
    def of(cls, service: str, deadline: timedelta, waits_for: str) -> DeadlineExceeded:
        return cls(
            f"Service {service!r} didn't answer within {deadline.total_seconds():g} s: the "
            f"request still waits for {waits_for}. Try again later."
        )


class Stopped(OnedagError, RuntimeError):
    """A server that stops before it has answered."""

    @classmethod
    def of(cls, service: str) -> Stopped:
        return cls(f"The server stops, and service {service!r} answers no more. Try again.")


class Disconnected(Exception):
    """The client is gone, and nobody is there to be answered."""


# A FunctionError is the server's, whatever a client has sent: which values functions can't take is
# for the request's model to say, and as a client's error a broken function would alarm nobody. A
# store or a run that doesn't go with the code is a conflict, which no retry resolves.
_STATUSES: Mapping[type[OnedagError], HTTPStatus] = {
    BodyTooLong: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    BodyTooSlow: HTTPStatus.REQUEST_TIMEOUT,
    RequestError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownName: HTTPStatus.NOT_FOUND,
    NotPublished: HTTPStatus.CONFLICT,
    ModelMismatch: HTTPStatus.CONFLICT,
    SchemaMismatch: HTTPStatus.CONFLICT,
    StoreError: HTTPStatus.CONFLICT,
    StoreBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    StoreUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    Overloaded: HTTPStatus.SERVICE_UNAVAILABLE,
    DeadlineExceeded: HTTPStatus.SERVICE_UNAVAILABLE,
    Stopped: HTTPStatus.SERVICE_UNAVAILABLE,
    OnedagError: HTTPStatus.INTERNAL_SERVER_ERROR,
}


class ErrorDetail(pydantic.BaseModel):
    """One wrong field of a request."""

    row: int | None = pydantic.Field(description="Position of the row, from 0; null if of none.")
    field: str
    message: str


class ErrorContent(pydantic.BaseModel):
    """What went wrong."""

    type: str = pydantic.Field(description="The error's class, such as RequestError.")
    message: str
    details: list[ErrorDetail]


class ErrorAnswer(pydantic.BaseModel):
    """The body of every answer that isn't 200."""

    error: ErrorContent


def add_error_handlers(app: FastAPI) -> None:
    """Let an app answer every error in the one shape."""
    app.add_exception_handler(OnedagError, _of_onedag)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _of_anything)


def status_of(error: OnedagError) -> HTTPStatus:
    """The status of the nearest class in the table."""
    return next(_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES)


def error_response(
    status: int, content: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> Response:
    """An error as JSON in ASCII, which no text of a request can make invalid."""
    return Response(
        json.dumps({"error": dict(content)}, allow_nan=False),
        status,
        {**HEADERS.get(status, {}), **(headers or {})},
        "application/json",
    )


def to_response(error: OnedagError, method: str, path: str) -> Response:
    """The answer to a request that an error has ended; what is the server's own is logged."""
    status = status_of(error)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        _LOGGER.warning("%s %s: %s", method, path, error)
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # A function's own traceback; the library's way to it tells nothing, once for each request.
        _LOGGER.error("%s %s: %s", method, path, error, exc_info=error.__cause__ or error)
    details = error.details if isinstance(error, RequestError) else []
    content = {"type": type(error).__name__, "message": str(error), "details": details}
    return error_response(status, content)


def http_error(
    status: int, method: str, path: str, detail: str, headers: Mapping[str, str] | None
) -> Response:
    """The answer to what HTTP itself refuses, such as a path that isn't there."""
    name = HTTPStatus(status).phrase.replace(" ", "")
    content = {"type": name, "message": f"{method} {path}: {detail}.", "details": []}
    return error_response(status, content, headers)


async def _of_onedag(request: Request, error: Exception) -> Response:
    assert isinstance(error, OnedagError)
    return to_response(error, request.method, request.url.path)


async def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = request.url.path
    return http_error(error.status_code, request.method, path, error.detail, error.headers)


async def _of_anything(request: Request, error: Exception) -> Response:
    # The server logs it; its text may hold what isn't for the caller.
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    message = "An error that onedag doesn't know; the server's log has it."
    return error_response(status, {"type": UNKNOWN_ERROR, "message": message, "details": []})


def detail_of(place: Sequence[object], message: str) -> dict[str, object]:
    """One wrong field: where pydantic says it is, and what is wrong.

    >>> detail_of(("body", "rows", 3, "distance"), "Field required")
    {'row': 3, 'field': 'distance', 'message': 'Field required'}
    >>> detail_of(("query", "statuses"), "Input should be a valid boolean")["field"]
    'statuses'
    """
    match tuple(place):
        case ("body", "rows", int(row), *field):
            return _at(row, field or ["row"], message)
        case (_, *field):
            return _at(None, field or ["body"], message)
        case _:
            return _at(None, ["body"], message)


def _at(row: int | None, field: list[object], message: str) -> dict[str, object]:
    return {"row": row, "field": ".".join(map(str, field)), "message": message}
