"""Answers as rows of the log.

They are handed over as references, and taken apart later, in another thread than the one that
answers. Python values are gathered first and made columns of many rows at once, because a column
of one row costs as much as one of a hundred.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from drivers.served.schema import (
    EVENT_TIME,
    FEATURE,
    INPUT,
    PREDICTION,
    REQUEST_ID,
    ROW,
    SERVED_AT,
    STATUS,
    STATUSES,
    STORE_ERROR,
    STORED,
    VIEW,
    log_schema,
)
from drivers.serving.compiled import CompiledService
from drivers.serving.lookup import LookUp, ViewReader
from drivers.serving.provenance import Provenance
from drivers.serving.vectors import FeatureVectors
from drivers.statuses import feature_statuses, null_codes, null_mask, stored_codes
from drivers.stored.packing import times_of
from onedag.durations import micros
from onedag.numpy_series import part, to_list
from onedag.service import EVENT_TIMESTAMP
from onedag.status import Codes

__all__ = ["Gathered", "Served", "ServedRequest"]

FEW = 64
"""Rows that are taken apart at once: a few hundred columns of them take less than a millisecond."""

Breathe = Callable[[], None]
_TIMES = ("event", "known", "written")
_NONE = (None, None, None)


@dataclass(frozen=True, slots=True)
class ServedRequest:
    """One request of a batch.

    Attributes:
        request_id: under which it is logged.
        start: its first row in the batch.
        end: the row after its last one.
        predictions: shape ``(n_rows,)``; None if it asked for none.
    """

    request_id: str
    start: int
    end: int
    predictions: Sequence[float] | None


@dataclass(frozen=True, slots=True)
class Served:
    """A batch of answers, some of which are logged.

    Attributes:
        vectors: of all rows of the batch.
        made_of: what they were made of.
        at: when they were answered.
        requests: those that are logged.
    """

    vectors: FeatureVectors
    made_of: Provenance
    at: datetime
    requests: Sequence[ServedRequest]

    @property
    def rows(self) -> int:
        """How many rows are logged."""
        return sum(request.end - request.start for request in self.requests)


class Gathered:
    """Rows of one run, as lists of Python values until they are made a table.

    Args:
        compiled: the service.
        schema: of the log, or a part of it: all of it is gathered, because statuses follow from it.
        breathe: is called often, so that a thread that answers gets its turn.
    """

    def __init__(self, compiled: CompiledService, schema: pa.Schema, breathe: Breathe) -> None:
        self._compiled = compiled
        self._schema = schema
        self._breathe = breathe
        self._all = log_schema(compiled)
        self._clear()

    def __len__(self) -> int:
        return len(self._lists[ROW])

    def add(self, served: Served) -> None:
        """Take the logged rows of a batch apart."""
        for start, end in _runs(served.requests):
            for first in range(start, end, FEW):
                self._add_rows(served, first, min(first + FEW, end))
                self._breathe()
        at = micros(served.at)
        for request in served.requests:
            length = request.end - request.start
            self._extend(REQUEST_ID, [request.request_id] * length)
            self._extend(ROW, range(length))
            self._extend(SERVED_AT, [at] * length)
            self._extend(STORE_ERROR, [served.vectors.store_error] * length)
            self._extend(PREDICTION, request.predictions or [None] * length)

    def table(self) -> pa.Table:
        """The rows as a table of the schema; they are forgotten here."""
        arrays, lists, length = {}, self._lists, len(self)
        for field in self._all:
            if not field.name.startswith(STATUS):
                arrays[field.name] = pa.array(lists[field.name], field.type)
                self._breathe()
        for name, codes in self._codes(arrays, length).items():
            arrays[STATUS + name] = pa.DictionaryArray.from_arrays(pa.array(codes), STATUSES)
        self._clear()
        return pa.table([arrays[name] for name in self._schema.names], schema=self._schema)

    def _clear(self) -> None:
        self._lists: dict[str, list[Any]] = {name: [] for name in self._all.names}
        self._stale: dict[str, list[bool]] = {}

    def _extend(self, name: str, values: Any) -> None:
        self._lists[name].extend(values)

    def _add_rows(self, served: Served, start: int, end: int) -> None:
        made_of, length = served.made_of, end - start
        times = made_of.event[start:end].tolist()
        if not times:
            present = micros(served.at)
            given = made_of.rows.times[start:end]
            times = [present if time is None else micros(time) for time in given]
        self._extend(EVENT_TIME, times)
        for name, values in made_of.rows.columns.items():
            self._extend(INPUT + name, values[start:end])
        for reader, view in zip(made_of.compiled.readers, made_of.views, strict=True):
            self._add_view(reader, view, start, end)
        names = served.vectors.schema.names
        for name, values in zip(names, served.vectors.to_lists(start, end), strict=True):
            assert len(values) == length
            self._extend(FEATURE + name, values)

    def _add_view(self, reader: ViewReader, view: LookUp, start: int, end: int) -> None:
        name, record = VIEW + reader.view.name, reader.record
        absent = view.absent[start:end].tolist()
        for blob, gone in zip(view.blobs[start:end], absent, strict=True):
            times = _NONE if gone or blob is None else times_of(blob)
            for time, moment in zip(_TIMES, times, strict=True):
                self._lists[f"{name}.{time}"].append(moment)
        same = {"as_of": record.as_of, "meaning": record.meaning, "snapshot": record.snapshot}
        for field, value in same.items():
            self._extend(f"{name}.{field}", [value] * len(absent))
        for position, feature in enumerate(reader.view.features):
            column, stale = view.columns[position], view.stale[position]
            whole = len(absent) == len(column)
            self._extend(
                STORED + feature.name, to_list(column if whole else part(column, start, end))
            )
            old = [False] * len(absent) if stale is None else stale[start:end].tolist()
            self._stale.setdefault(feature.name, []).extend(old)

    def _codes(self, arrays: dict[str, pa.Array], length: int) -> dict[str, Codes]:
        """The statuses of the features, as `drivers.serving.reading.Reading` has them."""
        compiled = self._compiled
        known: dict[str, Codes] = {}
        for name, _ in compiled.given:
            column = EVENT_TIME if name == EVENT_TIMESTAMP else INPUT + name
            known[name] = null_codes(null_mask(arrays[column]))
        for reader in compiled.readers:
            absent = null_mask(arrays[f"{VIEW}{reader.view.name}.event"])
            for feature in reader.view.features:
                stale = np.array(self._stale[feature.name], np.bool_)
                known[feature.name] = stored_codes(
                    null_mask(arrays[STORED + feature.name]), absent, stale
                )
        for name in compiled.run.schema.names:
            known.setdefault(name, null_codes(null_mask(arrays[FEATURE + name])))
        return feature_statuses(compiled.plan, known, length)


def _runs(requests: Sequence[ServedRequest]) -> Iterator[tuple[int, int]]:
    """The rows of the requests, as few ranges as they make."""
    start = end = requests[0].start
    for request in requests:
        if request.start != end:
            yield start, end
            start = request.start
        end = request.end
    yield start, end
