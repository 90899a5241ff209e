"""What single requests take: medians and 99th percentiles over all rounds of a race."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.measure import Measured

__all__ = ["Latencies"]


class Latencies:
    """The seconds of one contestant's requests, round by round."""

    def __init__(self) -> None:
        self._rounds: list[np.ndarray[Any, np.dtype[np.float64]]] = []

    def add(self, seconds: Sequence[float], answer: object = None) -> Measured:
        """Keep a round; its median and the answer, for the race."""
        self._rounds.append(np.array(seconds, np.float64))
        return Measured(float(np.median(self._rounds[-1])), answer)

    @property
    def median(self) -> float:
        """The median of the rounds' medians, in seconds."""
        return float(np.median([np.median(taken) for taken in self._rounds]))

    @property
    def p99(self) -> float:
        """The 99th percentile of all requests, in seconds."""
        return float(np.percentile(np.concatenate(self._rounds), 99))
