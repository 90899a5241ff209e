"""`create_app`: a project's services over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from drivers.model_contract import models_folder
from drivers.stores import Store
from onedag.clock import Clock
from onedag.project import Project
from online_api.errors import add_error_handlers
from online_api.health import health_router
from online_api.services import service_router, unknown_service_router
from online_api.serving import Serving
from online_api.settings import DEFAULT_MAX_ROWS, ApiSettings

__all__ = ["app_from_environment", "create_app"]


def create_app(
    project: Project,
    *,
    store: Store | None = None,
    clock: Clock | None = None,
    models: Path | None = None,
    max_rows: int = DEFAULT_MAX_ROWS,
) -> FastAPI:
    """An app that answers for every service of a project.

    Nothing is connected to or read before the server starts. Then every published service is
    planned, and its model checked. A run that is published later needs no restart, and neither
    does its model.

    Args:
        project: its functions, services and store; its sources aren't opened.
        store: instead of the project's.
        clock: the time of rows that don't carry one.
        models: the folder of ``<service>.onnx``, relative to the project; that of its jobs by
            default.
        max_rows: how many rows one request may carry.

    Raises:
        InvalidDefinition: a field of a service's request has no column type.
        ModelMismatch: at the server's start, a model that doesn't fit its service's current run.
    """
    folder = models_folder(project) if models is None else project.root / models

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        serving = Serving(project, store, clock, folder)
        try:
            await asyncio.to_thread(serving.start)
            app.state.serving = serving
            yield
        finally:
            serving.close()

    app = FastAPI(title="onedag", description="Features and predictions.", lifespan=lifespan)
    add_error_handlers(app)
    for service in project.services.values():
        service.request_fields()
        app.include_router(service_router(service, max_rows))
    app.include_router(unknown_service_router(tuple(project.services)))
    app.include_router(health_router(tuple(project.services)))
    return app


def app_from_environment() -> FastAPI:
    """The app of the project that ``ONEDAG_PROJECT`` names; for uvicorn's ``--factory``.

    Raises:
        ConfigurationError: the environment or the project's settings can't be used.
    """
    settings = ApiSettings.read()
    project = Project.load(settings.project)
    return create_app(project, models=settings.models, max_rows=settings.max_rows)
