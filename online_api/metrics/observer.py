"""`Metrics`: counts what it is told, and brings the metrics up to date when they are asked for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from prometheus_client import CollectorRegistry
from starlette.types import Scope

from drivers.serving.stages import Stage
from onedag.clock import Clock
from online_api.errors import DeadlineExceeded, Disconnected, Overloaded, Stopped
from online_api.metrics.exposed import Exposed
from online_api.metrics.names import Names
from online_api.metrics.state import State
from online_api.metrics.tally import BATCH_SIZES, SECONDS, Tally
from online_api.metrics.values import ValueCounts
from online_api.observing import FEATURES, PREDICT, Batch, Call, Place
from online_api.serving import Serving

__all__ = ["Metrics"]

QUEUE = "queue"
"""The stage before those of `Stage`."""

REJECTED = {
    Overloaded.__name__: "overloaded",
    DeadlineExceeded.__name__: "deadline",
    Disconnected.__name__: "disconnected",
    Stopped.__name__: "stopped",
}
"""The errors of a request that isn't at fault, with the reasons that the metric gives."""


class Metrics:
    """An `Observer` that counts. Everything here happens on the event loop.

    Args:
        services: all that are declared: there are no labels for any other.
        clock: of the age of views.

    Attributes:
        registry: of this app's metrics alone.
        exposed: all that a scrape shows.

    Raises:
        ConfigurationError: ``PROMETHEUS_MULTIPROC_DIR`` names no folder.
    """

    def __init__(self, services: Iterable[str], clock: Clock | None = None) -> None:
        self.registry = CollectorRegistry()
        self.exposed = Exposed(self.registry, clock)
        self._names = Names(self.registry)
        self._state = State(self._names)
        self._services = {name: _OfService() for name in services}
        self._places = {
            (name, route): _OfPlace() for name in self._services for route in (FEATURES, PREDICT)
        }
        self._show_zeros()

    def began(self, call: Call, scope: Scope) -> None:
        """As `Observer`."""

    def ended(self, call: Call) -> None:
        """As `Observer`."""
        place = self._places[call.place]
        place.seconds.add(call.ended - call.began)
        place.rows += call.rows
        place.codes[call.status] += 1
        if call.error is not None:
            place.errors[call.error] += 1

    def answered(self, batch: Batch) -> None:
        """As `Observer`."""
        service = self._services[batch.service]
        waited = service.stages[QUEUE]
        for asked in batch.asked:
            waited.add(batch.began - asked.since)
        for stage, begin, end in batch.stages():
            service.stages[stage].add(end - begin)
        service.rows.add(batch.rows)
        service.requests.add(len(batch.asked))
        service.store_errors += batch.store_failures
        for vectors in batch.vectors:
            service.values.add(vectors)

    def bring_up_to_date(self, serving: Serving | None) -> None:
        """Let the metrics show all that was counted, and how the server stands now.

        Args:
            serving: the server, which isn't asked for anything that could wait; None for one that
                doesn't run.
        """
        for place, of_place in self._places.items():
            self._add_place(place, of_place)
        for name, of_service in self._services.items():
            self._add_service(name, of_service)
        if serving is not None:
            self._state.show(serving)

    def _add_place(self, place: Place, counted: _OfPlace) -> None:
        names = self._names
        names.request_seconds.labels(*place).add(counted.seconds)
        for code, count in counted.codes.items():
            names.requests.labels(*place, code).inc(count)
        for error, count in counted.errors.items():
            names.errors.labels(*place, error).inc(count)
            if error in REJECTED:
                names.rejected.labels(place[0], REJECTED[error]).inc(count)
        names.rows.labels(*place).inc(counted.rows)
        counted.rows = 0
        counted.codes.clear()
        counted.errors.clear()

    def _add_service(self, name: str, counted: _OfService) -> None:
        names = self._names
        for stage, tally in counted.stages.items():
            names.stage_seconds.labels(name, stage).add(tally)
        names.batch_rows.labels(name).add(counted.rows)
        names.batch_requests.labels(name).add(counted.requests)
        names.store_errors.labels(name).inc(counted.store_errors)
        for (view, status), count in counted.values.take().items():
            names.values.labels(name, view, status).inc(count)
        counted.store_errors = 0

    def _show_zeros(self) -> None:
        """A counter whose first number is above zero looks to Prometheus as if it had not risen."""
        for place in self._places:
            self._names.requests.labels(*place, 200)
        for name in self._services:
            for reason in REJECTED.values():
                self._names.rejected.labels(name, reason)
        self.bring_up_to_date(None)


class _OfPlace:
    """What was counted of the requests of one route."""

    __slots__ = ("codes", "errors", "rows", "seconds")

    def __init__(self) -> None:
        self.seconds = Tally(SECONDS)
        self.rows = 0
        self.codes: defaultdict[int, int] = defaultdict(int)
        self.errors: Counter[str] = Counter()


class _OfService:
    """What was counted of the batches of one service."""

    __slots__ = ("requests", "rows", "stages", "store_errors", "values")

    def __init__(self) -> None:
        self.stages = {stage: Tally(SECONDS) for stage in (QUEUE, *Stage)}
        self.rows = Tally(BATCH_SIZES)
        self.requests = Tally(BATCH_SIZES)
        self.store_errors = 0
        self.values = ValueCounts()
