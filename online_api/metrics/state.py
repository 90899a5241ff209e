"""How a server stands at this moment, read from what it holds: no store is asked, nothing waits."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import Gauge

from drivers.serving.compiled import CompiledService
from online_api.metrics.exposed import shared_folder
from online_api.metrics.names import Names
from online_api.serving import Serving

__all__ = ["State"]


class State:
    """Sets the gauges, and the counters that others count.

    Args:
        names: the metrics.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._runs: set[tuple[str, str, str]] = set()
        self._log: object = None
        self._written = self._dropped = 0

    def show(self, serving: Serving) -> None:
        """Set each to what is the case."""
        for name, queue in serving.queues.items():
            self._names.queue_rows.labels(name).set(queue.waiting_rows)
            self._names.queue_requests.labels(name).set(queue.waiting_requests)
            self._names.batches_running.labels(name).set(queue.running)
        for name, model in serving.models.items():
            self._names.model.labels(name).set(model.is_loaded)
        loaded = serving.loaded
        for view, as_of in _newest(loaded).items():
            self._names.as_of.labels(view).set(as_of / 1e6)
        self._show_runs(loaded)
        self._show_log(serving)

    def _show_runs(self, loaded: Iterable[CompiledService]) -> None:
        now = {(each.name, each.run.run_id, each.run.snapshot) for each in loaded}
        for gone in self._runs - now:
            _take_away(self._names.run, gone)
        for run in now:
            self._names.run.labels(*run).set(1)
        self._runs = now

    def _show_log(self, serving: Serving) -> None:
        log = serving.log
        if log is None:
            return
        if log is not self._log:  # an app that was started again has another one
            self._log, self._written, self._dropped = log, 0, 0
        written, dropped = log.rows, log.dropped
        self._names.log_written.inc(written - self._written)
        self._names.log_dropped.inc(dropped - self._dropped)
        self._written, self._dropped = written, dropped


def _newest(loaded: Iterable[CompiledService]) -> dict[str, int]:
    """The newest materialization of each view that any service has loaded; microseconds."""
    newest: dict[str, int] = {}
    for compiled in loaded:
        for reader in compiled.readers:
            view = reader.view.name
            newest[view] = max(reader.record.as_of, newest.get(view, reader.record.as_of))
    return newest


def _take_away(gauge: Gauge, labels: tuple[str, ...]) -> None:
    if shared_folder() is None:
        gauge.remove(*labels)
    else:  # what is in a file stays there
        gauge.labels(*labels).set(0)
