"""Whether a call draws from the global random numbers, which are put back as they were."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

__all__ = ["Draws", "watched"]


class Draws:
    """Whether random numbers were drawn; known when the watch is over."""

    def __init__(self) -> None:
        self.any = False


@contextmanager
def watched() -> Iterator[Draws]:
    """Watch the generators of ``random`` and ``numpy.random``, and leave them as they were."""
    draws = Draws()
    own, numpys = random.getstate(), np.random.get_state()
    try:
        yield draws
    finally:
        draws.any = random.getstate() != own or not _same(np.random.get_state(), numpys)
        random.setstate(own)
        np.random.set_state(numpys)


def _same(left: Any, right: Any) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(left, right, strict=True))
