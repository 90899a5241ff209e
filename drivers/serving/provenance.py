"""What the vectors of a request were made of; kept by reference, for whoever logs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from drivers.serving.compiled import CompiledService
    from drivers.serving.lookup import LookUp
    from drivers.serving.rows import RequestRows

__all__ = ["Provenance"]


class Provenance:
    """The rows of a request, or of several, and what was looked up for them.

    No dataclass: each request makes one, and a frozen one takes four times as long.

    Attributes:
        compiled: the service as it was when it answered.
        rows: what the requests carried.
        event: the rows' times, microseconds, shape ``(n_rows,)``; empty where no time matters.
        views: what the store had, in the order of the service's readers.
    """

    __slots__ = ("compiled", "event", "rows", "views")

    def __init__(
        self,
        compiled: CompiledService,
        rows: RequestRows,
        event: npt.NDArray[np.int64],
        views: Sequence[LookUp],
    ) -> None:
        self.compiled = compiled
        self.rows = rows
        self.event = event
        self.views = views
