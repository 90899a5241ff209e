"""Answers as rows of the log.

They are handed over as references, and taken apart later, in another thread than the one that
answers. Python values are gathered first and made columns of many rows at once, because a column
of one row costs as much as one of a hundred.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
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
from drivers.stored.records import ViewRecord
from onedag.durations import micros
from onedag.numpy_series import part, to_list
from onedag.service import EVENT_TIMESTAMP
from onedag.status import Codes

__all__ = ["Gathered", "Served", "ServedRequest"]

FEW = 64
"""Rows that are taken apart at once: a few hundred columns of them take less than a millisecond."""

Breathe = Callable[[], None]
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


class _ViewRows:
    """What one view had for the rows."""

    def __init__(self, reader: ViewReader) -> None:
        features = reader.view.features
        self.name = reader.view.name
        self.features = [feature.name for feature in features]
        self._times: list[tuple[int | None, ...]] = []
        self._values: list[list[Any]] = [[] for _ in features]
        self._stale: dict[int, list[bool]] = {}
        self._records: list[tuple[ViewRecord, int]] = []

    def add(self, record: ViewRecord, view: LookUp, start: int, end: int) -> None:
        """Some rows of a request."""
        rows = slice(start, end)
        absent = view.absent[rows].tolist()
        for blob, gone in zip(view.blobs[rows], absent, strict=True):
            self._times.append(_NONE if gone or blob is None else times_of(blob))
        whole = len(absent) == len(view.blobs)
        for values, column in zip(self._values, view.columns, strict=True):
            values.extend(to_list(column if whole else part(column, start, end)))
        for position, stale in enumerate(view.stale):
            if stale is not None:
                self._stale.setdefault(position, []).extend(stale[rows].tolist())
        self._records.append((record, len(absent)))

    def lists(self) -> Iterator[tuple[str, list[Any]]]:
        """The values by column of the log."""
        prefix = VIEW + self.name
        for place, what in enumerate(("event", "known", "written")):
            yield f"{prefix}.{what}", [times[place] for times in self._times]
        for what in ("as_of", "meaning", "snapshot"):
            same = ([getattr(record, what)] * count for record, count in self._records)
            yield f"{prefix}.{what}", list(chain.from_iterable(same))
        for feature, values in zip(self.features, self._values, strict=True):
            yield STORED + feature, values

    def codes(self, arrays: Mapping[str, pa.Array]) -> Iterator[tuple[str, Codes]]:
        """The statuses of the stored values, by feature."""
        absent = null_mask(arrays[f"{VIEW}{self.name}.event"])
        for position, feature in enumerate(self.features):
            stale = self._stale.get(position)
            nulls = null_mask(arrays[STORED + feature])
            yield feature, stored_codes(nulls, absent, None if stale is None else np.array(stale))


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
        self.clear()

    def __len__(self) -> int:
        return len(self._own[ROW])

    def clear(self) -> None:
        """Forget the rows."""
        own = (REQUEST_ID, ROW, SERVED_AT, EVENT_TIME, STORE_ERROR, PREDICTION)
        self._own: dict[str, list[Any]] = {name: [] for name in own}
        self._inputs: dict[str, list[Any]] = {name: [] for name in self._compiled.plan.fields}
        self._views = [_ViewRows(reader) for reader in self._compiled.readers]
        self._features: list[list[Any]] = [[] for _ in self._compiled.run.schema]

    def add(self, served: Served) -> None:
        """Take the logged rows of a batch apart."""
        for start, end in _runs(served.requests):
            for first in range(start, end, FEW):
                self._add_rows(served, first, min(first + FEW, end))
                self._breathe()
        own, at = self._own, micros(served.at)
        for request in served.requests:
            length = request.end - request.start
            own[REQUEST_ID].extend([request.request_id] * length)
            own[SERVED_AT].extend([at] * length)
            own[STORE_ERROR].extend([served.vectors.store_error] * length)
            own[PREDICTION].extend(request.predictions or [None] * length)
            own[ROW].extend(range(length))

    def _add_rows(self, served: Served, start: int, end: int) -> None:
        made_of = served.made_of
        times = made_of.event[start:end].tolist()
        if not times:  # no feature follows from it
            given = made_of.rows.times[start:end]
            times = [micros(served.at if time is None else time) for time in given]
        self._own[EVENT_TIME].extend(times)
        for name, values in self._inputs.items():
            values.extend(made_of.rows.columns[name][start:end])
        for rows, reader, view in zip(
            self._views, made_of.compiled.readers, made_of.views, strict=True
        ):
            rows.add(reader.record, view, start, end)
        lists = served.vectors.to_lists(start, end)
        for values, more in zip(self._features, lists, strict=True):
            values.extend(more)

    def table(self) -> pa.Table:
        """The rows as a table of the schema; they are forgotten here."""
        lists, arrays = dict(self._lists()), {}
        for field in self._all:
            if not field.name.startswith(STATUS):
                arrays[field.name] = pa.array(lists[field.name], field.type)
                self._breathe()
        for name, codes in self._codes(arrays).items():
            arrays[STATUS + name] = pa.DictionaryArray.from_arrays(pa.array(codes), STATUSES)
        self.clear()
        return pa.table([arrays[name] for name in self._schema.names], schema=self._schema)

    def _lists(self) -> Iterator[tuple[str, list[Any]]]:
        yield from self._own.items()
        for name, values in self._inputs.items():
            yield INPUT + name, values
        for view in self._views:
            yield from view.lists()
        for name, values in zip(self._compiled.run.schema.names, self._features, strict=True):
            yield FEATURE + name, values

    def _codes(self, arrays: Mapping[str, pa.Array]) -> dict[str, Codes]:
        """The statuses of the features, as `drivers.serving.reading.Reading` has them."""
        compiled = self._compiled
        known: dict[str, Codes] = {}
        for name, _ in compiled.given:
            column = EVENT_TIME if name == EVENT_TIMESTAMP else INPUT + name
            known[name] = null_codes(null_mask(arrays[column]))
        for view in self._views:
            known.update(view.codes(arrays))
        for name in compiled.run.schema.names:
            known.setdefault(name, null_codes(null_mask(arrays[FEATURE + name])))
        return feature_statuses(compiled.plan, known, len(self))


def _runs(requests: Sequence[ServedRequest]) -> Iterator[tuple[int, int]]:
    """The rows of the requests, as few ranges as they make."""
    start = end = requests[0].start
    for request in requests:
        if request.start != end:
            yield start, end
            start = request.start
        end = request.end
    yield start, end
