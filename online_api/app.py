"""`create_app`: a project's services over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.types import ASGIApp

from drivers.model_contract import models_folder
from drivers.served.settings import LogSettings
from drivers.stores import Store
from onedag.clock import Clock
from onedag.project import Project
from online_api.body import BodyReader
from online_api.catalog_routes import add_catalog
from online_api.catalog_settings import CatalogSettings
from online_api.endpoint import Shortcut, endpoints_of
from online_api.errors import add_error_handlers
from online_api.health import health_router
from online_api.limits import Limits
from online_api.metrics import Metrics, metrics_router, sharing
from online_api.observing import Observers
from online_api.services import service_router, unknown_service_router
from online_api.serving import Serving
from online_api.settings import ApiSettings
from online_api.tracing import flush, provider_from_environment, tracing

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

    from drivers.catalog import CatalogReader

__all__ = ["app_from_environment", "catalog_from_environment", "create_app"]

DEFAULT_LIMITS = Limits()
DEFAULT_CATALOG = CatalogSettings()
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""FastAPI's own looks for providers at each request, for 4 µs; where the process has some, it would
make a second span of each, and tell logs what errors say."""


def create_app(
    project: Project,
    *,
    store: Store | None = None,
    clock: Clock | None = None,
    models: Path | None = None,
    limits: Limits = DEFAULT_LIMITS,
    log: LogSettings | None = None,
    catalog: CatalogSettings | None = DEFAULT_CATALOG,
    metrics: bool = True,
    tracer_provider: TracerProvider | None = None,
    trace_share: float = 1.0,
) -> FastAPI:
    """An app that answers for every service of a project.

    Nothing is connected to or read before the server starts. Then every published service is
    planned, and its model checked. A run that is published later needs no restart, and neither
    does its model.

    Args:
        project: its functions, services and store.
        store: instead of the project's.
        clock: the time of rows that don't carry one.
        models: the folder of ``<service>.onnx``, relative to the project; that of its jobs by
            default.
        limits: how many rows and bytes, and how long, a request may take.
        log: of what is served, in a folder relative to the project; None for none.
        catalog: what pages at ``/catalog`` show of the project, its code included, to people;
            None for no pages.
        metrics: whether there is a ``/metrics`` for Prometheus.
        tracer_provider: of OpenTelemetry, for a trace of each request that it samples; None for
            none.
        trace_share: of the requests that no caller has decided on, so many are put to it.

    Raises:
        ConfigurationError: ``PROMETHEUS_MULTIPROC_DIR`` names no folder.
        InvalidDefinition: a field of a service's request has no column type.
        ModelMismatch: at the server's start, a model that doesn't fit its service's current run.
    """
    folder = models_folder(project) if models is None else project.root / models
    if log is not None:
        log = replace(log, folder=project.root / log.folder)

    counted = Metrics(project.services, clock) if metrics else None
    traced = None if tracer_provider is None else tracing(tracer_provider, trace_share)
    observer = Observers(tuple(each for each in (counted, traced) if each is not None))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        serving = Serving(project, store, clock, folder, limits, log, observer)
        try:
            await asyncio.to_thread(serving.start)
            app.state.serving = serving
            async with sharing(counted, serving):
                yield
        finally:
            await serving.stop()
            await flush(tracer_provider)

    app = FastAPI(
        title="onedag",
        description="Features and predictions.",
        lifespan=lifespan,
        telemetry=NO_TELEMETRY,
    )
    add_error_handlers(app)
    endpoints: dict[str, ASGIApp] = {}
    for service in project.services.values():
        service.request_fields()
        body = BodyReader(service, limits)
        app.include_router(service_router(service.name, body.model))
        endpoints |= endpoints_of(service.name, body, observer)
    # The first middleware to be added is the innermost: those of a user's own stand before it.
    app.add_middleware(Shortcut, endpoints=endpoints)
    app.include_router(unknown_service_router(tuple(project.services)))
    app.include_router(health_router(tuple(project.services), limits.deadline))
    if counted is not None:
        app.include_router(metrics_router(counted))
    if catalog is not None:

        def reader() -> CatalogReader:
            from drivers.catalog import CatalogReader

            return CatalogReader(
                project,
                store,
                clock,
                folder,
                code=app.state.serving.code,
                open_sources=catalog.open_sources,
                personal=catalog.personal,
            )

        add_catalog(app, reader, project.root, api=True)
    return app


def app_from_environment() -> FastAPI:
    """The app of the project that ``ONEDAG_PROJECT`` names; for uvicorn's ``--factory``.

    Raises:
        ConfigurationError: the environment or the project's settings can't be used.
    """
    settings = ApiSettings.read()
    project = Project.load(settings.project)
    provider, share = provider_from_environment() if settings.tracing else (None, 1.0)
    return create_app(
        project,
        models=settings.models,
        limits=settings.limits,
        log=settings.logged,
        catalog=settings.shown if settings.catalog else None,
        metrics=settings.metrics,
        tracer_provider=provider,
        trace_share=share,
    )


def catalog_from_environment() -> FastAPI:
    """An app with the pages of that project alone: it answers for no service, and writes nothing.

    A project that can't be loaded is no error: the pages say why.

    Raises:
        ConfigurationError: the environment's settings can't be used.
    """
    settings = ApiSettings.read()

    def reader() -> CatalogReader:
        from drivers.catalog import CatalogReader

        project = Project.load(settings.project)
        models = None if settings.models is None else project.root / settings.models
        return CatalogReader(
            project,
            models=models,
            open_sources=settings.open_sources,
            personal=settings.catalog_personal,
        )

    app = FastAPI(title="onedag", openapi_url=None, telemetry=NO_TELEMETRY)
    add_error_handlers(app)
    add_catalog(app, reader, settings.project.resolve(), api=False)
    return app
