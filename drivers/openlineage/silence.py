"""What drivers tell where no events are wanted: nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias

from onedag.planner import Plan, View

if TYPE_CHECKING:  # a server loads neither DuckDB nor what makes snapshots
    from drivers.frames import TrainingFrame
    from drivers.serving.compiled import CompiledService
    from drivers.spine import SpineData
    from drivers.stored.reports import BackfilledView, ViewReport
    from onedag.snapshots import Snapshot

__all__ = ["JobEvents", "ServingEvents", "Storing"]

FrameMade: TypeAlias = Callable[["TrainingFrame"], None]
ModelMade: TypeAlias = Callable[["TrainingFrame", Path, Path], None]


class Storing:
    """One materialization or backfill. As a context it ends the runs that it began."""

    def start(self) -> None:
        """It begins: what it needs is at hand, such as the store's lock."""

    def done(self, report: ViewReport | BackfilledView) -> None:
        """A view's values are computed."""

    def __enter__(self) -> Storing:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """It is over, and failed where there is an error."""


class JobEvents:
    """What a batch driver tells of its jobs. This one tells nothing."""

    def training_frame(
        self,
        plan: Plan,
        spine: SpineData,
        snapshot: Snapshot,
        *,
        run_id: str,
        created_at: datetime,
        fitted: bool,
        backfilled: bool,
    ) -> AbstractContextManager[FrameMade]:
        """A training frame is computed, and given to the callback once it is there.

        Args:
            plan: of its service.
            spine: its rows.
            snapshot: of the project.
            run_id: of the training run.
            created_at: when it began.
            fitted: whether fitted values are given.
            backfilled: whether stored features are looked up among backfilled values.
        """
        return nullcontext(lambda _frame: None)

    def train(self, service: str, spine: Path, label: str) -> AbstractContextManager[ModelMade]:
        """A model is trained; the callback gets its frame, the frame's file and the model's.

        Args:
            service: its name.
            spine: the file that the rows are from.
            label: the column that is predicted.
        """
        return nullcontext(lambda _frame, _written, _model: None)

    def materialize(self, views: Sequence[View], as_of: datetime, snapshot: Snapshot) -> Storing:
        """Views are stored as of a moment, and become visible together."""
        return Storing()

    def backfill(
        self, views: Sequence[View], start: datetime, end: datetime, snapshot: Snapshot
    ) -> Storing:
        """Views' values of many moments are written, one view after the other."""
        return Storing()

    def close(self) -> None:
        """Wait a little until all is sent."""


class ServingEvents:
    """What a server tells of the services that it answers for. This one tells nothing."""

    def loaded(self, service: CompiledService, model: Path | None) -> None:
        """A service answers from now on, with this run, these views and this model."""

    def close(self) -> None:
        """No service answers any more. Wait a little until all is sent."""
