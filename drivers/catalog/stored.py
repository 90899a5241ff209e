"""`StoreReading`: what the store holds of runs and views, in one round trip or two."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pyarrow as pa

from drivers.stored.measured import drift_from_bytes, skew_from_bytes
from drivers.stored.records import (
    RunRecord,
    ViewRecord,
    current_key,
    drift_key,
    run_key,
    skew_key,
    statistics_key,
    view_key,
)
from drivers.stores import Store
from onedag.catalog import MeasuredDrift, MeasuredSkew
from onedag.errors import StoreError
from onedag.statistics import FrameStatistics

__all__ = ["Held", "StoreReading"]

_Value = TypeVar("_Value")
_Blobs = dict[bytes, bytes | None]


@dataclass(slots=True)
class Held:
    """What the store held at one moment, as far as it can be read.

    Attributes:
        runs: that are served, by service.
        statistics: of their frames, by service.
        drift: that was measured against them, by service.
        skew: of what they served, by service.
        views: the records of views, by name.
        unread_runs: why a run can't be read, by service.
        unread_views: why a view's record can't be, by name.
        notes: sentences on what else can't be read.
    """

    runs: dict[str, RunRecord] = field(default_factory=dict)
    statistics: dict[str, FrameStatistics] = field(default_factory=dict)
    drift: dict[str, Mapping[str, MeasuredDrift]] = field(default_factory=dict)
    skew: dict[str, Mapping[str, MeasuredSkew]] = field(default_factory=dict)
    views: dict[str, ViewRecord] = field(default_factory=dict)
    unread_runs: dict[str, str] = field(default_factory=dict)
    unread_views: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class StoreReading:
    """Reads all that a catalog wants of a store.

    A run's record and its statistics never change, so they are read once for each run; what was
    read and is the same again isn't parsed again.

    Args:
        open_store: the store; it is called with the first reading.
        services: the names of those whose runs are wanted.
        views: the names of those whose records are.
    """

    def __init__(
        self, open_store: Callable[[], Store], services: Iterable[str], views: Iterable[str]
    ) -> None:
        self._open_store = open_store
        self._services, self._views = tuple(services), tuple(views)
        self._store: Store | None = None
        self._lasting: dict[str, _Blobs] = {}
        """Of the runs that were served last: what never changes."""
        self._parsed: dict[bytes, tuple[bytes, Any]] = {}

    def read(self) -> Held:
        """What the store holds now.

        Raises:
            StoreError: it can't be read.
            ConfigurationError: its URL isn't one.
        """
        blobs = self._fetch_all()
        held = Held()
        for name in self._views:
            self._add_view(held, name, blobs[view_key(name)])
        current = {service: _id(blobs[current_key(service)]) for service in self._services}
        runs = {service: run_id for service, run_id in current.items() if run_id is not None}
        for service, run_id in runs.items():
            self._add_run(held, service, run_id, blobs)
        readable = {runs[service] for service in held.runs}
        self._lasting = {run: {key: blobs[key] for key in _lasting(run)} for run in readable}
        self._parsed = {key: value for key, value in self._parsed.items() if key in blobs}
        return held

    def close(self) -> None:
        """Give up the store's connections; they are made anew when they are needed."""
        if self._store is not None:
            self._store.close()

    def _fetch_all(self) -> _Blobs:
        currents = [current_key(service) for service in self._services]
        of_known = [key for run in self._lasting for key in _changing(run)]
        blobs = self._fetch([*currents, *map(view_key, self._views), *of_known])
        runs = {_id(blobs[key]) for key in currents} - {None}
        new = [run for run in runs if run is not None and run not in self._lasting]
        if new:
            blobs |= self._fetch([key for run in new for key in (*_lasting(run), *_changing(run))])
        for lasting in self._lasting.values():
            blobs |= lasting
        return blobs

    def _fetch(self, keys: Sequence[bytes]) -> _Blobs:
        if self._store is None:
            self._store = self._open_store()
        return dict(zip(keys, self._store.read(keys), strict=True))

    def _add_view(self, held: Held, name: str, blob: bytes | None) -> None:
        if blob is not None:
            record, why = self._parse(view_key(name), blob, ViewRecord.from_bytes)
            if record is None:
                held.unread_views[name] = why
            else:
                held.views[name] = record

    def _add_run(self, held: Held, service: str, run_id: str, blobs: _Blobs) -> None:
        blob = blobs[run_key(run_id)]
        if blob is None:
            held.unread_runs[service] = f"The store has no record of run {run_id}, which is served."
            return
        record, why = self._parse(run_key(run_id), blob, RunRecord.from_bytes)
        if record is None:
            held.unread_runs[service] = why
            return
        held.runs[service] = record
        statistics = self._beside(held, statistics_key(run_id), blobs, FrameStatistics.from_bytes)
        drift = self._beside(held, drift_key(run_id), blobs, drift_from_bytes)
        skew = self._beside(held, skew_key(run_id), blobs, skew_from_bytes)
        if statistics is not None:
            held.statistics[service] = statistics
        held.drift[service] = drift or {}
        held.skew[service] = skew or {}

    def _beside(
        self, held: Held, key: bytes, blobs: _Blobs, read: Callable[[bytes], _Value]
    ) -> _Value | None:
        """What lies beside a run's record; the catalog goes without what can't be read."""
        blob = blobs[key]
        value, why = (None, "") if blob is None else self._parse(key, blob, read)
        if why:
            held.notes.append(f"{key.decode(errors='replace')} can't be read: {why}")
        return value

    def _parse(
        self, key: bytes, blob: bytes, read: Callable[[bytes], _Value]
    ) -> tuple[_Value | None, str]:
        """What a blob holds, or why it can't be read."""
        known = self._parsed.get(key)
        if known is not None and known[0] == blob:
            value: _Value = known[1]
            return value, ""
        try:
            value = read(blob)
        except StoreError as error:
            return None, str(error)
        except (ValueError, LookupError, TypeError, AttributeError, pa.ArrowException) as error:
            return None, f"It is damaged: {error!r}"
        self._parsed[key] = blob, value
        return value, ""


def _lasting(run_id: str) -> tuple[bytes, bytes]:
    return run_key(run_id), statistics_key(run_id)


def _changing(run_id: str) -> tuple[bytes, bytes]:
    return drift_key(run_id), skew_key(run_id)


def _id(blob: bytes | None) -> str | None:
    return None if blob is None else blob.decode(errors="replace")
