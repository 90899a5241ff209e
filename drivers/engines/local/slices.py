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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from drivers.engines.base import AT, EVENT, KNOWN, History
from drivers.engines.local.exact import Integers
from onedag.durations import micros
from onedag.keys import encode_keys

__all__ = ["Slices", "Timeline"]

_PAIRS_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class Slices:
    """The windows of moments, as positions in a `Timeline`; each of shape ``(n_moments,)``.

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
        self._join_keys = history.join_keys
        keys = _keys(table, history.join_keys)
        usable = pc.and_(pc.is_valid(keys), pc.is_valid(table[KNOWN])).to_numpy()
        encoded = keys.combine_chunks().dictionary_encode()
        self._keys = encoded.dictionary
        codes = pc.fill_null(encoded.indices, 0).to_numpy().astype(np.int64)[usable]
        event = table[EVENT].to_numpy()[usable]
        known = pc.fill_null(table[KNOWN], 0).to_numpy()[usable]
        lags = np.maximum(known - event, 0)
        self._longest_lag = int(lags.max(initial=0))
        self._one_lag = bool((lags == self._longest_lag).all())
        self._times, ranks = np.unique(event, return_inverse=True)
        place = codes * (len(self._times) + 1) + ranks
        # A constant delay orders ties by position alone, and one sort is half the work of two.
        constant = bool((known - event == self._longest_lag).all())
        order = np.argsort(place, kind="stable") if constant else np.lexsort((known, place))
        self._place = place[order]
        self.positions = np.flatnonzero(usable)[order]
        self.known = known[order]

    def slices(self, moments: pa.Table, over: timedelta | None) -> Slices:
        """The window of each moment; empty for a key without history and a null key."""
        keys = _keys(moments, self._join_keys)
        if keys.type != self._keys.type:  # nulls alone, on one side or the other
            code = np.full(len(keys), -1)
        else:
            codes = pc.fill_null(pc.index_in(keys, value_set=self._keys), -1)
            code = codes.to_numpy().astype(np.int64)
        at = moments[AT].to_numpy()
        end = self._up_to(code, at)
        start = self._up_to(code, at - micros(over)) if over else self._up_to(code, None)
        middle = np.maximum(start, self._up_to(code, at - self._longest_lag))
        if self._one_lag:  # then nothing of the tail is known
            end = middle
        unseen = code < 0
        for edge in (start, middle, end):
            edge[unseen] = 0
        return Slices(start, middle, end, at)

    def _up_to(self, code: Integers, time: Integers | None) -> Integers:
        """How many sorted rows are of a lower key, or of this key and not after a time."""
        rank = 0 if time is None else np.searchsorted(self._times, time, side="right")
        return np.searchsorted(self._place, code * (len(self._times) + 1) + rank)

    def rows(self, slices: Slices, moment: int) -> npt.NDArray[np.int64]:
        """The positions, in the history's table, of the visible rows of one window."""
        tail = np.arange(slices.middle[moment], slices.end[moment])
        seen = tail[self.known[tail] <= slices.at[moment]]
        body = self.positions[slices.start[moment] : slices.middle[moment]]
        return np.concatenate([body, self.positions[seen]])


def _keys(table: pa.Table, join_keys: Sequence[str]) -> pa.ChunkedArray:
    """One column that identifies each row's key: the join key itself if there is just one."""
    if len(join_keys) == 1 and table[join_keys[0]].type == pa.int64():
        return table[join_keys[0]]
    return encode_keys([table[key] for key in join_keys], table.num_rows)
