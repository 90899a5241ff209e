"""How many of a view's values were present, null, stale or missing: counted many rows at a time.

The statuses of one row cost 3 µs a feature, those of 256 rows little more. So what the store had is
kept, by reference, until there are enough rows, or somebody asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from drivers.serving.compiled import CompiledService
from drivers.serving.lookup import LookUp
from drivers.serving.provenance import Provenance
from drivers.serving.vectors import FeatureVectors
from onedag.status import Status

__all__ = ["UNKNOWN", "ValueCounts", "statuses_of"]

UNKNOWN = "UNKNOWN"
"""The status of a value for which the store couldn't be asked."""

MOST = 256
"""So many rows are kept before they are counted."""

_STATUSES = tuple(Status)
_Kept: TypeAlias = tuple[list[Sequence[bytes | None]], npt.NDArray[np.int64]]


class ValueCounts:
    """The values of one service's views by status, since they were last taken."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._compiled: CompiledService | None = None
        self._kept: list[_Kept] = []
        self._rows = 0

    def add(self, vectors: FeatureVectors) -> None:
        """Count what the store had for these vectors."""
        made_of = vectors.made_of
        if made_of is None or not made_of.views:
            return
        if vectors.store_error is not None:
            self._counts.update(_unknown(made_of))
            return
        if made_of.compiled is not self._compiled:
            self._count()
            self._compiled = made_of.compiled
        self._kept.append(([view.blobs for view in made_of.views], made_of.event))
        self._rows += len(made_of.event)
        if self._rows >= MOST:
            self._count()

    def take(self) -> Counter[tuple[str, str]]:
        """How many values there were, by view and status."""
        self._count()
        taken, self._counts = self._counts, Counter()
        return taken

    def _count(self) -> None:
        kept, self._kept, self._rows = self._kept, [], 0
        if self._compiled is None or not kept:
            return
        event = np.concatenate([times for _, times in kept])
        for position, reader in enumerate(self._compiled.readers):
            blobs = [blob for views, _ in kept for blob in views[position]]
            found = _by_status(reader.of_blobs(blobs, event))
            for status, count in found:
                self._counts[reader.view.name, status] += count


def statuses_of(vectors: FeatureVectors) -> Counter[str]:
    """How many of the stored values of these vectors have each status."""
    counts: Counter[str] = Counter()
    made_of = vectors.made_of
    if made_of is None:
        return counts
    if vectors.store_error is not None:
        counts[UNKNOWN] = _unknown(made_of).total()
        return counts
    for view in made_of.views:
        counts.update(dict(_by_status(view)))
    return counts


def _unknown(made_of: Provenance) -> Counter[tuple[str, str]]:
    rows = len(made_of.event)
    readers = made_of.compiled.readers
    return Counter({(r.view.name, UNKNOWN): rows * len(r.view.features) for r in readers})


def _by_status(view: LookUp) -> Iterator[tuple[str, int]]:
    codes = np.concatenate(view.codes())
    counts = np.bincount(codes, minlength=len(_STATUSES)).tolist()
    return zip(map(str, _STATUSES), counts, strict=True)
