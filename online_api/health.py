"""``/healthz``: the process is up. ``/readyz``: requests would be answered."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from http import HTTPStatus

import pydantic
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from onedag.errors import OnedagError, StoreUnavailable
from online_api.errors import ErrorAnswer, error_response
from online_api.serving import Serving, serving_of

__all__ = ["health_router"]


class Healthy(pydantic.BaseModel):
    """The process answers."""

    status: str = "ok"


class ServiceState(pydantic.BaseModel):
    """What of a service is served."""

    run_id: str | None = pydantic.Field(description="Null while nothing is published.")
    model: str | None = pydantic.Field(description="The model's run; null where there is none.")


class Ready(pydantic.BaseModel):
    """Every service that is published can be served."""

    services: dict[str, ServiceState]


def health_router(services: tuple[str, ...], deadline: timedelta) -> APIRouter:
    """The routes of both. Neither waits for the requests that are queued.

    Args:
        services: the names of all.
        deadline: how long readiness may take; after it the server isn't ready.
    """
    router = APIRouter(tags=["health"])
    readiness = _Readiness(services, deadline)

    @router.get("/healthz", summary="The process is up")
    async def healthz() -> Healthy:
        return Healthy()

    @router.get(
        "/readyz",
        summary="The store answers, and each published service and model is loaded",
        response_model=Ready,
        responses={503: {"model": ErrorAnswer}},
    )
    async def readyz(request: Request) -> Response:
        return await readiness.answer(serving_of(request.scope))

    return router


class _Readiness:
    """One look at the store at a time: those who ask meanwhile wait for it.

    Else whoever probes a store that hangs would occupy one thread after the other.
    """

    def __init__(self, services: tuple[str, ...], deadline: timedelta) -> None:
        self._services = services
        self._deadline_s = deadline.total_seconds()
        self._look: asyncio.Future[Response] | None = None

    async def answer(self, serving: Serving) -> Response:
        if self._look is None or self._look.done():
            work = asyncio.to_thread(_readiness, serving, self._services)
            self._look = asyncio.ensure_future(work)
        try:
            async with asyncio.timeout(self._deadline_s):
                return await asyncio.shield(self._look)
        except TimeoutError:
            return _not_ready(f"The store didn't answer within {self._deadline_s:g} s.")


def _readiness(serving: Serving, services: tuple[str, ...]) -> Response:
    # A service that was never published isn't in the way: else adding one to a project would take
    # the others out of service.
    states, wrong = {}, []
    for service in services:
        try:
            states[service] = serving.state(service)
        except StoreUnavailable as error:
            wrong = [str(error)]  # of all services
            break
        except OnedagError as error:
            wrong.append(f"Service {service!r}: {error}")
    if not wrong:
        return JSONResponse({"services": states})
    return _not_ready("\n".join(wrong))


def _not_ready(message: str) -> Response:
    content = {"type": "NotReady", "message": message, "details": []}
    return error_response(HTTPStatus.SERVICE_UNAVAILABLE, content)
