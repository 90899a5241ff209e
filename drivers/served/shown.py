"""Cells as examples."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from drivers.served.causes import Cause
from drivers.served.explaining import Blame, Sides
from drivers.served.report import Example
from drivers.served.schema import EVENT_TIME, REQUEST_ID, ROW, SERVED_AT
from drivers.stored.times import moment_of
from drivers.verify.attribution import Input
from drivers.verify.dag import Dag
from drivers.verify.values import Cell, Side

__all__ = ["Shown"]

NOT_COMPUTED = Cell("can't be computed", "", "")


class Shown:
    """Cells of some rows as examples.

    Args:
        run_id: of the rows.
        dag: of the service.
        sides: the values.
    """

    def __init__(self, run_id: str, dag: Dag, sides: Sides) -> None:
        self._run_id = run_id
        self._dag = dag
        self._sides = sides

    def example(self, blame: Blame) -> Example:
        """The first cell that something is to blame for."""
        row = int(np.argmax(blame.rows))
        sides, node = self._sides, blame.node
        table, logged = sides.logged.table, sides.logged.values
        known = self._dag.nodes.get(node)
        now = self._now(blame.cause, of_store=known is not None and known.view is not None)
        as_of = sides.logged.as_of(known.view) if known and known.view else None
        return Example(
            request_id=table[REQUEST_ID][row].as_py(),
            row=table[ROW][row].as_py(),
            run_id=self._run_id,
            served_at=table[SERVED_AT][row].as_py(),
            event_timestamp=table[EVENT_TIME][row].as_py(),
            feature=blame.feature,
            logged=logged[blame.feature].cell(row),
            now=now[blame.feature].cell(row) if blame.feature in now else NOT_COMPUTED,
            node_logged=_cell(logged, node, row),
            node_now=_cell(now, node, row),
            inputs=tuple(self._inputs(node, now, row)),
            as_of=None if as_of is None else moment_of(int(as_of[row])),
        )

    def _now(self, cause: Cause, *, of_store: bool) -> Side:
        """What is shown beside what was served."""
        sides = self._sides
        if cause is Cause.MODEL_RUN and sides.current is not None:
            return sides.current
        of_functions = cause in (Cause.CODE, Cause.UNEXPLAINED) and not of_store
        return {**sides.history, **sides.again} if of_functions else sides.history

    def _inputs(self, node: str, now: Side, row: int) -> Iterable[Input]:
        known = self._dag.nodes.get(node)
        for name in known.inputs if known else ():
            right = _cell(now, name, row)
            if right is not None:
                left = _cell(self._sides.logged.values, name, row)
                # What wasn't logged follows from what was, by today's functions.
                yield Input(name, left or _cell(self._sides.again, name, row) or right, right)


def _cell(side: Side, node: str, row: int) -> Cell | None:
    return side[node].cell(row) if node in side else None
