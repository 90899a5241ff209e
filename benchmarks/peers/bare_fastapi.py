"""A bare FastAPI app: the same request body, one Redis GET, an answer. What HTTP itself costs.

uvicorn benchmarks.peers.bare_fastapi:app, with the server's address in ``BARE_REDIS``.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated

import pydantic
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from redis.asyncio import Redis

__all__ = ["KEY", "app"]

KEY = "bare:{}"
"""Where the prediction for a carrier lies."""

_state: dict[str, Redis] = {}


class Departure(pydantic.BaseModel):
    """A row, with the fields of the flights service."""

    model_config = pydantic.ConfigDict(extra="forbid")

    carrier: str
    origin: str
    dest: str
    tailnum: str | None = None
    distance: float
    scheduled_departure: datetime
    event_timestamp: datetime | None = None


class Departures(pydantic.BaseModel):
    """The body."""

    model_config = pydantic.ConfigDict(extra="forbid")

    rows: Annotated[list[Departure], pydantic.Field(min_length=1, max_length=1000)]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with Redis.from_url(os.environ["BARE_REDIS"]) as server:
        _state["redis"] = server
        yield


app = FastAPI(lifespan=_lifespan)


@app.post("/predict")
async def predict(body: Departures) -> JSONResponse:
    """One GET, whatever the number of rows."""
    found = await _state["redis"].get(KEY.format(body.rows[0].carrier))
    prediction = float(found) if found is not None else None
    # A response of one's own is the fastest way that FastAPI documents.
    return JSONResponse({"service": "bare", "predictions": [prediction] * len(body.rows)})
