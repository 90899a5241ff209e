"""Requests for features and predictions, answered without FastAPI's routing and dependencies.

They are most of what a small request costs: 96 µs of a request through FastAPI, 28 µs through here
(2 cores, uvicorn with uvloop and httptools). The routes stay registered, so that OpenAPI shows
them; `Shortcut` takes the requests before they get there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import pydantic
import pydantic_core
from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from drivers.request import refused
from drivers.serving.origins import origins_of
from onedag.errors import OnedagError
from online_api.asked import Answer, Asked
from online_api.body import BodyReader
from online_api.errors import (
    UNKNOWN_ERROR,
    Disconnected,
    detail_of,
    http_error,
    status_of,
    to_response,
)
from online_api.observing import CLIENT_GONE, FEATURES, PREDICT, Call, Observer, path_of
from online_api.serving import REQUEST_ID, serving_of

__all__ = ["Endpoint", "Shortcut", "endpoints_of"]

_BOOL = pydantic.TypeAdapter(bool)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What an answer has of the vectors, by the names of the query's parameters."""

    features: bool
    statuses: bool = False
    origins: bool = False


_FEATURES, _PREDICTIONS = _Wanted(features=True), _Wanted(features=False)


def endpoints_of(service: str, body: BodyReader, observer: Observer) -> dict[str, ASGIApp]:
    """The endpoints of a service, by path."""
    return {
        path_of((service, name)): Endpoint(service, body, observer, predict=name == PREDICT)
        for name in (FEATURES, PREDICT)
    }


class Shortcut:
    """A middleware that hands what has an endpoint of ours to it, and the rest on.

    Args:
        app: what comes behind.
        endpoints: by path, without the path under which the whole app is mounted.
    """

    def __init__(self, app: ASGIApp, endpoints: Mapping[str, ASGIApp]) -> None:
        self._app = app
        self._endpoints = endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        if root := scope.get("root_path"):
            path = path.removeprefix(root)
        await self._endpoints.get(path, self._app)(scope, receive, send)


class Endpoint:
    """Features or predictions of one service, as an ASGI app.

    Args:
        service: its name.
        body: reads its requests.
        observer: is told of each request.
        predict: whether the answer has predictions; features are then there on demand.
    """

    def __init__(
        self, service: str, body: BodyReader, observer: Observer, *, predict: bool
    ) -> None:
        self._service = service
        self._place = service, PREDICT if predict else FEATURES
        self._observer = observer
        self._body = body
        self._predict = predict

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["path"]
        if method != "POST":
            allowed = HTTPStatus.METHOD_NOT_ALLOWED
            refusal = http_error(allowed, method, path, allowed.phrase, {"Allow": "POST"})
            return await refusal(scope, receive, send)
        call = Call(self._place)
        self._observer.began(call, scope)
        try:
            await self._answer(call, scope, receive, send)
        except Exception:  # whatever it is, the server answers so
            call.failed(HTTPStatus.INTERNAL_SERVER_ERROR, UNKNOWN_ERROR)
            raise
        finally:
            self._observer.ended(call)

    async def _answer(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            content, request_id = await self._content(call, scope, receive)
        except OnedagError as error:
            call.failed(status_of(error), type(error).__name__)
            refusal = to_response(error, scope["method"], scope["path"])
            return await refusal(scope, receive, send)
        except Disconnected as error:
            call.failed(CLIENT_GONE, type(error).__name__)
            # Nobody hears it, but a middleware of the user's takes no answer for an error.
            return await Response(status_code=CLIENT_GONE)(scope, receive, send)
        call.status = HTTPStatus.OK
        await _send_json(send, content, request_id)

    async def _content(
        self, call: Call, scope: Scope, receive: Receive
    ) -> tuple[bytes, str | None]:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._body.deadline.total_seconds()
        wanted = self._wanted(scope["query_string"])
        rows = await self._body.rows(scope, receive, until)
        call.rows = len(rows)
        serving = serving_of(scope)
        asked = Asked(
            rows=rows,
            features=wanted.features or wanted.statuses or wanted.origins,
            predict=self._predict,
            receive=receive,
            until=until,
            answer=loop.create_future(),
            call=call,
            request_id=serving.logged_as(scope),
        )
        answer = await serving.answer(self._service, asked)
        call.run_id = answer.run_id
        return _to_json(self._service, answer, wanted), asked.request_id

    def _wanted(self, query: bytes) -> _Wanted:
        """What the answer is to have.

        Raises:
            RequestError: a value that is neither true nor false.
        """
        if not query:
            return _PREDICTIONS if self._predict else _FEATURES
        given = QueryParams(query)
        features = _flag(given, "features") if self._predict else True
        return _Wanted(features, _flag(given, "statuses"), _flag(given, "origins"))


def _flag(given: QueryParams, name: str) -> bool:
    try:
        return _BOOL.validate_python(given.get(name, False))
    except pydantic.ValidationError as error:
        problems = error.errors()
    raise refused([detail_of(("query", name), problem["msg"]) for problem in problems])


def _to_json(service: str, answer: Answer, wanted: _Wanted) -> bytes:
    content: dict[str, object] = {"service": service, "run_id": answer.run_id}
    if answer.vectors is not None and wanted.features:
        content["features"] = answer.vectors.schema.names
        content["rows"] = answer.vectors.to_dicts()
    if answer.vectors is not None and wanted.statuses:
        content["statuses"] = answer.vectors.statuses
    if answer.vectors is not None and wanted.origins:
        origins = origins_of(answer.vectors)
        content["origins"] = origins.nodes
        content["fitted"] = origins.fitted
        content["stored"] = origins.stored
        content["event_timestamps"] = origins.event_timestamps
    if answer.predictions is not None:
        content["predictions"] = answer.predictions
    if answer.store_error is not None:
        content["store_error"] = answer.store_error
    # JSON has neither NaN nor infinity.
    return pydantic_core.to_json(content, inf_nan_mode="null")


async def _send_json(send: Send, content: bytes, request_id: str | None) -> None:
    length = str(len(content)).encode()
    headers = [(b"content-length", length), (b"content-type", b"application/json")]
    if request_id is not None:  # under which it is found in the log
        headers.append((REQUEST_ID, request_id.encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})
