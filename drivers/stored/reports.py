"""What jobs report of what they stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

__all__ = [
    "BackfillReport",
    "BackfilledView",
    "MaterializationReport",
    "Progress",
    "ViewReport",
    "silent",
]

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with a view's name, how many of its parts are done, and how many there are."""


def silent(_view: str, _done: int, _total: int) -> None:
    """No progress is told to anyone."""


@dataclass(frozen=True, slots=True)
class ViewReport:
    """What one view's materialization did.

    Attributes:
        view: its name.
        as_of: the moment of the values: the asked one, or the refresh tick before it.
        keys: how many were written.
        unchanged: how many were left as they are, because nothing of theirs can have changed.
        vanished: how many have no history any more, and are missing from now on.
        rows: of the source.
        bytes: of the packed values, keys not counted.
        seconds: it took.
        called_per_window: seconds in each aggregate that wasn't recognised.
        newer: the later moment that the store has the view of, in which case nothing was written.
    """

    view: str
    as_of: datetime
    keys: int = 0
    unchanged: int = 0
    vanished: int = 0
    rows: int = 0
    bytes: int = 0
    seconds: float = 0.0
    called_per_window: Mapping[str, float] = field(default_factory=dict)
    newer: datetime | None = None


@dataclass(frozen=True, slots=True)
class MaterializationReport:
    """What `BatchDriver.materialize` did, view by view.

    Attributes:
        as_of: as asked, aware UTC.
        views: one report each.
    """

    as_of: datetime
    views: tuple[ViewReport, ...]

    @property
    def keys(self) -> int:
        """Keys written in all views."""
        return sum(view.keys for view in self.views)

    @property
    def bytes(self) -> int:
        """Bytes written in all views."""
        return sum(view.bytes for view in self.views)

    @property
    def seconds(self) -> float:
        """Seconds for all views."""
        return sum(view.seconds for view in self.views)


@dataclass(frozen=True, slots=True)
class BackfilledView:
    """What a backfill did for one view.

    Attributes:
        view: its name.
        folder: of its moments.
        moments: how many were written.
        present: how many were there already.
        rows: values of one key at one moment that were written.
        bytes: of the files.
        seconds: it took.
        certain: whether the folder changes with everything that the features' code reaches. Where
            it doesn't, such as where a function opens a file, delete the folder after a change.
    """

    view: str
    folder: Path
    moments: int
    present: int
    rows: int
    bytes: int
    seconds: float
    certain: bool


@dataclass(frozen=True, slots=True)
class BackfillReport:
    """What `BatchDriver.backfill` did, view by view.

    Attributes:
        start: first moment, aware UTC.
        end: the moment that none is after, aware UTC.
        views: one report each.
    """

    start: datetime
    end: datetime
    views: tuple[BackfilledView, ...]
