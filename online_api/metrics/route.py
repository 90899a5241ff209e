"""``/metrics``, and the numbers of a worker for the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import Response

from online_api.metrics.observer import Metrics
from online_api.serving import Serving

__all__ = ["metrics_router", "sharing"]

EVERY_S = 1.0
"""So often a worker writes its numbers for the others to show."""


def metrics_router(metrics: Metrics) -> APIRouter:
    """The route, as text or, where that is accepted, as OpenMetrics.

    It runs on the event loop and waits for nothing: a store that hangs may hold all threads.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/metrics")
    async def scrape(request: Request) -> Response:
        metrics.bring_up_to_date(getattr(request.app.state, "serving", None))
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(metrics.exposed), headers={"content-type": content_type})

    return router


@asynccontextmanager
async def sharing(metrics: Metrics | None, serving: Serving) -> AsyncIterator[None]:
    """While the block runs, and at its end, write for other workers what one of them shows."""
    if metrics is None or metrics.exposed.folder is None:
        yield
        return
    task = asyncio.create_task(_share(metrics, serving))
    try:
        yield
    finally:
        task.cancel()
        metrics.bring_up_to_date(serving)


async def _share(metrics: Metrics, serving: Serving) -> None:
    while True:
        metrics.bring_up_to_date(serving)
        await asyncio.sleep(EVERY_S)
