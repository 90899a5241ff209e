"""What a scrape shows: the app's own registry, or what all workers have written to their folder.

prometheus-client lets several processes share a folder of numbers, if ``PROMETHEUS_MULTIPROC_DIR``
names one when they start. Each writes its own numbers there, and the one that is asked adds up
those of all. It can't tell two apps of one process apart there: they would write over each other.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    Metric,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from onedag.clock import Clock, SystemClock
from onedag.errors import ConfigurationError

__all__ = ["Exposed", "shared_folder"]

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
AS_OF = "onedag_view_as_of_timestamp_seconds"

_LIVE = re.compile(r"gauge_live[a-z]*_(\d+)\.db").fullmatch


def shared_folder() -> Path | None:
    """The folder that several processes share; None where each has its own numbers.

    Raises:
        ConfigurationError: it isn't there, or has no name: prometheus-client then takes the current
            folder.
    """
    if (named := os.environ.get(FOLDER)) is None:
        return None
    if not named or not (folder := Path(named)).is_dir():
        raise ConfigurationError(
            f"{FOLDER} is {named!r}, and there is no such folder. Make an empty one before the "
            f"server starts, in which its workers share their metrics; or unset the variable."
        )
    return folder


class Exposed:
    """A collector of all that ``/metrics`` shows.

    Args:
        registry: of the app's metrics.
        clock: of the age of views.

    Attributes:
        folder: that the workers share, or None.

    Raises:
        ConfigurationError: as `shared_folder`.
    """

    def __init__(self, registry: CollectorRegistry, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self.folder = shared_folder()
        self._source: Collector = registry
        if self.folder is not None:
            self._source = MultiProcessCollector(None, str(self.folder))  # type: ignore[no-untyped-call]
        else:  # these are of one process
            for standard in (ProcessCollector, PlatformCollector, GCCollector):
                standard(registry=registry)

    def collect(self) -> Iterator[Metric]:
        """All metrics, with those that follow from the time."""
        if self.folder is not None:
            _forget_the_dead(self.folder)
        for metric in self._source.collect():
            yield metric
            if metric.name == AS_OF:
                yield self._freshness(metric)
        yield _build()

    def _freshness(self, as_of: Metric) -> Metric:
        family = GaugeMetricFamily(
            "onedag_view_freshness_seconds",
            "How long ago the newest materialization was that this server has seen.",
            labels=["view"],
        )
        now = self._clock.now().timestamp()
        for sample in as_of.samples:
            family.add_metric([sample.labels["view"]], now - sample.value)
        return family


def _build() -> Metric:
    try:
        ours = version("onedag")
    except PackageNotFoundError:  # run from its source
        ours = "unknown"
    family = GaugeMetricFamily(
        "onedag_build_info", "1 for the versions that run.", labels=["version", "python"]
    )
    family.add_metric([ours, platform.python_version()], 1)
    return family


def _forget_the_dead(folder: Path) -> None:
    """A worker that is gone has no queue. What it counted stays."""
    if os.name != "posix":  # elsewhere there is no asking whether a process lives
        return
    pids = {int(found[1]) for file in folder.iterdir() if (found := _LIVE(file.name))}
    for pid in pids:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            with suppress(FileNotFoundError):  # another worker, scraped meanwhile, was quicker
                mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
        except PermissionError:  # it lives, as another user's
            continue
