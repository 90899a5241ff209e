"""Estimates of what materializing views will take."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import timedelta

from drivers.engines import Engine
from drivers.engines.local import LocalEngine
from drivers.estimates.model import Estimate, Sample, extrapolated
from drivers.estimates.sampling import sample, store_like
from drivers.sources import SourceReader
from drivers.stores import Store
from onedag.errors import OnedagError, SourceError
from onedag.planner import View
from onedag.project import Project
from onedag.source import Query

__all__ = ["BUDGET", "estimate_views"]

BUDGET = timedelta(seconds=1.5)
"""How long all samples together may take, roughly."""

FIRST_ROWS = 10_000
GROWTH = 8
TRIES = 2
"""How often a sample is computed: what disturbs the machine only makes it slower."""


def estimate_views(
    project: Project,
    views: Iterable[View],
    meanings: Mapping[str, str],
    known_keys: Mapping[str, int],
    budget: timedelta = BUDGET,
) -> tuple[dict[str, Estimate], dict[str, str]]:
    """What materializing each view anew will take, and why that of some can't be told.

    Args:
        project: that has the views.
        views: each with all its features.
        meanings: of the views, by name.
        known_keys: how many keys the store has of a view, by its name.
        budget: for all samples. A view has two small ones in any case.
    """
    chosen = list(views)
    found: dict[str, Estimate] = {}
    untold: dict[str, str] = {}
    ends = time.perf_counter() + budget.total_seconds()
    engine = LocalEngine()
    try:
        with store_like(project.store) as store:
            for number, view in enumerate(chosen):
                share = (ends - time.perf_counter()) / (len(chosen) - number)
                try:
                    sampling = _Sampling(project, view, engine, store)
                    if number == 0:  # the first computation of a process is slower than any other
                        sampling.once(FIRST_ROWS)
                    found[view.name] = sampling.estimate(
                        meanings[view.name], known_keys.get(view.name), share
                    )
                except OnedagError as error:
                    untold[view.name] = str(error)
    finally:
        engine.close()
    return found, untold


class _Sampling:
    """Samples of one view.

    Raises:
        SourceError: its source is a query, or can't be read.
    """

    def __init__(self, project: Project, view: View, engine: Engine, store: Store) -> None:
        source = view.source
        if isinstance(source.data, Query):
            raise SourceError(f"Source {source.name!r} is a query: it isn't run for an estimate.")
        self._project = project
        self._view = view
        self._engine = engine
        self._store = store
        self._rows = SourceReader(project.root).row_count(source)

    def estimate(self, meaning: str, known_keys: int | None, seconds: float) -> Estimate:
        """What follows from as many samples as there is time for."""
        asked, samples = self._samples(seconds)
        sampled = samples[-1].rows
        rows = sampled if self._rows is None else self._rows
        at_least = self._rows is None and sampled == asked
        cost = extrapolated(samples[-2:], rows, known_keys)
        return Estimate(self._view.name, meaning, cost, sampled, at_least)

    def _samples(self, seconds: float) -> tuple[int, list[Sample]]:
        """Two samples, and more of more rows while there is time; how many rows the last is of."""
        ends = time.perf_counter() + seconds
        found: list[Sample] = []
        asked = FIRST_ROWS
        while True:
            found.append(min((self.once(asked) for _ in range(TRIES)), key=_busy))
            if found[-1].rows < asked or found[-1].rows == self._rows:
                return asked, found
            expected = extrapolated(found[-2:], asked * GROWTH).seconds * TRIES
            if len(found) == 1:  # without another one, what each row takes can't be told
                asked *= min(max(int(GROWTH * 2 * seconds / expected), 2), GROWTH)
            elif time.perf_counter() + expected <= ends:
                asked *= GROWTH
            else:
                return asked, found

    def once(self, rows: int) -> Sample:
        """One sample."""
        share = min(rows / self._rows, 1.0) if self._rows else 1.0
        return sample(self._project, self._view, self._engine, self._store, rows, share)


def _busy(one: Sample) -> float:
    return one.cpu_seconds + one.put_seconds
