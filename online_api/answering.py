"""How a batch of one service's requests is answered: one read, one pass, one call of the model."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from drivers.online import OnlineDriver
from drivers.served.log import ServedLog
from drivers.served.rows import ServedRequest
from drivers.serving.stages import Stage, Stages
from drivers.serving.vectors import FeatureVectors
from drivers.stored.records import RunRecord
from onedag.errors import OnedagError
from online_api.asked import Answer, Asked, fail_all, in_halves
from online_api.model import OnnxModel, ServedModel
from online_api.observing import NOBODY, Batch, Observer

__all__ = ["Answering"]


class Answering:
    """Answers batches, as the `Work` of a `Coalescer`.

    Args:
        service: its name.
        driver: reads and computes.
        served: the service's model.
        log: of what is served; None for none.
        observer: is told of each batch.
    """

    def __init__(
        self,
        service: str,
        driver: OnlineDriver,
        served: ServedModel,
        log: ServedLog | None = None,
        observer: Observer = NOBODY,
    ) -> None:
        self._service = service
        self._driver = driver
        self._served = served
        self._log = log
        self._observer = observer
        self._loaded = False

    async def __call__(self, batch: Sequence[Asked], of_the_store: timedelta) -> None:
        """Settle each request of a batch, with an answer or an error of its own.

        Args:
            batch: the requests.
            of_the_store: how long the store may take.
        """

        # What fails together is tried apart, on what has been read by then.
        read: dict[bytes, bytes | None] | None = {} if len(batch) > 1 else None

        seen = Batch(self._service, batch)

        async def answer(part: Sequence[Asked]) -> None:
            await self._answer(part, of_the_store, read, seen)

        try:
            await in_halves(batch, answer)
        finally:
            self._observer.answered(seen)

    async def _answer(
        self,
        batch: Sequence[Asked],
        of_the_store: timedelta,
        read: dict[bytes, bytes | None] | None,
        seen: Batch,
    ) -> None:
        await self._load(batch, seen)
        run, vectors = await self._vectors(batch, of_the_store, read, seen)
        seen.ends()
        seen.vectors.append(vectors)
        answers = _answers(batch, vectors)
        for asked, answer in answers.items():
            if not asked.predict:
                asked.settle(answer)
        if any(asked.predict for asked in batch):
            await self._predict(batch, run, vectors, answers, seen)
            seen.ends()
        if self._log is not None and (logged := _logged(batch)):
            self._log.add(vectors, logged)

    async def _load(self, batch: Sequence[Asked], stages: Stages) -> None:
        """Let the driver load the service, off the event loop; only the first batch waits."""
        if not self._loaded:
            _now_waiting(batch, "the store, which is asked what is published")
            stages.begins(Stage.LOAD)
            await asyncio.to_thread(self._driver.service, self._service)
            stages.ends()
            self._loaded = True

    async def _vectors(
        self,
        batch: Sequence[Asked],
        of_the_store: timedelta,
        read: dict[bytes, bytes | None] | None,
        stages: Stages,
    ) -> tuple[RunRecord, FeatureVectors]:
        """The vectors of all rows, and the run they are of."""
        views = ", ".join(self._driver.service(self._service).views) or "none"
        _now_waiting(batch, f"the store's values or what is computed from them; views: {views}")
        requests = [self._driver.request(self._service, asked.rows) for asked in batch]
        while True:
            vectors = await self._driver.avectors(requests, of_the_store, read, stages)
            run = self._driver.service(self._service).run
            if run.run_id == vectors.run_id:  # else another run was published in between
                return run, vectors

    async def _predict(
        self,
        batch: Sequence[Asked],
        run: RunRecord,
        vectors: FeatureVectors,
        answers: Mapping[Asked, Answer],
        stages: Stages,
    ) -> None:
        stages.begins(Stage.MODEL)
        predicting = [asked for asked in batch if asked.predict]
        try:
            model = await self._model(run)
            matrix = vectors.matrix()
        except OnedagError as error:  # of the model or of a column's type, whatever the rows
            fail_all(predicting, error)
            return
        inputs = _by_request(batch, matrix)

        async def predict(part: Sequence[Asked]) -> None:
            predictions = model.predict(np.concatenate([inputs[asked] for asked in part]))
            start = 0
            for asked in part:
                end = start + len(asked.rows)
                asked.settle(replace(answers[asked], predictions=predictions[start:end]))
                start = end

        await in_halves(predicting, predict)

    async def _model(self, run: RunRecord) -> OnnxModel:
        at_hand = self._served.at_hand(run)
        if at_hand is not None:
            return at_hand
        return await asyncio.to_thread(self._served.fitting, run)


def _now_waiting(batch: Sequence[Asked], what: str) -> None:
    for asked in batch:
        asked.waits_for = what


def _logged(batch: Sequence[Asked]) -> list[ServedRequest]:
    """Those that are to be logged, of those that got an answer."""
    logged, start = [], 0
    for asked in batch:
        end = start + len(asked.rows)
        if asked.request_id is not None and (answer := asked.given()) is not None:
            logged.append(ServedRequest(asked.request_id, start, end, answer.predictions))
        start = end
    return logged


def _answers(batch: Sequence[Asked], vectors: FeatureVectors) -> dict[Asked, Answer]:
    """What each request gets, still without predictions."""
    common = Answer(vectors.run_id, vectors.store_error)
    if not any(asked.features for asked in batch):
        return dict.fromkeys(batch, common)
    parts = vectors.split([len(asked.rows) for asked in batch])
    return {
        asked: replace(common, vectors=part) if asked.features else common
        for asked, part in zip(batch, parts, strict=True)
    }


def _by_request(
    batch: Sequence[Asked], matrix: npt.NDArray[np.float32]
) -> dict[Asked, npt.NDArray[np.float32]]:
    """Each request's rows of the model's input."""
    inputs, start = {}, 0
    for asked in batch:
        end = start + len(asked.rows)
        inputs[asked] = matrix[start:end]
        start = end
    return inputs
