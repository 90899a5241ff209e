"""Why a value is there, or isn't."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import numpy.typing as npt

__all__ = ["Codes", "Status", "of_codes", "worst"]


class Status(StrEnum):
    """The status of one value, from good to bad.

    What is derived from a value inherits its worst status, even where a default makes up for it.
    """

    PRESENT = "PRESENT"
    """A value."""
    NULL = "NULL"
    """There is a row, or a field, and its value is null."""
    STALE = "STALE"
    """The newest value is older than its ``max_age``."""
    MISSING = "MISSING"
    """Nothing is known of this key. An aggregate still has a value: that of no rows."""

    @property
    def code(self) -> int:
        """0 for PRESENT and up, so that the worst is the maximum."""
        return _ORDER.index(self)


_ORDER = tuple(Status)
Codes = npt.NDArray[np.int8]
"""One `Status.code` for each row, shape ``(n_rows,)``."""


def worst(codes: Sequence[Codes], length: int) -> Codes:
    """The worst status of each row over several columns; PRESENT where there are none."""
    result = np.zeros(length, np.int8)
    for column in codes:
        np.maximum(result, column, out=result)
    return result


def of_codes(codes: Codes) -> list[Status]:
    """The statuses that the codes stand for."""
    return [_ORDER[code] for code in codes.tolist()]
