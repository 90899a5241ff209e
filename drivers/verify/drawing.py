"""Which rows are replayed, how often, and which of them together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from drivers.verify.answers import Rows

__all__ = ["Drawn", "draw"]

PART_ROWS = 32_768
"""Rows of the spine that are in hand at once, as dicts and with their packed values."""
MOST_IN_ONE = 8_192
"""Rows in a joint request at most; there are as many of two to four rows as of half of this."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is to be replayed.

    Attributes:
        positions: rows of the spine, each once, in random order: requests are of mixed times.
        rows: how many rows to replay in all, so that some repeat where there are fewer.
        seed: of what else is random.
    """

    positions: Rows
    rows: int
    seed: int

    def parts(self) -> Iterator[slice]:
        """The positions in parts."""
        for start in range(0, len(self.positions), PART_ROWS):
            yield slice(start, min(start + PART_ROWS, len(self.positions)))

    def requests(self, part: slice) -> Iterator[Rows]:
        """Joint requests of the rows of one part, counted from its first: each row in turn."""
        rng = np.random.default_rng([self.seed, part.start])
        rows = np.repeat(np.arange(part.stop - part.start), self._times(part))
        rng.shuffle(rows)
        start = 0
        while start < len(rows):
            size = int(2 ** rng.uniform(1, np.log2(MOST_IN_ONE)))
            yield rows[start : start + size]
            start += size

    def _times(self, part: slice) -> Rows:
        """How often each row of a part is replayed."""
        whole, more = divmod(self.rows, len(self.positions))
        return whole + (np.arange(part.start, part.stop) < more)


def draw(spine_rows: int, rows: int | None, seed: int) -> Drawn:
    """Rows of a spine, evenly at random.

    Args:
        spine_rows: how many there are.
        rows: how many to replay; None for each once, up to a thousand.
        seed: of the drawing.
    """
    positions = np.random.default_rng(seed).permutation(spine_rows)
    wanted = min(spine_rows, 1000) if rows is None else rows
    if not spine_rows:
        wanted = 0
    return Drawn(positions[:wanted], wanted, seed)
