"""``/v1/services/{service}/features`` and ``/predict``, a route of its own for each service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import pydantic
import pydantic_core
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from drivers.request import request_model
from drivers.serving.vectors import FeatureVectors
from onedag.errors import UnknownName
from onedag.service import FeatureService
from onedag.status import Status
from online_api.errors import ErrorAnswer
from online_api.serving import serving_of

__all__ = ["request_body", "service_router", "unknown_service_router"]

_WithStatuses = Annotated[bool, Query(description="Add why each value is there, or isn't.")]
_WithFeatures = Annotated[bool, Query(description="Add the features the model was given.")]
_ERRORS: dict[int | str, dict[str, Any]] = {
    409: {"model": ErrorAnswer, "description": "No published run, or one that doesn't fit"},
    422: {"model": ErrorAnswer, "description": "A wrong field, with its row and name"},
    503: {"model": ErrorAnswer, "description": "The store can't be reached"},
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


class PredictionAnswer(pydantic.BaseModel):
    """The prediction for each row."""

    service: str
    run_id: str = Field(description="The published run whose features the model was given.")
    predictions: list[float | None] = Field(description="Probability of the positive class.")
    features: list[str] = Field([], description="With features=true only.")
    rows: list[dict[str, Any]] = Field([], description="With features=true only.")
    statuses: list[dict[str, Status]] = Field([], description="With statuses=true only.")


def request_body(service: FeatureService, max_rows: int) -> type[pydantic.BaseModel]:
    """The model of a request's body: one to ``max_rows`` rows."""
    row = request_model(service)
    name = f"{row.__name__.removesuffix('Row')}Request"
    rows = Field(min_length=1, max_length=max_rows, description="The order is kept.")
    return pydantic.create_model(
        name,
        __config__=pydantic.ConfigDict(extra="forbid"),
        __doc__=f"Rows for service {service.name}.",
        rows=(list[row], rows),  # type: ignore[valid-type]
    )


def service_router(service: FeatureService, max_rows: int) -> APIRouter:
    """The two routes of one service, with its own fields in OpenAPI."""
    name, body_model = service.name, request_body(service, max_rows)
    router = APIRouter(prefix=f"/v1/services/{name}", tags=[name], responses=_ERRORS)

    async def features(request: Request, body: Any, statuses: _WithStatuses = False) -> Response:
        vectors = await serving_of(request).features(name, body.rows)
        return _json(_content(name, vectors, features=True, statuses=statuses))

    async def predict(
        request: Request,
        body: Any,
        features: _WithFeatures = False,
        statuses: _WithStatuses = False,
    ) -> Response:
        vectors, predictions = await serving_of(request).predict(name, body.rows)
        content = _content(name, vectors, features=features, statuses=statuses)
        return _json({**content, "predictions": predictions})

    for endpoint in (features, predict):
        endpoint.__annotations__["body"] = body_model
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


def unknown_service_router(available: Sequence[str]) -> APIRouter:
    """Where requests for other services end: 404, with the names there are."""
    router = APIRouter(include_in_schema=False)

    @router.post("/v1/services/{service}/features")
    @router.post("/v1/services/{service}/predict")
    async def unknown(service: str) -> Response:
        raise UnknownName.among("service", service, available)

    return router


def _content(
    service: str, vectors: FeatureVectors, *, features: bool, statuses: bool
) -> dict[str, object]:
    content: dict[str, object] = {"service": service, "run_id": vectors.run_id}
    if features:
        content |= {"features": vectors.schema.names, "rows": vectors.to_dicts()}
    if statuses:
        content["statuses"] = vectors.statuses
    return content


def _json(content: dict[str, object]) -> Response:
    # JSON has neither NaN nor infinity.
    body = pydantic_core.to_json(content, inf_nan_mode="null")
    return Response(body, media_type="application/json")
