"""`OnlineDriver`: the features of a request, from the store and the row in hand."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pydantic

from drivers.compiled import CompiledService, compile_service
from drivers.opening import store_of
from drivers.request import RequestRows, parse_rows
from drivers.statuses import expired, feature_statuses, null_codes, stored_codes
from drivers.stored.packing import Packed, column_of
from drivers.stored.records import current_key, stamp_key
from drivers.stores.base import Store, SupportsAsyncRead
from drivers.vectors import FeatureVectors, conform
from onedag.clock import Clock, SystemClock
from onedag.dtypes import series_to_arrow, to_series
from onedag.errors import RequestError, StoreError, StoreUnavailable
from onedag.evaluate import evaluate
from onedag.keys import encode_key
from onedag.planner import View
from onedag.project import Project
from onedag.service import EVENT_TIMESTAMP, FeatureService
from onedag.status import Codes

__all__ = ["OnlineDriver", "Request", "Row"]

Row: TypeAlias = Mapping[str, Any] | pydantic.BaseModel
"""One row of a request: a dict of fields, or an instance of a service's request model."""

ATTEMPTS = 5
"""How often a request is read anew when a run or a materialization came in between."""


@dataclass(frozen=True, slots=True)
class Request:
    """Rows that a service's request model has accepted.

    Attributes:
        service: whose request it is.
        rows: as instances of its request model.
    """

    service: str | FeatureService
    rows: tuple[pydantic.BaseModel, ...]

    def __len__(self) -> int:
        return len(self.rows)


class OnlineDriver:
    """Answers requests with the features of the published run.

    A service is planned and its run and layouts are read when it is first asked for, or by `load`.
    A request then takes one read of the store and one pass over the functions. A run that is
    published later is picked up by the next request.

    Args:
        project: its functions, services and store; its sources aren't opened.
        clock: the time of rows that don't carry one.
        store: instead of the project's.
    """

    def __init__(
        self, project: Project, clock: Clock | None = None, *, store: Store | None = None
    ) -> None:
        self.project = project
        self._store = store or store_of(project)
        self._clock = clock or SystemClock()
        self._compiled: dict[str, CompiledService] = {}

    def load(self, service: str | FeatureService) -> CompiledService:
        """Plan a service and read its current run, anew.

        Raises:
            UnknownName: no such service.
            NotPublished: it has no published run, or a view it needs was never materialized.
            SchemaMismatch: the code, the run and the store don't say the same.
        """
        compiled = compile_service(self.project, self.project.service(service), self._store)
        self._compiled[compiled.name] = compiled
        return compiled

    def service(self, service: str | FeatureService) -> CompiledService:
        """A service as it was last loaded, loading it if it never was."""
        compiled = self._known(service)
        return self.load(service) if compiled is None else compiled

    def _known(self, service: str | FeatureService) -> CompiledService | None:
        if isinstance(service, str):
            return self._compiled.get(service)
        compiled = self._compiled.get(service.name)
        return compiled if compiled is not None and compiled.plan.service == service else None

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

    def request(self, service: str | FeatureService, rows: Row | Sequence[Row]) -> Request:
        """Rows checked against the service's request model, to be answered by `avectors`.

        Raises:
            RequestError: a missing, unknown or wrong field, with its row and name.
            NotPublished: no published run, or a view that was never materialized.
        """
        compiled = self.service(service)
        return Request(service, tuple(parse_rows(compiled.model, _listed(rows))))

    async def avectors(
        self, requests: Sequence[Request], timeout: timedelta | None = None
    ) -> FeatureVectors:
        """The features of several requests for one service: one read, one pass over the functions.

        Args:
            requests: at least one, all for the same service.
            timeout: how long the store may take; None for as long as its own settings let it.

        Returns:
            The vectors of all rows, those of the first request first; `FeatureVectors.split`
            parts them.

        Raises:
            StoreUnavailable: the store can't be reached, or doesn't answer in time.
            FunctionError: a feature function raised; for which request, isn't told.
        """
        service = requests[0].service
        rows = [row for request in requests for row in request.rows]
        compiled = self._known(service)
        if compiled is None:
            compiled = await asyncio.to_thread(self.load, service)
        for _ in range(ATTEMPTS):
            read = self._reading(compiled, rows)
            answer = self._answer(read, await self._within(timeout, read.keys, compiled))
            if answer is not None:
                return answer
            compiled = await asyncio.to_thread(self.load, service)
        raise _unsettled(compiled)

    def _vectors(self, request: Request) -> FeatureVectors:
        compiled = self.service(request.service)
        for _ in range(ATTEMPTS):
            reading = self._reading(compiled, request.rows)
            answer = self._answer(reading, self._store.read(reading.keys))
            if answer is not None:
                return answer
            compiled = self.load(request.service)  # published or materialized since it was loaded
        raise _unsettled(compiled)

    async def _within(
        self, timeout: timedelta | None, keys: Sequence[bytes], compiled: CompiledService
    ) -> list[bytes | None]:
        try:
            async with asyncio.timeout(timeout and timeout.total_seconds()):
                return await self._read(keys)
        except TimeoutError as error:
            raise StoreUnavailable(
                f"The store didn't answer within {timeout} for service {compiled.name!r}, which "
                f"reads {', '.join(compiled.records) or 'no view'}."
            ) from error

    async def _read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        if isinstance(self._store, SupportsAsyncRead):
            return await self._store.aread(keys)
        return await asyncio.to_thread(self._store.read, keys)

    def _reading(self, compiled: CompiledService, rows: Sequence[pydantic.BaseModel]) -> _Reading:
        given = compiled.plan.serving.given
        return _Reading(compiled, RequestRows(rows, given, self._clock.now()))

    def _answer(self, request: _Reading, blobs: Sequence[bytes | None]) -> FeatureVectors | None:
        """The vectors; None where the store has moved on from what was compiled."""
        compiled, rows = request.compiled, request.rows
        state, values = blobs[: len(request.state)], blobs[len(request.state) :]
        if list(state) != request.state:
            return None
        found = dict(zip(request.keys[len(state) :], values, strict=True))
        columns: dict[str, Any] = dict(compiled.fitted)
        codes: dict[str, Codes] = {}
        for name in (EVENT_TIMESTAMP, *compiled.plan.serving.given):
            array = rows.array(name, compiled.types[name])
            columns[name] = to_series(array, compiled.types[name])
            codes[name] = null_codes(array)
        for view in compiled.plan.serving.views:
            if not _read_view(view, request, found, columns, codes):
                return None
        evaluate(compiled.plan.serving.steps, columns, rows.length)
        return _vectors(compiled, columns, codes, rows.length)

    def close(self) -> None:
        """Give up the store."""
        self._store.close()

    def __enter__(self) -> OnlineDriver:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Reading:
    """The rows of a request, and what it asks the store for.

    Attributes:
        compiled: the service.
        rows: as columns.
        by_view: for each view the store's key of each row, None where a join key is null.
        keys: all that is read: the run and the views as they stand now, then the values.
        state: what the first of these must be for the values to be what `compiled` takes them for.
    """

    def __init__(self, compiled: CompiledService, rows: RequestRows) -> None:
        self.compiled = compiled
        self.rows = rows
        self.by_view: dict[str, list[bytes | None]] = {}
        for view in compiled.plan.serving.views:
            prefix = compiled.prefixes[view.name]
            joins = zip(*(rows.columns[key] for key in view.join_keys), strict=True)
            keys = map(encode_key, joins) if view.join_keys else [b""] * rows.length
            self.by_view[view.name] = [None if key is None else prefix + key for key in keys]
        wanted = dict.fromkeys(key for keys in self.by_view.values() for key in keys if key)
        self.state: list[bytes | None] = [compiled.run.run_id.encode(), *compiled.stamps.values()]
        stamps = [stamp_key(view) for view in compiled.stamps]
        self.keys: list[bytes] = [current_key(compiled.name), *stamps, *wanted]


def _read_view(
    view: View,
    request: _Reading,
    found: Mapping[bytes, bytes | None],
    columns: dict[str, Any],
    codes: dict[str, Codes],
) -> bool:
    """Unpack a view's values for each row; False if they are packed in another layout."""
    compiled, rows = request.compiled, request.rows
    record = compiled.records[view.name]
    packed: list[Packed] = []
    for key in request.by_view[view.name]:
        blob = found[key] if key is not None else None
        if blob is not None and record.layout.as_of(blob) < record.whole_as_of:
            blob = None  # the key had no history any more when the view was materialized
        if blob is not None and not record.layout.is_packed_so(blob):
            return False
        packed.append(record.layout.unpack(record.nothing if blob is None else blob))
    names = list(record.layout.types)
    missing = np.array([value.event is None for value in packed], np.bool_)
    event = np.array([value.event or 0 for value in packed], np.int64)
    for feature in view.features:
        slot = names.index(feature.name)
        values = [value.values[slot] for value in packed]
        stale = expired(event, rows.event, missing, feature.definition)
        values = [None if old else v for v, old in zip(values, stale.tolist(), strict=True)]
        column = compiled.types[feature.name]
        array = column_of(values, column)
        columns[feature.name] = to_series(array, column)
        codes[feature.name] = stored_codes(array, missing, stale)
    return True


def _vectors(
    compiled: CompiledService,
    columns: Mapping[str, Any],
    codes: dict[str, Codes],
    length: int,
) -> FeatureVectors:
    arrays = []
    for field in compiled.run.schema:
        array, column = series_to_arrow(columns[field.name], f"Feature {field.name!r}")
        arrays.append(conform(field.name, array, column, field))
        codes.setdefault(field.name, null_codes(arrays[-1]))
    table = pa.table(arrays, schema=compiled.run.schema)
    return FeatureVectors(
        compiled.run.run_id, table, feature_statuses(compiled.plan, codes, length)
    )


def _listed(rows: Row | Sequence[Row]) -> list[Row]:
    if isinstance(rows, Mapping | pydantic.BaseModel):
        return [rows]
    if not isinstance(rows, Iterable) or isinstance(rows, str | bytes):
        raise RequestError(f"The rows of a request are dicts, or one dict, not {rows!r}.")
    return list(rows)


def _unsettled(compiled: CompiledService) -> StoreError:
    return StoreError(
        f"What the store holds for service {compiled.name!r} doesn't stay the same while it is "
        f"read, or a value has another layout than its view says. Materialize again with this "
        f"version of the features."
    )
