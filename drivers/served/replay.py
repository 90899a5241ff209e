"""`replay`: recompute from history what was served, and say why cells differ.

The features of each logged row are computed anew, as of the row's own time, by the code that is
loaded now and with the fitted values of the run that served it. They are compared with what was
served bit for bit, statuses included. `drivers.served.explaining` tells the causes apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from drivers.batch import BatchDriver
from drivers.fitted import from_json
from drivers.history.rows import HistoricalRows
from drivers.opening import store_of
from drivers.served.causes import Cause
from drivers.served.code import CodeNow, CodeThen
from drivers.served.explaining import Blame, Explaining, Sides, functions_of
from drivers.served.reading import LoggedRows, other_formats, read_served
from drivers.served.report import LogReport, ServiceReplay
from drivers.served.schema import FORMAT, Head
from drivers.served.shown import Shown
from drivers.served.sides import LoggedSide, Moments, Now
from drivers.served.tally import Tally
from drivers.serving.compiled import current_run
from drivers.stored.records import RunRecord, run_key
from drivers.stores import Store
from drivers.verify.dag import Dag
from drivers.verify.values import NodeValues, Side
from onedag.durations import micros
from onedag.errors import (
    ConfigurationError,
    NotPublished,
    PlanError,
    SchemaMismatch,
    StoreError,
    UnknownName,
)
from onedag.nodes import shown_type
from onedag.project import Project

__all__ = ["replay"]

MANY_ROWS = 100_000
"""Rows of one run that are recomputed together, or some more: history is gone through for each."""
MANY_FILES = 256
"""Small files that wait to be recomputed together; a table takes memory by columns, not rows."""


def replay(
    project: Project,
    folder: Path,
    service: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    store: Store | None = None,
) -> LogReport:
    """Recompute what was served.

    Args:
        project: its functions and sources as they are now.
        folder: of the log.
        service: only this one's; all by default.
        since: only what was served at this time or later; naive is UTC.
        until: only what was served before this time.
        store: instead of the project's. It is asked which run is published; nothing else is read
            of it, unless a run's fitted values were too long for the log.

    Raises:
        ConfigurationError: there is no log in the folder, or nothing of that service and time.
        FunctionError: a function above the boundary raises for rows of its source.
        SourceError: a source can't be read.
    """
    found: dict[str, ServiceReplay] = {}
    store = store or store_of(project)
    with BatchDriver(project, store=store, tell=False) as batch:
        code = CodeNow(batch)
        rows = batch.historical_rows()
        unread = other_formats(folder, service, since, until)
        heads = read_served(folder, service, since, until, columns=[])
        for name in sorted({file.head.service for file in heads} | unread.keys()):
            one = _Service(name, batch, code, rows, store)
            if name in unread:
                one.leave_out(unread[name])
            for group in _grouped(read_served(folder, name, since, until)):
                one.add(group)
            found[name] = one.report()
    if not found:
        raise ConfigurationError(
            f"The log in {folder} has nothing that was served"
            f"{f' by {service!r}' if service else ''}"
            f"{f' since {since}' if since else ''}{f' until {until}' if until else ''}."
        )
    return LogReport(tuple(found.values()))


def _grouped(files: Iterator[LoggedRows]) -> Iterator[LoggedRows]:
    """Files of one run and one code together, until they have many rows."""
    waiting: dict[str, list[LoggedRows]] = {}
    rows: Counter[str] = Counter()
    for file in files:
        # Two servers may leave out other columns, or take a field in another type.
        key = str((file.head, [(field.name, str(field.type)) for field in file.table.schema]))
        group = waiting.setdefault(key, [])
        group.append(file)
        rows[key] += file.table.num_rows
        if rows[key] >= MANY_ROWS:
            yield _joined(waiting.pop(key))
            del rows[key]
        elif len(group) >= MANY_FILES:
            waiting[key] = [_joined(group)]
    yield from map(_joined, waiting.values())


def _joined(files: list[LoggedRows]) -> LoggedRows:
    tables = [file.table for file in files]
    return LoggedRows(files[0].head, pa.concat_tables(tables).combine_chunks())


class _Service:
    """One service's log while it is replayed."""

    def __init__(
        self, name: str, batch: BatchDriver, code: CodeNow, rows: HistoricalRows, store: Store
    ) -> None:
        self._code = code
        self._rows = rows
        self._store = store
        self._unplanned = ""
        try:
            self._plan = batch.plan(name)
        except (UnknownName, PlanError) as error:
            self._unplanned = f"{type(error).__name__}: {error}"
            self._tally = Tally(name, (), Dag(()))
            self._current: RunRecord | None = None
            return
        self._dag = Dag.of(self._plan)
        self._tally = Tally(name, self._plan.service.features, self._dag)
        self._current = self._published(name)

    def report(self) -> ServiceReplay:
        """What was found."""
        return self._tally.report(None if self._current is None else self._current.run_id)

    def _published(self, name: str) -> RunRecord | None:
        try:
            return current_run(name, self._store)
        except (NotPublished, StoreError) as error:
            self._tally.note(f"Which run is published isn't known: {error}")
            return None

    def leave_out(self, rows: int) -> None:
        """Rows that can't be read."""
        self._tally.skip(
            rows,
            f"their files are of another format than {FORMAT}, which this version of onedag "
            f"reads. Use the version that wrote them",
        )

    def add(self, group: LoggedRows) -> None:
        """Replay rows of one run."""
        count = group.table.num_rows
        fitted = self._fitted_then(group.head)
        if group.head.versions != self._code.versions:
            self._tally.note(
                f"Run {group.head.run_id} was served with {', '.join(group.head.versions)}; here "
                f"are {', '.join(self._code.versions)}"
            )
        if self._unplanned or fitted is None:
            reason = f"Run {group.head.run_id} isn't kept in the store any more"
            return self._tally.skip(count, self._unplanned or reason)
        try:
            logged = LoggedSide(group.table, self._plan)
            values, nodes = self._values(fitted)
            now = Now(self._plan, self._dag, self._rows, logged)
        except SchemaMismatch as error:
            return self._tally.skip(count, str(error))
        then = CodeThen(group.head, self._code, self._plan.service.features)
        again = now.of_logged(values, nodes)
        current, others = self._current_side(now, fitted)
        as_text = self._fixed(fitted, count)
        logged.values |= as_text
        sides = Sides(
            logged=logged,
            again={**again, **as_text},
            then=self._as_of_the_store(now, logged),
            history={**now.of_history(values, nodes), **as_text},
            current=current,
        )
        self._add(
            group.head,
            sides,
            Explaining(self._dag, self._plan.serving.views, then, sides, others),
            then,
        )

    def _add(self, head: Head, sides: Sides, explaining: Explaining, then: CodeThen) -> None:
        served = self._tally.add_rows(head.run_id, sides, self._ticks(sides.logged))
        shown = Shown(head.run_id, self._dag, sides)
        for feature in self._plan.service.features:
            if feature not in sides.logged.values:
                why = "personal (ONEDAG_LOG_PERSONAL), or named by ONEDAG_LOG_WITHOUT"
                self._tally.note(f"{feature} isn't in the log of run {head.run_id}: {why}")
            elif (lacking := self._not_logged(feature, sides, then)) is not None:
                self._tally.note(f"{feature} isn't compared: {lacking} isn't in the log")
            else:
                differs = explaining.differs(feature)
                blames = list(explaining.blames(feature))
                self._note_uncertain(blames)
                self._tally.add_cells(feature, differs, blames, served, shown)
                if feature in sides.history:
                    values = sides.logged.values[feature], sides.history[feature]
                    self._tally.add_numbers(feature, served, *values)

    def _note_uncertain(self, blames: Iterable[Blame]) -> None:
        for node in (blame.node for blame in blames if blame.cause is Cause.LATE_DATA):
            for name, meaning in self._code.upstream([node]).items():
                if not meaning.certain:
                    self._tally.note(
                        f"{name} reaches what can't be told from its code, such as an open file: "
                        f"what is said to be late data of {node} may be another content of that"
                    )

    def _not_logged(self, feature: str, sides: Sides, then: CodeThen) -> str | None:
        """A stored value that a feature came from and that a server was told to leave out."""
        if then.first_changed(functions_of(self._dag, feature)) is not None:
            return None
        views = {name for name in self._dag.upstream(feature) if self._dag.nodes[name].view}
        return next((name for name in sorted(views) if name not in sides.logged.stored), None)

    def _ticks(self, logged: LoggedSide) -> dict[str, Moments]:
        return {
            view.name: logged.times
            if view.refresh is None
            else logged.times - logged.times % micros(view.refresh)
            for view in self._plan.serving.views
        }

    def _as_of_the_store(self, now: Now, logged: LoggedSide) -> Side:
        found: dict[str, NodeValues] = {}
        for view in self._plan.serving.views:
            as_of = logged.as_of(view.name)
            if as_of is not None:
                found |= now.of_stored(view, as_of)
        return found

    def _fitted_then(self, head: Head) -> Mapping[str, str] | None:
        """The run's fitted values as JSON; None where nobody has them any more."""
        try:
            [blob] = self._store.read([run_key(head.run_id)])
            kept = None if blob is None else RunRecord.from_bytes(blob).fitted
        except StoreError:
            kept = None
        if head.fitted is None or kept is None:
            return kept if head.fitted is None else head.fitted
        if others := [name for name, text in head.fitted.items() if kept.get(name) != text]:
            self._tally.note(
                f"Run {head.run_id} has other fitted values in the store than those that served: "
                f"{', '.join(others)}"
            )
        return head.fitted

    def _values(self, fitted: Mapping[str, str]) -> tuple[dict[str, Any], set[str]]:
        """Fitted values, and the nodes that can be computed with them."""
        values = {
            node.name: from_json(node, fitted[node.name])
            for node in self._plan.fitted
            if node.name in fitted
        }
        lacking = {node.name for node in self._plan.fitted} - values.keys()
        nodes = {name for name in self._dag.nodes if lacking.isdisjoint(self._dag.upstream(name))}
        return values, nodes

    def _current_side(self, now: Now, fitted: Mapping[str, str]) -> tuple[Side | None, list[str]]:
        """What the run that is published now would make of the rows, if it has other values."""
        if self._current is None:
            return None, []
        theirs = self._current.fitted
        others = [name for name, text in fitted.items() if theirs.get(name, text) != text]
        if not others:
            return None, []
        values, nodes = self._values(theirs)
        return {**now.of_logged(values, nodes), **self._fixed(theirs, len(now))}, others

    def _fixed(self, fitted: Mapping[str, str], length: int) -> dict[str, NodeValues]:
        """Fitted values as columns, for what is shown."""
        return {
            node.name: NodeValues.fixed(fitted[node.name], shown_type(node.returns), length)
            for node in self._plan.fitted
            if node.name in fitted
        }
