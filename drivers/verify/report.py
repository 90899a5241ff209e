"""What `verify` saw: counts, and the nodes at which batch and online part."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from drivers.verify.attribution import Parting
from drivers.verify.values import Cell

__all__ = ["FORMAT", "Depth", "Difference", "NodeReport", "VerifyReport"]

FORMAT = 1
"""The version of the JSON; it changes when a key of it goes or changes its meaning."""
LEFT, RIGHT = "batch", "online"


class Depth(StrEnum):
    """How a row was replayed."""

    JOINT = "joint"
    """With others, of other times, in one request."""
    SINGLY = "singly"
    """As a request of its own: one row takes another path than many."""
    WHOLE = "whole"
    """As a request of its own, against everything that a job would have stored by its time."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell that differs.

    Attributes:
        row: position in the spine.
        event_timestamp: of that row.
        feature: its column.
        depth: how the row was replayed.
        batch: the training frame's value, with dtype and status.
        online: the online driver's, likewise.
        parting: where the two sides part.
    """

    row: int
    event_timestamp: datetime
    feature: str
    depth: Depth
    batch: Cell
    online: Cell
    parting: Parting

    def __str__(self) -> str:
        return (
            f"row {self.row} ({self.event_timestamp:%Y-%m-%d %H:%M:%S}, {self.depth}), "
            f"{self.feature}: batch {self.batch}, online {self.online}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "row": self.row,
            "event_timestamp": self.event_timestamp.isoformat(),
            "feature": self.feature,
            "depth": self.depth.value,
            LEFT: self.batch.to_dict(),
            RIGHT: self.online.to_dict(),
            "parting": self.parting.to_dict(LEFT, RIGHT),
        }


@dataclass(frozen=True, slots=True)
class NodeReport:
    """A node at which the two sides part, and what differs because of it.

    Attributes:
        node: its name.
        origin: where its value comes from: request, store, fitted or computed.
        view: of a stored feature.
        cells: how many of those that were looked into.
        features: the columns of these cells.
        examples: some of the cells.
    """

    node: str
    origin: str
    view: str | None
    cells: int
    features: tuple[str, ...]
    examples: tuple[Difference, ...]

    def lines(self) -> Iterator[str]:
        """For people."""
        place = f"{self.origin}{f', view {self.view}' if self.view else ''}"
        features = ", ".join(self.features)
        yield f"{self.node} ({place}) is where {self.cells:,} cells part: {features}"
        for example in self.examples[:1]:
            yield f"  {example}"
            yield from _parted(example)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "node": self.node,
            "origin": self.origin,
            "view": self.view,
            "cells": self.cells,
            "features": list(self.features),
            "examples": [example.to_dict() for example in self.examples],
        }


def _parted(example: Difference) -> Iterator[str]:
    parting = example.parting
    if parting.again:
        yield (
            f"  {parting.node}, computed again, is the same on both sides: it isn't repeatable, or "
            f"a function that only it takes"
        )
    elif parting.node != example.feature:
        yield f"  {parting.node}: batch {parting.left}, online {parting.right}"
    for one in parting.inputs:
        yield f"    given {one.name} = {one.left}"


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What `verify` saw.

    Attributes:
        service: its name.
        run_id: of the training frame.
        spine_rows: of the frame.
        rows: replayed in joint requests, each as of its own time.
        requests: how many these were.
        singly: replayed as requests of their own besides.
        whole: replayed once more against whole materializations of their moments.
        cells: compared.
        differing: how many cells of each feature differ; those with none aren't there.
        looked_into: of them, how many it was found out for where the two sides part.
        nodes: where they do, the node with most cells first.
        differences: the cells that were looked into.
        seconds: in each stage.
    """

    service: str
    run_id: str
    spine_rows: int
    rows: int
    requests: int
    singly: int
    whole: int
    cells: int
    differing: Mapping[str, int]
    looked_into: int
    nodes: tuple[NodeReport, ...]
    differences: tuple[Difference, ...]
    seconds: Mapping[str, float]

    @property
    def ok(self) -> bool:
        """Whether no cell differs."""
        return not self.differing

    @property
    def differing_cells(self) -> int:
        """How many cells differ."""
        return sum(self.differing.values())

    @property
    def rows_per_second(self) -> float:
        """Rows in joint requests by the seconds of everything, the training frame included."""
        total = sum(self.seconds.values())
        return self.rows / total if total else 0.0

    def __str__(self) -> str:
        found = f"{self.differing_cells:,} of {self.cells:,} cells differ"
        head = (
            f"{self.service}: {self.rows:,} rows replayed as of their times, {self.singly:,} also "
            f"singly and {self.whole:,} against whole materializations: {found}."
        )
        lines = [f"  {line}" for node in self.nodes for line in node.lines()]
        if left := self.differing_cells - self.looked_into:
            lines.append(f"  {left:,} more cells differ that weren't looked into.")
        return "\n".join([head, *lines])

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; ``docs`` has their meaning, which is that of the attributes."""
        return {
            "format": FORMAT,
            "service": self.service,
            "run_id": self.run_id,
            "ok": self.ok,
            "spine_rows": self.spine_rows,
            "rows": self.rows,
            "requests": self.requests,
            "singly": self.singly,
            "whole": self.whole,
            "cells": self.cells,
            "differing_cells": self.differing_cells,
            "differing": dict(self.differing),
            "looked_into": self.looked_into,
            "seconds": {name: round(taken, 3) for name, taken in self.seconds.items()},
            "rows_per_second": round(self.rows_per_second, 1),
            "nodes": [node.to_dict() for node in self.nodes],
        }

    def to_json(self) -> str:
        """The report as JSON text."""
        return json.dumps(self.to_dict(), indent=2)
