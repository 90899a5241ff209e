"""Stages of a long job: a live line for each on a terminal, a plain one anywhere else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TypeAlias

from rich.console import Console
from rich.progress import (
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

__all__ = ["Advance", "Stages"]

Advance: TypeAlias = Callable[[], None]
"""Says that one more part of a stage is done."""


class Stages:
    """Shows which stage a job is in, and keeps how long each took.

    On a terminal each stage is a line with a spinner and a clock. Elsewhere (a pipe, a log of CI) a
    stage is one plain line when it is over, so that nothing is drawn twice.

    Args:
        console: where to; nothing is shown without one.

    Attributes:
        seconds: by stage, in the order in which they ended.

    >>> import io
    >>> with Stages(Console(file=io.StringIO())) as stages:
    ...     with stages.stage("build the frame"):
    ...         pass
    ...     with stages.stage("materialize", total=2) as advance:
    ...         for day in (1, 2):
    ...             advance()
    >>> list(stages.seconds)
    ['build the frame', 'materialize']
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(quiet=True)
        self._live: Progress | None = None
        self.seconds: dict[str, float] = {}
        if self._console.is_terminal and not self._console.quiet:
            columns = (
                SpinnerColumn(finished_text="[green]✓"),
                TextColumn("{task.description}", markup=False),
                _Parts(),
                TimeElapsedColumn(),
            )
            self._live = Progress(*columns, console=self._console)

    def __enter__(self) -> Stages:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    @contextmanager
    def stage(self, title: str, total: int | None = None) -> Iterator[Advance]:
        """One stage, from the start to the end of the block.

        Args:
            title: what is done; unique in the job.
            total: how many parts it has, if it has any.

        Yields:
            What to call after each part.
        """
        start = time.perf_counter()
        if self._live is None:
            yield _nothing
        else:
            live, task = self._live, self._live.add_task(title, total=total)
            yield lambda: live.advance(task)
            live.update(task, total=total or 1, completed=total or 1)
        self.seconds[title] = time.perf_counter() - start
        if self._live is None:
            parts = "" if total is None else f" ({total:,})"
            line = f"{title}{parts}: {self.seconds[title]:.1f} s"
            self._console.print(line, highlight=False, markup=False, soft_wrap=True)


class _Parts(ProgressColumn):
    """``3 of 12`` for a stage that has parts."""

    def render(self, task: Task) -> Text:
        if task.total is None or task.total <= 1:
            return Text("")
        return Text(f"{task.completed:,.0f} of {task.total:,.0f}", style="progress.download")


def _nothing() -> None:
    pass
