"""`OnlineDriver`: the features of a request, from the store and the row in hand."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

import pydantic

from drivers.closing import Closing
from drivers.opening import store_of
from drivers.serving.compiled import CompiledService, compile_service
from drivers.serving.patience import Patience
from drivers.serving.reading import Reading
from drivers.serving.rows import RequestRows, RowParser
from drivers.serving.stages import UNOBSERVED, Stage, Stages
from drivers.serving.vectors import FeatureVectors
from drivers.stores.base import Store, SupportsAsyncRead
from onedag.clock import Clock, SystemClock
from onedag.errors import RequestError, StoreBusy, StoreError, StoreUnavailable
from onedag.meanings import written_code
from onedag.project import Project
from onedag.service import FeatureService

__all__ = ["OnlineDriver", "Row"]

_LOGGER = logging.getLogger(__name__)

T = TypeVar("T")

Row: TypeAlias = Mapping[str, Any] | pydantic.BaseModel
"""One row of a request: a dict of fields, or an instance of a service's request model."""

ATTEMPTS = 5
"""How often a request is read anew when a run or a materialization came in between."""

MANY_ROWS = 256
"""More rows than this are computed in a thread, lest a slow function keep an event loop from all
else. It costs 0.1 ms; what the library itself takes for so many rows of 50 features is 1 ms."""


class OnlineDriver(Closing):
    """Answers requests with the features of the published run.

    A service is planned and its run and layouts are read when it is first asked for, or by `load`.
    A request then takes one read of the store and one pass over the functions. A run that is
    published later is picked up by the next request.

    Args:
        project: its functions, services and store; its sources aren't opened.
        clock: the time of rows that don't carry one.
        store: instead of the project's.
        loaded: told of each service that was loaded, in the thread that did it.
    """

    def __init__(
        self,
        project: Project,
        clock: Clock | None = None,
        *,
        store: Store | None = None,
        loaded: Callable[[CompiledService], None] | None = None,
    ) -> None:
        self.project = project
        self._store = store or store_of(project)
        self._clock = clock or SystemClock()
        self._loaded = loaded
        self._compiled: dict[str, CompiledService] = {}
        self._warned: set[str] = set()
        self._parsers: dict[str | FeatureService, RowParser] = {}

    @cached_property
    def code(self) -> Mapping[str, str]:
        """What the project's functions are written as, by name (`onedag.meanings.written_code`).

        Taken once, before any function is called: what one keeps between calls is no other code.
        """
        return written_code(self.project.graph, self.project.graph, self.project.root)

    def load(self, service: str | FeatureService) -> CompiledService:
        """Plan a service and read its current run, anew.

        Where functions are written otherwise than when the model was trained or the values were
        stored, a warning is logged, once: new code goes out before what it stores does.

        Raises:
            UnknownName: no such service.
            NotPublished: it has no published run, or a view it needs was never materialized.
            SchemaMismatch: the code, the run and the store don't say the same.
        """
        compiled = compile_service(
            self.project, self.project.service(service), self._store, self.code
        )
        for message in compiled.outdated:
            if message not in self._warned:
                self._warned.add(message)
                _LOGGER.warning("%s", message)
        self._compiled[compiled.name] = compiled
        if self._loaded is not None:
            self._loaded(compiled)
        return compiled

    def service(self, service: str | FeatureService) -> CompiledService:
        """A service as it was last loaded, loading it if it never was."""
        compiled = self._known(service)
        return self.load(service) if compiled is None else compiled

    def refreshed(self, service: str | FeatureService) -> CompiledService:
        """A service, loaded anew if it was published or materialized since."""
        compiled = self.service(service)
        keys, expected = compiled.state
        if self._store.read(keys) == expected:
            return compiled
        return self.load(service)

    @property
    def loaded(self) -> list[CompiledService]:
        """The services as they were last loaded; the store isn't asked."""
        return list(self._compiled.values())

    def was_loaded(self, service: str) -> bool:
        """Whether a service has been loaded, so that it had a published run once."""
        return service in self._compiled

    def _known(self, service: str | FeatureService) -> CompiledService | None:
        if isinstance(service, str):
            return self._compiled.get(service)
        compiled = self._compiled.get(service.name)
        if compiled is None or compiled.plan.service is service:
            return compiled
        return compiled if compiled.plan.service == service else None

    def features(self, service: str | FeatureService, rows: Row | Sequence[Row]) -> FeatureVectors:
        """The features of one row or several.

        Stored values are those of the last materialization, whatever the row's time: a row whose
        `event_timestamp` lies before it sees values that a training row wouldn't.

        Args:
            service: its name or itself.
            rows: dicts with the request's fields, and `event_timestamp` if it isn't the present;
                or one dict.

        Returns:
            One vector for each row, in their order.

        Raises:
            RequestError: a missing, unknown or wrong field, with its row and name.
            NotPublished: no published run, or a view that was never materialized.
            StoreUnavailable: the store can't be reached.
            FunctionError: a feature function raised.
        """
        return self._vectors(self.request(service, rows))

    async def afeatures(
        self, service: str | FeatureService, rows: Row | Sequence[Row]
    ) -> FeatureVectors:
        """As `features`, without blocking the event loop while the store is read."""
        if self._known(service) is None:
            await asyncio.to_thread(self.load, service)
        return await self.avectors([self.request(service, rows)])

    def request(self, service: str | FeatureService, rows: Row | Sequence[Row]) -> RequestRows:
        """Rows checked against the service's request model, to be answered by `avectors`.

        Raises:
            RequestError: a missing, unknown or wrong field, with its row and name.
            UnknownName: no such service.
        """
        parser = self._parsers.get(service)
        if parser is None:
            parser = self._parsers[service] = RowParser(self.project.service(service))
        return parser.rows(_listed(rows))

    async def avectors(
        self,
        requests: Sequence[RequestRows],
        timeout: timedelta | None = None,
        read: dict[bytes, bytes | None] | None = None,
        stages: Stages = UNOBSERVED,
    ) -> FeatureVectors:
        """The features of several requests for one service: one read, one pass over the functions.

        Args:
            requests: at least one, all for the same service.
            timeout: how long the store may take in all; None for as long as its own settings let
                it.
            read: is given what is read. Where it has all that these requests ask for, the store
                isn't asked again: for those of a joint request that failed.
            stages: is told what is done, as it is done; when all is done, the caller tells.

        Returns:
            The vectors of all rows, those of the first request first; `FeatureVectors.split`
            parts them.

        Raises:
            StoreUnavailable: the store can't be reached, or doesn't answer in time.
            StoreBusy: runs or values are published faster than they can be read.
            FunctionError: a feature function raised; for which request, isn't told.
        """
        rows = RequestRows.joined(requests)
        patience = Patience(timeout)
        compiled = self._known(rows.service)
        if compiled is None:
            stages.begins(Stage.LOAD)
            compiled = await patience.with_(asyncio.to_thread(self.load, rows.service))
            stages.ends()
        for _ in range(ATTEMPTS):
            reading, before = Reading(compiled, rows, self._clock), compiled
            try:
                stages.begins(Stage.STORE)
                blobs = await patience.with_(self._read(reading.keys, read))
                stages.begins(Stage.FUNCTIONS)
                answer = await _answer(reading, blobs, rows.length)
                if answer is not None:
                    return answer
                if read is not None:
                    read.clear()
                stages.begins(Stage.LOAD)
                compiled = await patience.with_(asyncio.to_thread(self.load, rows.service))
                stages.ends()
            except StoreUnavailable as error:
                stages.store_failed()
                stages.begins(Stage.FUNCTIONS)
                return reading.without_store(error)
        raise _unsettled(before, compiled)

    def _vectors(self, rows: RequestRows) -> FeatureVectors:
        compiled = self.service(rows.service)
        for _ in range(ATTEMPTS):
            reading, before = Reading(compiled, rows, self._clock), compiled
            try:
                answer = reading.answer(self._store.read(reading.keys))
                if answer is not None:
                    return answer
                compiled = self.load(rows.service)  # published or materialized since it was loaded
            except StoreUnavailable as error:
                return reading.without_store(error)
        raise _unsettled(before, compiled)

    async def _read(
        self, keys: Sequence[bytes], read: dict[bytes, bytes | None] | None
    ) -> list[bytes | None]:
        if read is not None and read.keys() >= set(keys):
            return [read[key] for key in keys]
        if isinstance(self._store, SupportsAsyncRead):
            blobs = await self._store.aread(keys)
        else:
            blobs = await asyncio.to_thread(self._store.read, keys)
        if read is not None:
            read.update(zip(keys, blobs, strict=True))
        return blobs

    def close(self) -> None:
        """Give up the store."""
        self._store.close()


async def _answer(
    reading: Reading, blobs: Sequence[bytes | None], length: int
) -> FeatureVectors | None:
    if length > MANY_ROWS:
        return await asyncio.to_thread(reading.answer, blobs)
    return reading.answer(blobs)


def _listed(rows: Row | Sequence[Row]) -> list[Row]:
    if type(rows) is list:
        return rows
    if isinstance(rows, Mapping | pydantic.BaseModel):
        return [rows]
    if not isinstance(rows, Iterable) or isinstance(rows, str | bytes):
        raise RequestError(f"The rows of a request are dicts, or one dict, not {rows!r}.")
    return list(rows)


def _unsettled(before: CompiledService, after: CompiledService) -> StoreError:
    name = after.name
    if before.state != after.state:
        return StoreBusy(
            f"What the store holds for service {name!r} doesn't stay the same while it is read: "
            f"runs are published or values are materialized without a pause. Try again later."
        )
    return StoreError(
        f"A value that the store holds for service {name!r} has another layout than its view "
        f"says. Materialize again with this version of the features."
    )
