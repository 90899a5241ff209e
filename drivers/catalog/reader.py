"""`CatalogReader`: the catalog of a project, as it is now."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from drivers.catalog.asking import Asked
from drivers.catalog.columns import KnownColumns
from drivers.catalog.definitions import Definitions, Drawn, define, drawn_with
from drivers.catalog.models import ModelFiles
from drivers.catalog.requests import request_schemas
from drivers.catalog.served import served_run, stored_view
from drivers.catalog.snapshots import KeptSnapshots
from drivers.catalog.stored import Held, StoreReading
from drivers.model_contract import models_folder
from drivers.opening import store_of
from drivers.registry.taking import commit_of_code
from drivers.stores import Store
from onedag.catalog import Catalog, ServedRun, without_personal
from onedag.clock import Clock, SystemClock
from onedag.errors import OnedagError
from onedag.modifiers import Latest
from onedag.planner import declared_views, view_name
from onedag.project import Project
from onedag.snapshots import Commit

__all__ = ["CatalogReader"]

KEPT = timedelta(seconds=5)
PATIENCE = timedelta(seconds=2)


class CatalogReader:
    """Gathers what is known of a project. Any number of threads may ask it.

    What follows from the code is made when it is first asked for, and kept, as the code is: a
    change of it is seen by another process. The store and the model files are looked at again
    once what is known of them is older than ``kept``.

    A store that is down or slow is no error: the catalog says so, and what it doesn't know.

    Args:
        project: as it is loaded.
        store: instead of the project's, which is opened by the first reading.
        clock: what time it is.
        models: the folder of model files; by default that of the project.
        code: what the functions are written as, by name, if that was taken before any was called,
            as `OnlineDriver.code` is. By default it is taken with the first reading.
        open_sources: whether sources may be opened for their columns and types. Without it they
            are those of the snapshots that the served runs were trained with, as far as the
            registry is here.
        kept: for how long what was read is good enough.
        patience: for how long the store is waited for.
        personal: whether the values that training left of people are told.
    """

    def __init__(
        self,
        project: Project,
        store: Store | None = None,
        clock: Clock | None = None,
        models: Path | None = None,
        *,
        code: Mapping[str, str] | None = None,
        open_sources: bool = False,
        kept: timedelta = KEPT,
        patience: timedelta = PATIENCE,
        personal: bool = False,
    ) -> None:
        self._project = project
        self._clock = clock or SystemClock()
        self._code = code
        self._kept, self._personal = kept, personal
        self._lock = threading.Lock()
        self._last: tuple[float, Catalog] | None = None
        self._made: _Made | None = None
        self._snapshots = KeptSnapshots(project)
        self._columns = KnownColumns(project, self._snapshots, open_sources=open_sources)
        self._models = ModelFiles(models or models_folder(project))
        self._label = _label(project, store)
        views = [*declared_views(project.graph), *_possible_views(project)]
        self._opens = store is None
        self._reading = StoreReading(lambda: store or store_of(project), project.services, views)
        self._asked = Asked(self._reading.read, patience)

    def read(self) -> Catalog:
        """The catalog, at most ``kept`` old."""
        found = self._recent()
        if found is not None:
            return found
        with self._lock:  # whoever waited here gets what the one before has found
            found = self._recent()
            if found is None:
                found = self._read()
                self._last = time.monotonic() + self._kept.total_seconds(), found
            return found

    def close(self) -> None:
        """Give up the connections of a store that the reader opened itself."""
        if self._opens:
            self._reading.close()

    def _recent(self) -> Catalog | None:
        last = self._last
        return last[1] if last is not None and time.monotonic() < last[0] else None

    def _read(self) -> Catalog:
        read_at, store_error, held = self._clock.now(), None, Held()
        try:
            held = self._asked.answer()
        except OnedagError as error:
            store_error = str(error)
        made = self._up_to_date(held, asked=store_error is None)
        defined, drawn = made.defined, made.drawn
        services = self._project.services
        models = {name: self._models.of(name, held.runs.get(name)) for name in services}
        return Catalog(
            project=self._project.root.name,
            read_at=read_at,
            snapshot=defined.snapshot,
            lineage=drawn.lineage,
            pii=drawn.pii,
            dead=drawn.dead,
            runs=self._runs(held, made),
            models={name: model for name, model in models.items() if model is not None},
            views={
                name: stored_view(name, record, defined, self._snapshots)
                for name, record in held.views.items()
                if name in defined.snapshot.views
            },
            drift={name: found for name, found in held.drift.items() if found},
            skew={name: found for name, found in held.skew.items() if found},
            store=self._label,
            store_error=store_error,
            unread_runs=held.unread_runs,
            unread_views=held.unread_views,
            unplanned=defined.unplanned,
            notes=(*held.notes, *self._columns.unopened()),
            requests=self._requests,
        ).with_index(drawn.index)

    def _runs(self, held: Held, made: _Made) -> dict[str, ServedRun]:
        runs = {
            name: served_run(run, held.statistics.get(name), made.defined, self._snapshots)
            for name, run in held.runs.items()
        }
        if self._personal:
            return runs
        return {name: without_personal(run, made.drawn.index) for name, run in runs.items()}

    def _up_to_date(self, held: Held, *, asked: bool) -> _Made:
        """What follows from the code, made again where more is known of the sources than before."""
        made, models = self._made, self._models.names(self._project.services)
        known = made.known if made is not None and not asked else self._known(held)
        if made is None or made.known != known:
            defined = define(self._project, known.types, known.looked_up, self._commit, self._code)
        elif made.models == models:
            return made
        else:
            defined = made.defined
        drawn = drawn_with(self._project, defined, models)
        self._made = _Made(known, models, defined, drawn)
        return self._made

    def _known(self, held: Held) -> _Known:
        runs = sorted(held.runs.values(), key=lambda run: run.created_at, reverse=True)
        views = sorted(held.views.values(), key=lambda view: view.as_of, reverse=True)
        snapshots = [*(run.snapshot for run in runs), *(view.snapshot for view in views)]
        types = self._columns.types(snapshots)
        return _Known(types, {name: run.columns for name, run in held.runs.items()})

    @cached_property
    def _requests(self) -> Mapping[str, Mapping[str, Any]]:
        return request_schemas(self._project)

    @cached_property
    def _commit(self) -> Commit | None:
        """As of the first reading, when the code has just been loaded."""
        return commit_of_code(self._project)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the sources' columns."""

    types: Mapping[str, Mapping[str, str]]
    looked_up: Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class _Made:
    """What follows from the code, and what it was made with."""

    known: _Known
    models: Mapping[str, str]
    defined: Definitions
    drawn: Drawn


def _possible_views(project: Project) -> list[str]:
    """The views in which columns are looked up as they are, if any service does."""
    keyed = (source for source in project.sources.values() if source.key is not None)
    return [view_name(Latest(source, source.key)) for source in keyed]


def _label(project: Project, store: Store | None) -> str:
    if store is None:
        return project.store.partition(":")[0]
    return type(store).__name__.removesuffix("Store").lower()
