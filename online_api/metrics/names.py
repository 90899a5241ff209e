"""The metrics by name, as prometheus-client's own objects, in a registry of their own."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from online_api.metrics.tally import BATCH_SIZES, SECONDS, Tally

__all__ = ["Names", "TalliedHistogram"]

_OF_REQUEST = ("service", "route")


class TalliedHistogram(Histogram):
    """A histogram that takes many numbers at once, which the library has no method for."""

    def add(self, tally: Tally) -> None:
        """Add what a tally of the same buckets has, and empty it."""
        counts, total = tally.take()
        if not any(counts):
            return
        self._sum.inc(total)
        for bucket, count in zip(self._buckets, counts, strict=True):
            if count:
                bucket.inc(count)


class Names:
    """All metrics of one app.

    The modes of the gauges say what several processes that share a folder of numbers show together:
    the sum of those that live, or the greatest.

    Args:
        registry: where they are registered.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self.requests = self._counter(
            "onedag_requests",
            "Requests that were answered, by HTTP status.",
            (*_OF_REQUEST, "code"),
        )
        self.request_seconds = self._histogram(
            "onedag_request_duration_seconds",
            "From a request's headers to the end of its answer.",
            _OF_REQUEST,
            SECONDS,
        )
        self.rows = self._counter(
            "onedag_request_rows", "Rows of requests that could be read.", _OF_REQUEST
        )
        self.errors = self._counter(
            "onedag_errors", "Requests that were answered with an error.", (*_OF_REQUEST, "type")
        )
        self.rejected = self._counter(
            "onedag_rejected",
            "Requests given up: too many waited, the deadline passed, the client or server went.",
            ("service", "reason"),
        )
        self.stage_seconds = self._histogram(
            "onedag_stage_duration_seconds",
            "Parts of answering: the wait of a request in the queue; of a batch the others.",
            ("service", "stage"),
            SECONDS,
        )
        self.batch_rows = self._histogram(
            "onedag_batch_rows", "Rows that were answered together.", ("service",), BATCH_SIZES
        )
        self.batch_requests = self._histogram(
            "onedag_batch_requests",
            "Requests that were answered together.",
            ("service",),
            BATCH_SIZES,
        )
        self.values = self._counter(
            "onedag_stored_values",
            "Stored values that were looked up for rows, by view and status.",
            ("service", "view", "status"),
        )
        self.store_errors = self._counter(
            "onedag_store_errors", "Reads of the store that failed or took too long.", ("service",)
        )
        self.log_written = self._counter(
            "onedag_served_log_rows_written", "Rows of the served log that are in files."
        )
        self.log_dropped = self._counter(
            "onedag_served_log_rows_dropped", "Rows that were to be logged and aren't."
        )
        self.queue_rows = self._gauge(
            "onedag_queue_rows", "Rows that wait for their batch.", ("service",), "livesum"
        )
        self.queue_requests = self._gauge(
            "onedag_queue_requests", "Requests that wait for their batch.", ("service",), "livesum"
        )
        self.batches_running = self._gauge(
            "onedag_batches_running", "Batches that are being answered.", ("service",), "livesum"
        )
        self.as_of = self._gauge(
            "onedag_view_as_of_timestamp_seconds",
            "The newest materialization of a view that this server has seen; Unix time.",
            ("view",),
            "livemax",
        )
        self.run = self._gauge(
            "onedag_run_info",
            "1 for the run that is served, as of the last request.",
            ("service", "run_id", "snapshot"),
            "livemax",
        )
        self.model = self._gauge(
            "onedag_model_loaded", "1 where a service has a model.", ("service",), "livemax"
        )

    def _counter(self, name: str, says: str, labels: Sequence[str] = ()) -> Counter:
        return Counter(name, says, labels, registry=self._registry)

    def _histogram(
        self, name: str, says: str, labels: Sequence[str], bounds: Sequence[float]
    ) -> TalliedHistogram:
        return TalliedHistogram(name, says, labels, registry=self._registry, buckets=bounds)

    def _gauge(self, name: str, says: str, labels: Sequence[str], mode: str) -> Gauge:
        return Gauge(name, says, labels, registry=self._registry, multiprocess_mode=mode)  # type: ignore[arg-type]
