"""``/metrics``, and the numbers of a worker for the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
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

    It waits for no store and for no thread of those that may wait for one. It has a thread of its
    own, because 50 services take 70 ms to write down, and requests can't wait for so long.
    """
    router = APIRouter(include_in_schema=False)
    thread = ThreadPoolExecutor(1, "onedag-metrics")

    @router.get("/metrics")
    async def scrape(request: Request) -> Response:
        metrics.bring_up_to_date(getattr(request.app.state, "serving", None))
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        loop = asyncio.get_running_loop()
        content = await loop.run_in_executor(thread, encode, metrics.exposed)
        return Response(content, headers={"content-type": content_type})

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
