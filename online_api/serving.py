"""What one server holds while it runs: the driver, the models, and whether they are ready."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import cast

from starlette.types import Scope

from drivers.model_contract import model_file
from drivers.online import OnlineDriver
from drivers.opening import store_of
from drivers.openlineage import serving_events
from drivers.served.log import ServedLog
from drivers.served.settings import LogSettings
from drivers.serving.compiled import CompiledService, current_run
from drivers.stores import Store
from onedag.clock import Clock, SystemClock
from onedag.errors import (
    ConfigurationError,
    NotPublished,
    SchemaMismatch,
    StoreError,
    StoreUnavailable,
)
from onedag.project import Project
from online_api.answering import Answering
from online_api.asked import Answer, Asked
from online_api.coalescing import Coalescer
from online_api.limits import Limits
from online_api.model import NoModel, ServedModel
from online_api.observing import NOBODY, Observer

__all__ = ["REQUEST_ID", "Serving", "serving_of"]

REQUEST_ID = b"x-request-id"

_LOGGER = logging.getLogger(__name__)


class Serving:
    """The driver and the models of one server.

    Args:
        project: whose services are served.
        store: instead of the project's.
        clock: the time of rows that don't carry one.
        models: the folder of the models.
        limits: what the server takes on.
        log: of what is served; None for none.
        observer: is told of each batch.

    Attributes:
        models: by service.
        queues: of the requests, by service.
        log: of what is served, or None.
    """

    def __init__(
        self,
        project: Project,
        store: Store | None,
        clock: Clock | None,
        models: Path,
        limits: Limits,
        log: LogSettings | None = None,
        observer: Observer = NOBODY,
    ) -> None:
        self._store = store or store_of(project)
        self._folder = models
        self._events = serving_events(project, clock or SystemClock())
        self._driver = OnlineDriver(project, clock, store=self._store, loaded=self._tell)
        self.models = {
            name: ServedModel(name, model_file(models, name)) for name in project.services
        }
        self.log = None if log is None else ServedLog(log, project, clock)
        self.queues = {
            name: Coalescer(name, Answering(name, self._driver, model, self.log, observer), limits)
            for name, model in self.models.items()
        }

    def start(self) -> None:
        """Load every service that has a run, and every model, and begin to log.

        A store that is down and a service that isn't published yet don't keep a server from
        starting, because both can come later.

        Raises:
            ModelMismatch: a model doesn't fit its service's current run.
            PlanError: a published service can't be planned.
        """
        if self.log is not None:
            self.log.start()
        for service in self.models:
            try:
                self._start(service)
            except StoreUnavailable as error:
                _LOGGER.warning("Nothing is served yet: %s", error)
                return  # the other services would wait for it as long, and in vain
            except (NotPublished, SchemaMismatch, StoreError) as error:
                _LOGGER.warning("Not served yet: %s", error)

    def _start(self, service: str) -> None:
        run = current_run(service, self._store)
        with suppress(NoModel):
            self.models[service].fitting(run)
        self._driver.load(service)

    def _tell(self, service: CompiledService) -> None:
        path = model_file(self._folder, service.name)
        self._events.loaded(service, path if path.is_file() else None)

    @property
    def code(self) -> Mapping[str, str]:
        """What the functions are written as, by name, taken before any was called."""
        return self._driver.code

    @property
    def loaded(self) -> list[CompiledService]:
        """The services as requests were last answered; the store isn't asked."""
        return self._driver.loaded

    def logged_as(self, scope: Scope) -> str | None:
        """The id under which a request is logged; None for one that isn't."""
        if self.log is None:
            return None
        sent = next((value for name, value in scope["headers"] if name == REQUEST_ID), None)
        return self.log.request_id(sent)

    async def answer(self, service: str, asked: Asked) -> Answer:
        """The answer to a request, together with those that it meets.

        Raises:
            NoModel: predictions are wanted, and the service has no model.
            ModelMismatch: its model doesn't fit the current run.
            OnedagError: as `Coalescer.answer` and `OnlineDriver.avectors`.
        """
        return await self.queues[service].answer(asked)

    def state(self, service: str) -> dict[str, str | None]:
        """The ids of the run that is served now and of the run of the model; None for none.

        Raises:
            OnedagError: why it can't be served.
        """
        try:
            run = current_run(service, self._store)
        except NotPublished:
            if self._driver.was_loaded(service):  # then the store has lost it
                raise
            return {"run_id": None, "model": None}
        self._driver.refreshed(service)
        try:
            model = self.models[service].fitting(run)
        except NoModel:
            return {"run_id": run.run_id, "model": None}
        return {"run_id": run.run_id, "model": model.run_id}

    async def stop(self) -> None:
        """Fail what is still unanswered, write the rest of what is kept, and give up the store."""
        for coalescer in self.queues.values():
            await coalescer.stop()
        if self.log is not None:
            await asyncio.to_thread(self.log.close)
        await asyncio.to_thread(self._events.close)
        self._driver.close()


def serving_of(scope: Scope) -> Serving:
    """What the server of a request holds.

    Raises:
        ConfigurationError: the app was never started.
    """
    serving = getattr(scope["app"].state, "serving", None)
    if serving is None:
        raise ConfigurationError(
            "The app of create_app was never started: its lifespan hasn't run. An app that it is "
            "mounted in doesn't run it; enter `app.router.lifespan_context(app)` in that app's own "
            "lifespan. A TestClient runs it as a context manager."
        )
    return cast(Serving, serving)
