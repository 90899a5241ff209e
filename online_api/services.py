"""What OpenAPI shows of ``/v1/services/{service}/features`` and ``/predict``, of each service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import pydantic
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from onedag.errors import UnknownName
from onedag.planner import Origin
from onedag.status import Status
from online_api.errors import ErrorAnswer

__all__ = ["service_router", "unknown_service_router"]

_WithStatuses = Annotated[bool, Query(description="Add why each value is there, or isn't.")]
_WithFeatures = Annotated[bool, Query(description="Add the features the model was given.")]
_WithOrigins = Annotated[bool, Query(description="Add where each value came from.")]
_ERRORS: dict[int | str, dict[str, Any]] = {
    409: {"model": ErrorAnswer, "description": "No published run, or one that doesn't fit"},
    422: {"model": ErrorAnswer, "description": "A wrong field, with its row and name"},
    408: {"model": ErrorAnswer, "description": "A body that isn't there before the deadline"},
    413: {"model": ErrorAnswer, "description": "A body of too many bytes"},
    500: {"model": ErrorAnswer, "description": "A feature function raised"},
    503: {
        "model": ErrorAnswer,
        "description": "The store can't be reached, too many wait, or the deadline has passed",
        "headers": {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds"}},
    },
}


class OriginAnswer(pydantic.BaseModel):
    """Where the values of one name come from, whatever the row."""

    origin: Origin
    inputs: list[str] = Field(
        description="Of a computed value, what its function takes; of a stored one, the join keys."
    )
    view: str | None = Field(description="Of a stored value, the view that it is kept in.")


class StoredAnswer(pydantic.BaseModel):
    """What the store had for one row. Where nothing is known of the key, it has no times."""

    value: Any = Field(description="As the functions saw it: null where it is null or too old.")
    status: Status
    event_ts: datetime | None = Field(description="Event time of the newest row behind it.")
    known_ts: datetime | None = Field(description="When that row became known.")
    as_of: datetime | None = Field(
        description="The newest materialization of its view: the value was true then. Null where "
        "the store couldn't be read."
    )


class _Explained(pydantic.BaseModel):
    """What both answers have on demand."""

    statuses: list[dict[str, Status]] = Field([], description="With statuses=true only.")
    origins: dict[str, OriginAnswer] = Field(
        {},
        description="With origins=true only: of the features, and of all that they are made of.",
    )
    fitted: dict[str, Any] = Field(
        {}, description="With origins=true only: the fitted values of the run."
    )
    stored: list[dict[str, StoredAnswer]] = Field(
        [], description="With origins=true only: for each row what the store had for it, by name."
    )
    event_timestamps: list[datetime] = Field(
        [], description="With origins=true only: each row's time; empty where no time matters."
    )
    store_error: str | None = Field(
        None, description="Why stored values are missing, if the store couldn't be read."
    )


class FeaturesAnswer(_Explained):
    """The features of each row."""

    service: str
    run_id: str = Field(description="The published run whose dtypes and fitted values these are.")
    features: list[str] = Field(description="The names, in the model's order.")
    rows: list[dict[str, Any]] = Field(
        description="For each row its features. Missing is null, and so is an infinity, for which "
        "JSON has no number."
    )


class PredictionAnswer(_Explained):
    """The prediction for each row."""

    service: str
    run_id: str = Field(description="The published run whose features the model was given.")
    predictions: list[float | None] = Field(description="Probability of the positive class.")
    features: list[str] = Field([], description="With features=true only.")
    rows: list[dict[str, Any]] = Field([], description="With features=true only.")


def service_router(name: str, body_model: type[pydantic.BaseModel]) -> APIRouter:
    """The two routes of one service as OpenAPI shows them, with its own fields.

    `online_api.endpoint` answers them.
    """
    router = APIRouter(prefix=f"/v1/services/{name}", tags=[name], responses=_ERRORS)

    async def features(
        body: Any, statuses: _WithStatuses = False, origins: _WithOrigins = False
    ) -> None:
        raise _not_reached(name)

    async def predict(
        body: Any,
        features: _WithFeatures = False,
        statuses: _WithStatuses = False,
        origins: _WithOrigins = False,
    ) -> None:
        raise _not_reached(name)

    for described in (features, predict):
        described.__annotations__["body"] = body_model
    router.post(
        "/features",
        operation_id=f"{name}_features",
        summary=f"Features of {name}",
        response_model=FeaturesAnswer,
    )(features)
    router.post(
        "/predict",
        operation_id=f"{name}_predict",
        summary=f"Predictions of the model of {name}",
        response_model=PredictionAnswer,
        responses={404: {"model": ErrorAnswer, "description": "No model"}},
    )(predict)
    return router


def _not_reached(name: str) -> AssertionError:
    return AssertionError(f"online_api.endpoint answers the requests for {name!r}")


def unknown_service_router(available: Sequence[str]) -> APIRouter:
    """Where requests for other services end: 404, with the names there are."""
    router = APIRouter(include_in_schema=False)

    @router.post("/v1/services/{service}/features")
    @router.post("/v1/services/{service}/predict")
    async def unknown(service: str) -> Response:
        raise UnknownName.among("service", service, available)

    return router
