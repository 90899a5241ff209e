"""Rows of many keys on one line of integers: key by key, and by time within a key.

    key          a           b           c
    place        0 . . . . . span . . .  2 span . . .
    row          a, lowest time + 4      place 0 * span + 4

One sort of integers orders the rows, and one search finds how many come up to a moment.
"""

from __future__ import annotations

import numpy as np

from drivers.engines.local.keys import Integers

__all__ = ["Line"]

_MOST_PLACES = 2**62


class Line:
    """The line of some rows.

    Args:
        codes: of the rows' keys, ``0 … size - 1``; shape ``(n_rows,)``.
        size: how many codes there are.
        times: of the rows, microseconds.
    """

    def __init__(self, codes: Integers, size: int, times: Integers) -> None:
        low, high = (int(times.min()), int(times.max())) if len(times) else (0, 0)
        self._ticks: Integers | None = None
        if size * (high - low + 1) < _MOST_PLACES:
            self._low, self._span = low, high - low + 1
            self._places = codes * self._span + (times - low)
        else:  # too long for 64 bits: count the times that there are, not the microseconds
            self._ticks, ranks = np.unique(times, return_inverse=True)
            self._low, self._span = 0, len(self._ticks)
            self._places = codes * self._span + ranks

    def sort(self) -> Integers:
        """Put the rows in order; rows of one place in any. Returns which row each one was."""
        order = np.argsort(self._places)  # not stable, and several times faster for it
        self._places = self._places[order]
        return order

    def settle_ties(self, order: Integers, known: Integers | None) -> None:
        """Order the rows of one place by known time and position, or by position alone.

        Args:
            order: from `sort`; changed in place.
            known: of the rows as they were, microseconds.
        """
        same = self._places[1:] == self._places[:-1]
        if not same.any():
            return
        tied = np.zeros(len(order), np.bool_)
        tied[1:] = same
        tied[:-1] |= same
        where = np.flatnonzero(tied)
        rows, places = order[where], self._places[where]
        if known is None:
            group = np.cumsum(np.append(False, places[1:] != places[:-1]))
            order[where] = np.sort(group * len(order) + rows) % len(order)
        else:
            order[where] = rows[np.lexsort((rows, known[rows], places))]

    def place(self, codes: Integers, times: Integers | None) -> Integers:
        """Where moments are on the line; the place before the key's first for a time of None."""
        before = codes * self._span
        if times is None:
            return before - 1
        if self._ticks is not None:
            return before + (np.searchsorted(self._ticks, times, side="right") - 1)
        return before + (np.clip(times, self._low - 1, self._low + self._span - 1) - self._low)

    def up_to(self, codes: Integers, times: Integers | None) -> Integers:
        """How many sorted rows are of a lower key, or of this key and not after a time.

        Moments in the order of their places are found several times faster. A code of -1 has no
        rows below it.
        """
        return np.searchsorted(self._places, self.place(codes, times), side="right")
