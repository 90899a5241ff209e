"""Estimates of what materializing views will take."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta

from drivers.engines import Engine
from drivers.engines.local import LocalEngine
from drivers.estimates.model import Estimate, Sample, extrapolated
from drivers.estimates.sampling import FirstRows, sample, store_like
from drivers.sources import SourceReader
from drivers.stores import Store
from onedag.errors import OnedagError
from onedag.planner import View
from onedag.project import Project

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
    engine, opened = LocalEngine(), SourceReader(project.root)
    try:
        with store_like(project.store) as store:
            for number, view in enumerate(chosen):
                share = (ends - time.perf_counter()) / (len(chosen) - number)
                try:
                    sampling = _Sampling(project, view, opened, engine, store)
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
        SourceError: its source can't be read, or not in part.
    """

    def __init__(
        self, project: Project, view: View, opened: SourceReader, engine: Engine, store: Store
    ) -> None:
        self._project = project
        self._view = view
        self._opened = opened
        self._engine = engine
        self._store = store
        self._rows = FirstRows(opened, view.source, sys.maxsize, 1.0).row_count(view.source)

    def estimate(self, meaning: str, known_keys: int | None, seconds: float) -> Estimate:
        """What follows from as many samples as there is time for."""
        samples = self._samples(seconds)
        cost = extrapolated(samples[-2:], self._rows, known_keys)
        return Estimate(self._view.name, meaning, cost, samples[-1].rows)

    def _samples(self, seconds: float) -> list[Sample]:
        """Two samples, and more of more rows while there is time."""
        ends = time.perf_counter() + seconds
        found: list[Sample] = []
        asked = FIRST_ROWS
        while True:
            found.append(min((self.once(asked) for _ in range(TRIES)), key=_busy))
            if asked >= self._rows:
                return found
            expected = extrapolated(found[-2:], asked * GROWTH).seconds * TRIES
            if len(found) == 1:  # without another one, what each row takes can't be told
                asked *= min(max(int(GROWTH * 2 * seconds / expected), 2), GROWTH)
            elif time.perf_counter() + expected <= ends:
                asked *= GROWTH
            else:
                return found

    def once(self, rows: int) -> Sample:
        """One sample."""
        share = min(rows / max(self._rows, 1), 1.0)
        tools = (self._opened, self._engine, self._store)
        return sample(self._project, self._view, *tools, rows, share)


def _busy(one: Sample) -> float:
    return one.cpu_seconds + one.put_seconds
