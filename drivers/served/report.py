"""What a replay of the served log found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from drivers.served.causes import FAILING, Cause
from drivers.served.skew import Skew
from drivers.verify.attribution import Input
from drivers.verify.values import Cell

__all__ = ["FORMAT", "Example", "FeatureReport", "Finding", "LogReport", "ServiceReplay", "ViewLag"]

FORMAT = 1
"""The version of the JSON; it changes when a key of it goes or changes its meaning."""


@dataclass(frozen=True, slots=True)
class Example:
    """One cell.

    Attributes:
        request_id: of the request; `onedag served` shows all of it.
        row: position in the request.
        run_id: of the run that served it.
        served_at: when it was answered.
        event_timestamp: the row's own time.
        feature: its name.
        logged: what was served.
        now: what today's code finds in history; for `Cause.MODEL_RUN`, what the run that is
            published now would serve.
        node_logged: the value of the node to blame as it was served; None where it isn't logged.
        node_now: its value now.
        inputs: what the node follows from; on the left as it was logged, on the right as it is now.
        as_of: of a stored value, the moment as of which the store had been filled.
    """

    request_id: str
    row: int
    run_id: str
    served_at: datetime
    event_timestamp: datetime
    feature: str
    logged: Cell
    now: Cell
    node_logged: Cell | None
    node_now: Cell | None
    inputs: tuple[Input, ...]
    as_of: datetime | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "request_id": self.request_id,
            "row": self.row,
            "run_id": self.run_id,
            "served_at": self.served_at.isoformat(),
            "event_timestamp": self.event_timestamp.isoformat(),
            "feature": self.feature,
            "logged": self.logged.to_dict(),
            "now": self.now.to_dict(),
            "node_logged": self.node_logged and self.node_logged.to_dict(),
            "node_now": self.node_now and self.node_now.to_dict(),
            "inputs": {
                one.name: {"logged": one.left.to_dict(), "now": one.right.to_dict()}
                for one in self.inputs
            },
            "as_of": self.as_of and self.as_of.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is to blame.

    Attributes:
        cause: what kind of thing.
        node: the first node that it concerns.
        view: of a stored value.
        cells: how many differ, or would, because of it.
        features: whose cells.
        examples: some of the cells.
    """

    cause: Cause
    node: str
    view: str | None
    cells: int
    features: tuple[str, ...]
    examples: tuple[Example, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "cause": str(self.cause),
            "node": self.node,
            "view": self.view,
            "cells": self.cells,
            "features": list(self.features),
            "examples": [example.to_dict() for example in self.examples],
        }


@dataclass(frozen=True, slots=True)
class FeatureReport:
    """One feature.

    Attributes:
        name: its own.
        cells: compared.
        differing: how many aren't what history says.
        distance: the mean distance of all cells from history, in standard deviations; NaN for what
            isn't a number.
        causes: how many by cause. A cell with two causes counts for both; those of
            `Cause.MODEL_RUN` needn't differ from history.
    """

    name: str
    cells: int
    differing: int
    distance: float
    causes: Mapping[Cause, int]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "cells": self.cells,
            "differing": self.differing,
            "distance": self.distance if math.isfinite(self.distance) else None,
            "causes": {str(cause): count for cause, count in self.causes.items()},
        }


@dataclass(frozen=True, slots=True)
class ViewLag:
    """How far a view's store was behind the rows' times.

    Attributes:
        view: its name.
        median_s: seconds, of all rows; 0 for one that isn't behind.
        most_s: of the worst row.
    """

    view: str
    median_s: float
    most_s: float


@dataclass(frozen=True, slots=True)
class ServiceReplay:
    """What the replay of one service's log found.

    Attributes:
        service: its name.
        rows: how many were replayed.
        runs: how many of them by run.
        current_run: the run that is published now; None if that isn't known.
        features: in the service's order.
        findings: what is to blame, by cause, the one with most cells first.
        lags: of the views.
        skew: how the share of differing cells went over time.
        not_replayed: how many rows, by the reason.
        notes: what else there is to know.
    """

    service: str
    rows: int
    runs: Mapping[str, int]
    current_run: str | None
    features: tuple[FeatureReport, ...]
    findings: tuple[Finding, ...]
    lags: tuple[ViewLag, ...]
    skew: Skew
    not_replayed: Mapping[str, int]
    notes: tuple[str, ...]

    @property
    def cells(self) -> int:
        """How many were compared."""
        return sum(feature.cells for feature in self.features)

    @property
    def differing(self) -> int:
        """How many aren't what history says."""
        return sum(feature.differing for feature in self.features)

    @property
    def causes(self) -> dict[Cause, int]:
        """How many cells by cause."""
        counts = {
            cause: sum(feature.causes.get(cause, 0) for feature in self.features) for cause in Cause
        }
        return {cause: count for cause, count in counts.items() if count}

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "service": self.service,
            "rows": self.rows,
            "runs": dict(self.runs),
            "current_run": self.current_run,
            "cells": self.cells,
            "differing": self.differing,
            "causes": {str(cause): count for cause, count in self.causes.items()},
            "features": {feature.name: feature.to_dict() for feature in self.features},
            "findings": [finding.to_dict() for finding in self.findings],
            "lags": {
                lag.view: {"median_s": lag.median_s, "most_s": lag.most_s} for lag in self.lags
            },
            "skew": self.skew.to_dict(),
            "not_replayed": dict(self.not_replayed),
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class LogReport:
    """What the replay of a log found.

    Attributes:
        services: those of the log.
    """

    services: tuple[ServiceReplay, ...]

    def fails(self, on: frozenset[Cause] = FAILING) -> bool:
        """Whether a cell has one of these causes, or nothing could be replayed."""
        found = {cause for service in self.services for cause in service.causes}
        return not any(service.rows for service in self.services) or not on.isdisjoint(found)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"format": FORMAT, "services": [each.to_dict() for each in self.services]}
