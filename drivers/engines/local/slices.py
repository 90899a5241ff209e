"""Where the window of each moment lies in sorted history.

History is sorted by key and event time, so the rows of a window are neighbours, up to those that
weren't known yet. Those can only be among its last rows: a row that happened more than the longest
delay of the history ago is known.

    history     a  b c     d   e     f      sorted by event time, of one key
    moment                         ^        t
    window         (---------------]        t - over < event time <= t
    body           c       d                event time <= t - longest delay: known for certain
    tail                       e            looked at one by one
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from drivers.engines.base import AT, EVENT, KNOWN, History
from drivers.engines.local.keys import Integers, JoinKeys
from drivers.engines.local.line import Line
from onedag.durations import micros

__all__ = ["Slices", "Timeline"]

_PAIRS_AT_ONCE = 4_000_000

_Value = TypeVar("_Value", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Slices:
    """The windows of moments, as positions in a `Timeline`; each of shape ``(n_moments,)``.

    Windows of several lengths share the arrays of the edges that they have in common.

    Attributes:
        start: of the body.
        middle: end of the body, start of the tail.
        end: of the tail.
        at: the moments' times, microseconds.
    """

    start: Integers
    middle: Integers
    end: Integers
    at: Integers

    def tails(self) -> Iterator[tuple[Integers, Integers, Integers]]:
        """Moments with a tail, in portions: the moments, their first pairs, and each pair's row."""
        if self.end is self.middle:
            return
        lengths = self.end - self.middle
        moments = np.flatnonzero(lengths)
        portions = np.cumsum(lengths[moments]) // _PAIRS_AT_ONCE
        for portion in np.split(moments, np.flatnonzero(np.diff(portions)) + 1):
            if len(portion):
                counts = lengths[portion]
                firsts = np.cumsum(counts) - counts
                rows = np.arange(counts.sum()) + np.repeat(self.middle[portion] - firsts, counts)
                yield portion, firsts, rows


class Timeline:
    """History sorted by key, event time, known time and position; unusable rows are left out.

    Attributes:
        positions: in the history's table, of each sorted row.
        known: known times, microseconds.
    """

    def __init__(self, history: History) -> None:
        table = history.table
        self._keys = JoinKeys(table, history.join_keys)
        usable = _usable(self._keys.codes, table)
        codes, event, known = self._keys.codes, table[EVENT].to_numpy(), _known(table)
        if usable is not None:
            codes, event, known = codes[usable], event[usable], known[usable]
        lags = np.maximum(known - event, 0)
        self._longest_lag = int(lags.max(initial=0))
        self._one_lag = bool((lags == self._longest_lag).all())
        self._events = Line(codes, self._keys.size, event)
        order = self._events.sort()
        # A constant delay orders ties by position alone.
        constant = bool((known - event == self._longest_lag).all())
        self._events.settle_ties(order, None if constant else known)
        self.positions = order if usable is None else usable[order]
        self.known = known[order]
        self._codes = codes[order]
        self._since = None if self._one_lag else np.maximum(event, known)[order]
        self._changes: tuple[Line, Integers] | None = None
        self._placed: _Placed | None = None

    def place(self, moments: pa.Table) -> Integers:
        """The order in which moments are looked up: by key and time. Shape ``(n_moments,)``."""
        return self._place(moments).order

    def newest(self, moments: pa.Table) -> tuple[Integers, npt.NDArray[np.bool_]]:
        """The newest visible row of each moment: its position in the table, and whether it exists.

        A row becomes visible at the later of its event and known times. In the order in which they
        do, the newest row so far is the running maximum of their places in the timeline:

            event time     1        2     3            rows a, b, c; c is known before b
            becomes known  a - - - - - - - b - - -     at 5
                                    - - - c - - -      at 4
            newest         a a a a c c c c c c c c     b never is: c happened after it
        """
        placed = self._place(moments)
        if self._one_lag:
            newest = placed.edge(self._events, self._longest_lag) - 1
        else:
            line, rows = self._in_order_of_change()
            newest = rows[line.up_to(placed.codes, placed.at) - 1]
        codes = np.append(self._codes, -2)[newest]
        positions = np.append(self.positions, 0)[newest]
        return placed.as_given(positions), placed.as_given(codes == placed.codes)

    def slices(self, moments: pa.Table, over: timedelta | None) -> Slices:
        """The windows of moments, in the order of `place`.

        Empty for a key without history and a null key.
        """
        placed = self._place(moments)
        start = placed.edge(self._events, micros(over) if over else None)
        middle = placed.edge(self._events, self._longest_lag)
        if over and micros(over) < self._longest_lag:
            middle = np.maximum(start, middle)
        # With one lag nothing of the tail is known.
        end = middle if self._one_lag else placed.edge(self._events, 0)
        return Slices(start, middle, end, placed.at)

    def rows(self, slices: Slices, moment: int) -> Integers:
        """The positions, in the history's table, of the visible rows of one window."""
        tail = np.arange(slices.middle[moment], slices.end[moment])
        seen = tail[self.known[tail] <= slices.at[moment]]
        body = self.positions[slices.start[moment] : slices.middle[moment]]
        return np.concatenate([body, self.positions[seen]])

    def _place(self, moments: pa.Table) -> _Placed:
        placed = self._placed
        if placed is None or placed.moments is not moments:
            codes, at = self._keys.look_up(moments), moments[AT].to_numpy()
            order = np.argsort(self._events.place(codes, at))
            placed = self._placed = _Placed(moments, order, codes[order], at[order])
        return placed

    def _in_order_of_change(self) -> tuple[Line, Integers]:
        """Rows in the order in which they become visible, and the newest row up to each one."""
        if self._changes is None:
            assert self._since is not None
            line = Line(self._codes, self._keys.size, self._since)
            self._changes = line, np.append(np.maximum.accumulate(line.sort()), len(self._codes))
        return self._changes


@dataclass(frozen=True, slots=True)
class _Placed:
    """Moments in the order of a timeline: neighbours are found in the same part of memory.

    Attributes:
        moments: as they were given.
        order: which moment each one was.
        codes: of their keys.
        at: their times.
    """

    moments: pa.Table
    order: Integers
    codes: Integers
    at: Integers
    _edges: dict[int | None, Integers] = field(default_factory=dict)

    def edge(self, line: Line, before: int | None) -> Integers:
        """The end of the rows up to so many microseconds before each moment; None for no rows."""
        if before not in self._edges:
            times = None if before is None else self.at - before
            self._edges[before] = line.up_to(self.codes, times)
        return self._edges[before]

    def as_given(self, values: npt.NDArray[_Value]) -> npt.NDArray[_Value]:
        """Values of the ordered moments in the order in which moments were given."""
        back = np.empty_like(values)
        back[self.order] = values
        return back


def _usable(codes: Integers, table: pa.Table) -> Integers | None:
    """The rows with a key and a known time; None for all of them."""
    usable = codes >= 0
    if table[KNOWN].null_count:
        usable &= pc.is_valid(table[KNOWN]).to_numpy()
    return None if usable.all() else np.flatnonzero(usable)


def _known(table: pa.Table) -> Integers:
    known: Integers = pc.fill_null(table[KNOWN], 0).to_numpy()
    return known
