"""How far a long job is: its stages, or a bar for each view."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TypeAlias

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

__all__ = ["Advance", "Bars", "Stages"]

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


class Bars:
    """A bar for each view of a job, while it runs; nothing where the output isn't a terminal.

    Args:
        console: where to.
        unit: what is counted, such as parts.

    >>> import io
    >>> console = Console(file=io.StringIO(), force_terminal=True, width=100)
    >>> with Bars(console, "parts").of(["plane_landings"]) as progress:
    ...     progress("plane_landings", 3, 12)
    >>> "plane_landings" in console.file.getvalue(), "3 of 12 parts" in console.file.getvalue()
    (True, True)
    """

    def __init__(self, console: Console, unit: str) -> None:
        self._live = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            _Parts(unit),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    @contextmanager
    def of(self, views: Iterable[str]) -> Iterator[Callable[[str, int, int], None]]:
        """Bars for views, from the start to the end of the block.

        Yields:
            What to call with a view, how many of its parts are done, and how many it has.
        """
        with self._live:
            for view in views:
                self._tasks[view] = self._live.add_task(view, start=False, total=None)
            yield self._update

    def _update(self, view: str, done: int, total: int) -> None:
        task = self._tasks[view]
        self._live.start_task(task)
        self._live.update(task, completed=done, total=total)


class _Parts(ProgressColumn):
    """``3 of 12`` for what has parts.

    Args:
        unit: of the parts, where even a single one is shown.
    """

    def __init__(self, unit: str = "") -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        if task.total is None or (task.total <= 1 and not self._unit):
            return Text("")
        shown = f"{task.completed:,.0f} of {task.total:,.0f} {self._unit}".rstrip()
        return Text(shown, style="progress.download")


def _nothing() -> None:
    pass
