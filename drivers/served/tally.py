"""Counting what was found of one service's log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from drivers.served.causes import Cause
from drivers.served.distance import numbers_of
from drivers.served.explaining import Blame, Sides
from drivers.served.report import Example, FeatureReport, Finding, ServiceReplay, ViewLag
from drivers.served.schema import SERVED_AT
from drivers.served.shown import Shown
from drivers.served.sides import Moments
from drivers.served.skew import SkewCounts
from drivers.verify.dag import Dag
from drivers.verify.values import Mask, NodeValues

__all__ = ["Tally"]

EXAMPLES = 3
"""Cells that are shown of what is to blame for them, each of another feature while there is one."""


@dataclass(slots=True)
class _Blamed:
    """What one thing is to blame for."""

    cells: int = 0
    features: dict[str, None] = field(default_factory=dict)
    examples: list[Example] = field(default_factory=list)


class Tally:
    """What was found of one service.

    Args:
        service: its name.
        features: its features, in order.
        dag: what they come from.
    """

    def __init__(self, service: str, features: tuple[str, ...], dag: Dag) -> None:
        self._service = service
        self._features = features
        self._dag = dag
        self._runs: Counter[str] = Counter()
        self._cells: Counter[str] = Counter()
        self._differing: Counter[str] = Counter()
        self._causes: dict[str, Counter[Cause]] = {name: Counter() for name in features}
        self._blamed: dict[tuple[Cause, str], _Blamed] = {}
        self._behind: dict[str, list[Moments]] = {}
        self._skew = SkewCounts(features)
        self._not_replayed: Counter[str] = Counter()
        self._notes: dict[str, None] = {}

    def skip(self, rows: int, reason: str) -> None:
        """Rows that can't be replayed."""
        self._not_replayed[reason] += rows

    def note(self, text: str) -> None:
        """Something to know; once is enough."""
        self._notes[text] = None

    def add_rows(self, run_id: str, sides: Sides, ticks: dict[str, Moments]) -> Moments:
        """Rows of a run; the times at which they were served.

        Args:
            run_id: of the run.
            sides: the rows' values.
            ticks: for each view the moments as of which it should have been filled.
        """
        served: Moments = sides.logged.table[SERVED_AT].cast("int64").to_numpy()
        self._runs[run_id] += len(served)
        self._skew.add_rows(served)
        for view, moments in ticks.items():
            as_of = sides.logged.as_of(view)
            if as_of is not None:
                self._behind.setdefault(view, []).append(np.maximum(moments - as_of, 0))
        return served

    def add_cells(
        self, feature: str, differs: Mask, blames: Iterable[Blame], served: Moments, shown: Shown
    ) -> None:
        """The cells of a feature.

        Args:
            feature: its name.
            differs: where they aren't what history says.
            blames: what is to blame.
            served: the times at which the rows were served.
            shown: makes examples.
        """
        self._cells[feature] += len(differs)
        self._differing[feature] += int(differs.sum())
        self._skew.add_differing(feature, served, differs)
        for blame in blames:
            count = int(blame.rows.sum())
            self._causes[feature][blame.cause] += count
            self._skew.add_cause(blame.cause, served, blame.rows)
            blamed = self._blamed.setdefault((blame.cause, blame.node), _Blamed())
            blamed.cells += count
            new = feature not in blamed.features
            blamed.features[feature] = None
            if new and len(blamed.examples) < EXAMPLES:
                blamed.examples.append(shown.example(blame))

    def add_numbers(
        self, feature: str, served: Moments, logged: NodeValues, history: NodeValues
    ) -> None:
        """How far the cells of a feature are from history, if they are numbers."""
        one, other = numbers_of(logged), numbers_of(history)
        if one is not None and other is not None:
            self._skew.add_numbers(feature, served, one, other)

    def report(self, current_run: str | None) -> ServiceReplay:
        """All of it."""
        return ServiceReplay(
            service=self._service,
            rows=self._runs.total(),
            runs=dict(self._runs),
            current_run=current_run,
            features=tuple(
                FeatureReport(
                    name,
                    self._cells[name],
                    self._differing[name],
                    self._skew.distance(name),
                    dict(self._causes[name]),
                )
                for name in self._features
                if self._cells[name]
            ),
            findings=tuple(self._findings()),
            lags=tuple(_lag(view, moments) for view, moments in self._behind.items()),
            skew=self._skew.skew(),
            not_replayed=dict(self._not_replayed),
            notes=tuple(self._notes),
        )

    def _findings(self) -> Sequence[Finding]:
        order = list(Cause)
        found = [
            Finding(
                cause,
                node,
                self._dag.nodes[node].view if node in self._dag.nodes else None,
                blamed.cells,
                tuple(blamed.features),
                tuple(blamed.examples),
            )
            for (cause, node), blamed in self._blamed.items()
        ]
        return sorted(found, key=lambda one: (order.index(one.cause), -one.cells, one.node))


def _lag(view: str, moments: Sequence[Moments]) -> ViewLag:
    behind = np.concatenate(moments) / 1e6
    return ViewLag(view, float(np.median(behind)), float(behind.max(initial=0.0)))
