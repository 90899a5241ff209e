"""What one server holds while it runs: the driver, the models, and whether they are ready."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast

import pydantic
from starlette.requests import Request

from drivers.model_contract import model_file
from drivers.online import OnlineDriver
from drivers.opening import store_of
from drivers.serving.compiled import current_run
from drivers.serving.vectors import FeatureVectors
from drivers.stored.records import RunRecord
from drivers.stores import Store
from onedag.clock import Clock
from onedag.errors import NotPublished, SchemaMismatch, StoreError, StoreUnavailable
from onedag.project import Project
from online_api.model import NoModel, OnnxModel, ServedModel

__all__ = ["Serving", "serving_of"]

_LOGGER = logging.getLogger(__name__)


class Serving:
    """The driver and the models of one server.

    Args:
        project: whose services are served.
        store: instead of the project's.
        clock: the time of rows that don't carry one.
        models: the folder of the models.
    """

    def __init__(
        self, project: Project, store: Store | None, clock: Clock | None, models: Path
    ) -> None:
        self._store = store or store_of(project)
        self._driver = OnlineDriver(project, clock, store=self._store)
        self._models = {
            name: ServedModel(name, model_file(models, name)) for name in project.services
        }

    def start(self) -> None:
        """Load every service that has a run, and every model.

        A store that is down and a service that isn't published yet don't keep a server from
        starting, because both can come later.

        Raises:
            ModelMismatch: a model doesn't fit its service's current run.
            PlanError: a published service can't be planned.
        """
        for service in self._models:
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
            self._models[service].fitting(run)
        self._driver.load(service)

    async def features(self, service: str, rows: Sequence[pydantic.BaseModel]) -> FeatureVectors:
        """The features of rows, as `OnlineDriver.features`."""
        return await self._driver.afeatures(service, rows)

    async def predict(
        self, service: str, rows: Sequence[pydantic.BaseModel]
    ) -> tuple[FeatureVectors, list[float]]:
        """The features of rows, and what the model makes of them, shape ``(n_rows,)``.

        Raises:
            NoModel: the service has no model.
            ModelMismatch: its model doesn't fit the current run.
            OnedagError: as `OnlineDriver.features`.
        """
        while True:
            vectors = await self._driver.afeatures(service, rows)
            run = self._driver.service(service).run
            if run.run_id == vectors.run_id:  # else another run was published in between
                break
        model = await self._model(service, run)
        return vectors, model.predict(vectors)

    async def _model(self, service: str, run: RunRecord) -> OnnxModel:
        served = self._models[service]
        if served.is_settled(run):
            return served.fitting(run)
        return await asyncio.to_thread(served.fitting, run)

    def state(self, service: str) -> dict[str, str | None]:
        """The ids of the run that is served now and of the run of the model; None for none.

        Raises:
            OnedagError: why it can't be served.
        """
        try:
            run = current_run(service, self._store)
        except NotPublished:
            return {"run_id": None, "model": None}
        if self._driver.service(service).run.run_id != run.run_id:
            self._driver.load(service)
        try:
            model = self._models[service].fitting(run)
        except NoModel:
            return {"run_id": run.run_id, "model": None}
        return {"run_id": run.run_id, "model": model.run_id}

    def close(self) -> None:
        """Give up the store."""
        self._driver.close()


def serving_of(request: Request) -> Serving:
    """What the server of a request holds."""
    return cast(Serving, request.app.state.serving)
