"""One shape for every error, and one table of their statuses.

{"error": {"type": "RequestError", "message": "…",
           "details": [{"row": 0, "field": "distance", "message": "Field required"}]}}
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import pydantic
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from drivers.request import refused
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

__all__ = ["ErrorAnswer", "add_error_handlers", "describe", "error_response", "status_of"]

_LOGGER = logging.getLogger(__name__)

# A FunctionError is the server's: a value that functions can't take is for the request's model to
# refuse. A store or a run that doesn't go with the code is a conflict, which no retry resolves.
_STATUSES: Mapping[type[OnedagError], HTTPStatus] = {
    RequestError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownName: HTTPStatus.NOT_FOUND,
    NotPublished: HTTPStatus.CONFLICT,
    ModelMismatch: HTTPStatus.CONFLICT,
    SchemaMismatch: HTTPStatus.CONFLICT,
    StoreError: HTTPStatus.CONFLICT,
    StoreBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    StoreUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
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
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _of_anything)


def status_of(error: OnedagError) -> HTTPStatus:
    """The status of the nearest class in the table."""
    return next(_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES)


def describe(error: OnedagError) -> dict[str, object]:
    """The content of ``"error"``."""
    details = error.details if isinstance(error, RequestError) else []
    return {"type": type(error).__name__, "message": str(error), "details": details}


def error_response(
    status: int, content: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> Response:
    """An error as JSON in ASCII, which no text of a request can make invalid."""
    return Response(
        json.dumps({"error": dict(content)}, allow_nan=False),
        status,
        headers,
        "application/json",
    )


async def _of_onedag(request: Request, error: Exception) -> Response:
    assert isinstance(error, OnedagError)
    status = status_of(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _LOGGER.error("%s %s: %s", request.method, request.url.path, error, exc_info=error)
    return error_response(status, describe(error))


async def _of_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = [_detail(problem) for problem in error.errors()]
    if not _is_json(request):
        problems = [{"row": None, "field": "body", "message": "send it as application/json"}]
    return await _of_onedag(request, refused(problems))


async def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    name = HTTPStatus(error.status_code).phrase.replace(" ", "")
    message = f"{request.method} {request.url.path}: {error.detail}."
    content = {"type": name, "message": message, "details": []}
    return error_response(error.status_code, content, error.headers)


async def _of_anything(request: Request, error: Exception) -> Response:
    # The server logs it; its text may hold what isn't for the caller.
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    message = "An error that onedag doesn't know; the server's log has it."
    return error_response(status, {"type": "InternalError", "message": message, "details": []})


def _detail(problem: Mapping[str, Any]) -> dict[str, object]:
    match problem["loc"]:
        case ("body", "rows", int(row), *field):
            return _at(row, field or ["row"], problem["msg"])
        case ("body", int(character)):
            why = problem.get("ctx", {}).get("error", problem["msg"])
            return _at(None, ["body"], f"not JSON at character {character}: {why}")
        case (_, *field):
            return _at(None, field or ["body"], problem["msg"])
        case _:
            return _at(None, ["body"], problem["msg"])


def _at(row: int | None, field: list[object], message: str) -> dict[str, object]:
    return {"row": row, "field": ".".join(map(str, field)), "message": message}


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )
