"""What metrics and traces are made of: requests and batches, told to observers once they are over.

Observers are called on the event loop, by every request, and must be done in microseconds. What
they are told has the requests' rows in it; nothing of those may leave the process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Protocol, TypeAlias

from starlette.types import Scope

from drivers.serving.stages import Stage
from drivers.serving.vectors import FeatureVectors

if TYPE_CHECKING:
    from online_api.asked import Asked

__all__ = [
    "CLIENT_GONE",
    "FEATURES",
    "NOBODY",
    "PREDICT",
    "Batch",
    "Call",
    "Observer",
    "Observers",
    "Place",
    "path_of",
]

FEATURES, PREDICT = "features", "predict"

CLIENT_GONE = 499
"""As nginx has it; HTTP has no status for what nobody receives."""

Place: TypeAlias = tuple[str, str]
"""A declared service, and `FEATURES` or `PREDICT`."""


def path_of(place: Place) -> str:
    """Where its requests go."""
    return "/v1/services/{}/{}".format(*place)


class Call:
    """One request for features or predictions, from its headers to the end of its answer.

    No dataclass: each request makes one.

    Attributes:
        place: whom it asks, and for what.
        began: on the clock of `time.perf_counter`, in seconds.
        ended: likewise; 0 until then.
        rows: how many it has; 0 if they can't be read.
        run_id: of the answer; None if there is none.
        status: of HTTP; `CLIENT_GONE` until there is one.
        error: the class of the error that it is answered with, or None.
        span: of its trace, for `online_api.tracing`; None if it isn't traced.
    """

    __slots__ = ("began", "ended", "error", "place", "rows", "run_id", "span", "status")

    def __init__(self, place: Place) -> None:
        self.place = place
        self.began = perf_counter()
        self.ended = 0.0
        self.rows = 0
        self.run_id: str | None = None
        self.status = CLIENT_GONE
        self.error: str | None = None
        self.span: object | None = None

    def failed(self, status: int, error: str) -> None:
        """Keep how it ends."""
        self.status = status
        self.error = error


class Batch:
    """Requests that are answered together. It is the `Stages` of its driver.

    Attributes:
        service: its name.
        asked: the requests.
        began: when they left the queue, on the clock of `time.perf_counter`, in seconds.
        ended: when each had been answered; 0 until then.
        vectors: what was made for them; several where parts of the batch were tried apart.
        store_failures: how often the store couldn't be read.
    """

    __slots__ = ("_marks", "asked", "began", "ended", "service", "store_failures", "vectors")

    def __init__(self, service: str, asked: Sequence[Asked]) -> None:
        self.service = service
        self.asked = asked
        self.began = perf_counter()
        self.ended = 0.0
        self.vectors: list[FeatureVectors] = []
        self.store_failures = 0
        self._marks: list[tuple[Stage | None, float]] = []

    def begins(self, stage: Stage) -> None:
        self._marks.append((stage, perf_counter()))

    def ends(self) -> None:
        self._marks.append((None, perf_counter()))

    def store_failed(self) -> None:
        self.store_failures += 1

    @property
    def rows(self) -> int:
        """How many there are of all requests."""
        return sum(len(asked.rows) for asked in self.asked)

    def stages(self) -> Iterator[tuple[Stage, float, float]]:
        """Each stage that it was at, with its begin and end; some more than once."""
        stage, since = None, self.began
        for following, at in self._marks:
            if stage is not None:
                yield stage, since, at
            stage, since = following, at
        if stage is not None:
            yield stage, since, self.ended


class Observer(Protocol):
    """Is told of requests and batches. It raises nothing."""

    def began(self, call: Call, scope: Scope) -> None:
        """A request has come, with its headers."""

    def ended(self, call: Call) -> None:
        """It has been answered."""

    def answered(self, batch: Batch) -> None:
        """Each of a batch has an answer, which may not have been sent yet."""


class Observers:
    """Several observers as one.

    Args:
        observers: none for nobody.
    """

    def __init__(self, observers: Sequence[Observer] = ()) -> None:
        self._observers = tuple(observers)

    def began(self, call: Call, scope: Scope) -> None:
        for observer in self._observers:
            observer.began(call, scope)

    def ended(self, call: Call) -> None:
        call.ended = perf_counter()
        for observer in self._observers:
            observer.ended(call)

    def answered(self, batch: Batch) -> None:
        batch.ended = perf_counter()
        for observer in self._observers:
            observer.answered(batch)


NOBODY: Observer = Observers()
