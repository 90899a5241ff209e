"""One request on its way: what it asks the store for, and the answer from what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from drivers.serving.compiled import CompiledService
from drivers.serving.lookup import LookUp
from drivers.serving.provenance import Provenance
from drivers.serving.rows import RequestRows
from drivers.serving.vectors import FeatureVectors, null_values
from drivers.statuses import feature_statuses, null_codes
from onedag.clock import Clock
from onedag.dtypes import TIMESTAMP, ColumnType
from onedag.durations import micros
from onedag.errors import StoreError, StoreUnavailable
from onedag.numpy_series import NumpySeries, from_numbers, nulls
from onedag.service import EVENT_TIMESTAMP
from onedag.status import Codes

__all__ = ["Reading"]


TIME = ColumnType(TIMESTAMP)
_NO_TIMES = np.empty(0, np.int64)


class Reading:
    """The rows of a request, or of several, and what they ask the store for.

    Args:
        compiled: the service.
        rows: the rows.
        clock: the time of rows that don't carry one.

    Attributes:
        keys: all that is read in one round trip: the run and the views as they stand now, then
            the values.
    """

    def __init__(self, compiled: CompiledService, rows: RequestRows, clock: Clock) -> None:
        self._compiled = compiled
        self._rows = rows
        self._event = _micros(rows, clock) if compiled.asks_for_time else _NO_TIMES
        self._by_view = [reader.keys(rows.columns, rows.length) for reader in compiled.readers]
        self._wanted = dict.fromkeys(key for keys in self._by_view for key in keys)
        self._wanted.pop(None, None)
        self.keys: list[bytes] = [*compiled.state[0], *self._wanted]  # type: ignore[list-item]

    def answer(self, blobs: Sequence[bytes | None]) -> FeatureVectors | None:
        """The vectors; None where the store has moved on from what was compiled.

        Args:
            blobs: what the store has under each of the keys.

        Raises:
            FunctionError: a feature function raised.
            SchemaMismatch: a feature isn't what the published run says.
        """
        keys, expected = self._compiled.state
        if list(blobs[: len(keys)]) != expected:
            return None
        try:
            views = self._views(blobs[len(keys) :])
        except StoreError:
            return None
        return self._vectors(views)

    def without_store(self, error: StoreUnavailable) -> FeatureVectors:
        """The vectors as if nothing were known of any key, if the service wants them so.

        Raises:
            StoreUnavailable: the service doesn't.
        """
        service = self._compiled.plan.service
        names = ", ".join(self._compiled.views) or "no view"
        message = f"{error} Service {service.name!r} reads {names}."
        if service.on_store_error != "missing":
            raise StoreUnavailable(message) from error
        views = [reader.nothing(self._rows.length) for reader in self._compiled.readers]
        return self._vectors(views, message)

    def _views(self, blobs: Sequence[bytes | None]) -> list[LookUp]:
        found = dict(zip(self._wanted, blobs, strict=True))
        return [
            reader.read(wanted, found, self._event)
            for reader, wanted in zip(self._compiled.readers, self._by_view, strict=True)
        ]

    def _slots(self, views: Sequence[LookUp]) -> list[NumpySeries]:
        slots = [self._given(number) for number in range(len(self._compiled.given))]
        for view in views:
            slots.extend(view.columns)
        return slots

    def _vectors(self, views: Sequence[LookUp], store_error: str | None = None) -> FeatureVectors:
        compiled = self._compiled
        slots = self._slots(views)
        columns = compiled.program.run(slots, self._rows.length)
        features = [
            promise.kept(column) for promise, column in zip(compiled.promises, columns, strict=True)
        ]

        def codes() -> Mapping[str, Codes]:
            known = self._given_codes(slots) | self._stored_codes(views)
            for promise, feature in zip(compiled.promises, features, strict=True):
                known.setdefault(promise.name, null_codes(null_values(feature)))
            return feature_statuses(compiled.plan, known, self._rows.length)

        run = compiled.run
        made_of = Provenance(compiled, self._rows, self._event, views)
        return FeatureVectors(run.run_id, run.schema, features, codes, store_error, made_of)

    def _given(self, number: int) -> NumpySeries:
        name, make = self._compiled.given[number]
        if name == EVENT_TIMESTAMP:
            return from_numbers(self._event.view("M8[us]"), None, TIME)
        return make(self._rows.columns[name])

    def _given_codes(self, slots: Sequence[NumpySeries]) -> dict[str, Codes]:
        given = zip(self._compiled.given, slots, strict=False)
        return {name: null_codes(nulls(slot)) for (name, _), slot in given}

    def _stored_codes(self, views: Sequence[LookUp]) -> dict[str, Codes]:
        return {
            feature.name: codes
            for reader, view in zip(self._compiled.readers, views, strict=True)
            for feature, codes in zip(reader.view.features, view.codes(), strict=True)
        }


def _micros(rows: RequestRows, clock: Clock) -> npt.NDArray[np.int64]:
    """The rows' times, microseconds, shape ``(n_rows,)``."""
    now = micros(clock.now())
    times = [now if time is None else micros(time) for time in rows.times]
    return np.array(times, np.int64)
