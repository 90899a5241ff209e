"""Why cells differ: which of several things differ between the log and what is computed now.

    logged     what was served
    again      today's functions, on what was looked up when it was served
    then       what today's code finds in history as of the store's moment
    history    what today's code finds in history as of the row's own time, and computes from it

    a feature: logged ≠ history   it differs, because
               logged ≠ again     of the functions below the boundary: code, or unexplained
               again ≠ history    of a stored value that it comes from:
    that one:  logged ≠ then      code if the view's has changed since; else the data are late
               then ≠ history     the store was stale, or the row's time lay before the store's

Each step is compared with the next, so the causes of a cell are told apart where it has several.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from drivers.served.causes import Cause
from drivers.served.code import CodeThen
from drivers.served.schema import STORE_ERROR
from drivers.served.sides import LoggedSide, Moments, comparable
from drivers.statuses import null_mask
from drivers.verify.dag import Dag
from drivers.verify.values import Mask, NodeValues, Side
from onedag.durations import micros
from onedag.planner import Origin, View

__all__ = ["Blame", "Explaining", "Sides", "functions_of"]


@dataclass(frozen=True, slots=True)
class Sides:
    """The values of some rows' nodes.

    Attributes:
        logged: what was served.
        again: what today's functions make of what was looked up then.
        then: what history says of stored values as of the store's moments.
        history: what it says as of the rows' times, and all that follows from it.
        current: as ``again``, with the fitted values of the run that is published now; None where
            it has the same ones.
    """

    logged: LoggedSide
    again: Side
    then: Side
    history: Side
    current: Side | None


@dataclass(frozen=True, slots=True)
class Blame:
    """Cells of one feature that one thing is to blame for.

    Attributes:
        feature: its name.
        cause: the kind of thing.
        node: the first node that it concerns.
        rows: which, shape ``(n_rows,)``. Those of one cause don't overlap.
    """

    feature: str
    cause: Cause
    node: str
    rows: Mask


class Explaining:
    """Finds what is to blame for the cells of some rows.

    Args:
        dag: of the service today.
        views: that it reads.
        code: what has changed of it.
        sides: the values.
        other_fitted: fitted values that the run which is published now has otherwise.
    """

    def __init__(
        self,
        dag: Dag,
        views: Sequence[View],
        code: CodeThen,
        sides: Sides,
        other_fitted: Sequence[str],
    ) -> None:
        self._dag = dag
        self._code = code
        self._sides = sides
        self._logged = sides.logged
        self._other_fitted = other_fitted
        self._down = ~null_mask(self._logged.table[STORE_ERROR])
        self._again = comparable(sides.again, self._logged.values)
        self._history = comparable(sides.history, self._logged.values)
        self._causes = {
            feature.name: self._stored_causes(view, feature.name)
            for view in views
            for feature in view.features
        }

    def differs(self, feature: str) -> Mask:
        """Where a feature that was served isn't what history says.

        Everywhere, if today's code can't compute it with the fitted values of the run.
        """
        if feature not in self._history:
            return np.ones(len(self._logged), np.bool_)
        return _differs(feature, self._logged.values, self._history)

    def blames(self, feature: str) -> Iterator[Blame]:
        """What is to blame for the cells of a feature that differ, and for those that would."""
        differs = self.differs(feature)
        if feature not in self._history:
            changed = self._code.first_changed(self._dag.upstream(feature))
            yield Blame(feature, Cause.CODE, changed or feature, differs)
            return
        code = differs & _differs(feature, self._logged.values, self._again)
        if code.any():
            node = self._code.first_changed(functions_of(self._dag, feature))
            if node is None:
                yield Blame(feature, Cause.UNEXPLAINED, self._first(feature), code)
            else:
                yield Blame(feature, Cause.CODE, node, code)
        stored = differs & _differs(feature, self._again, self._history)
        if stored.any():
            yield from self._of_stored(feature, stored)
        if self._sides.current is not None and feature in self._sides.current:
            other = _differs(feature, self._again, comparable(self._sides.current, self._again))
            if other.any():
                yield Blame(feature, Cause.MODEL_RUN, self._fitted(feature), other)

    def _of_stored(self, feature: str, cells: Mask) -> Iterator[Blame]:
        """What is to blame for the stored values that a feature comes from."""
        explained = np.zeros(len(cells), np.bool_)
        seen: dict[Cause, Mask] = {}
        for name in self._dag.upstream(feature):
            for cause, rows in self._causes.get(name, {}).items():
                before = seen.get(cause, np.zeros(len(cells), np.bool_))
                found = cells & rows & ~before
                seen[cause] = before | found
                explained |= found
                if found.any():
                    yield Blame(feature, cause, name, found)
        if (left := cells & ~explained).any():
            yield Blame(feature, Cause.UNEXPLAINED, self._first(feature), left)

    def _stored_causes(self, view: View, name: str) -> dict[Cause, Mask]:
        """For which rows what is to blame for one stored value."""
        as_of = self._logged.as_of(view.name)
        if as_of is None or name not in self._logged.stored:
            return {}
        logged = self._logged.stored[name]
        then, history = (_like(s[name], logged) for s in (self._sides.then, self._sides.history))
        differs = logged.differs(history)
        since = differs & ~self._down & logged.differs(then)
        changed = self._code.view_changed(view, name, self._logged)
        moved = differs & ~self._down & then.differs(history)
        ticks = self._ticks(view)
        return {
            Cause.STORE_DOWN: differs & self._down,
            Cause.CODE: since & changed,
            Cause.LATE_DATA: since & ~changed,
            Cause.STALE_STORE: moved & (as_of < ticks),
            Cause.EARLY_ROW: moved & (as_of > ticks),
        }

    def _ticks(self, view: View) -> Moments:
        times = self._logged.times
        return times if view.refresh is None else times - times % micros(view.refresh)

    def _first(self, feature: str) -> str:
        """The first node at which what was served and what is computed again part."""
        for name in self._dag.upstream(feature):
            if _differs(name, self._logged.values, self._again).any():
                return name
        return feature

    def _fitted(self, feature: str) -> str:
        names = self._dag.upstream(feature)
        return next((name for name in names if name in self._other_fitted), feature)


def functions_of(dag: Dag, feature: str) -> list[str]:
    """The functions that are called for a feature, in order; itself, where none is."""
    names = dag.upstream(feature)
    return [n for n in names if dag.nodes[n].origin is Origin.COMPUTED] or [feature]


def _differs(name: str, left: Mapping[str, NodeValues], right: Mapping[str, NodeValues]) -> Mask:
    """Where a node differs; nowhere, if a side lacks it."""
    if name not in left or name not in right:
        length = len(next(iter(left.values())))
        return np.zeros(length, np.bool_)
    return left[name].differs(right[name])


def _like(values: NodeValues, other: NodeValues) -> NodeValues:
    return comparable({"": values}, {"": other})[""]
