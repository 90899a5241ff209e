"""What OpenAPI shows of ``/v1/services/{service}/features`` and ``/predict``, of each service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import pydantic
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from onedag.errors import UnknownName
from onedag.status import Status
from online_api.errors import ErrorAnswer

__all__ = ["service_router", "unknown_service_router"]

_WithStatuses = Annotated[bool, Query(description="Add why each value is there, or isn't.")]
_WithFeatures = Annotated[bool, Query(description="Add the features the model was given.")]
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


class FeaturesAnswer(pydantic.BaseModel):
    """The features of each row."""

    service: str
    run_id: str = Field(description="The published run whose dtypes and fitted values these are.")
    features: list[str] = Field(description="The names, in the model's order.")
    rows: list[dict[str, Any]] = Field(
        description="For each row its features. Missing is null, and so is an infinity, for which "
        "JSON has no number."
    )
    statuses: list[dict[str, Status]] = Field([], description="With statuses=true only.")
    store_error: str | None = Field(
        None, description="Why stored values are missing, if the store couldn't be read."
    )


class PredictionAnswer(pydantic.BaseModel):
    """The prediction for each row."""

    service: str
    run_id: str = Field(description="The published run whose features the model was given.")
    predictions: list[float | None] = Field(description="Probability of the positive class.")
    features: list[str] = Field([], description="With features=true only.")
    rows: list[dict[str, Any]] = Field([], description="With features=true only.")
    statuses: list[dict[str, Status]] = Field([], description="With statuses=true only.")
    store_error: str | None = Field(
        None, description="Why stored values are missing, if the store couldn't be read."
    )


def service_router(name: str, body_model: type[pydantic.BaseModel]) -> APIRouter:
    """The two routes of one service as OpenAPI shows them, with its own fields.

    `online_api.endpoint` answers them.
    """
    router = APIRouter(prefix=f"/v1/services/{name}", tags=[name], responses=_ERRORS)

    async def features(body: Any, statuses: _WithStatuses = False) -> None:
        raise _not_reached(name)

    async def predict(
        body: Any, features: _WithFeatures = False, statuses: _WithStatuses = False
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
