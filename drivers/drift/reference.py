"""What later rows are compared with: a published run and the statistics of its frame."""

from __future__ import annotations

import json
from dataclasses import dataclass

from drivers.serving.compiled import current_run
from drivers.stored.records import RunRecord, run_key, runs_key, statistics_key
from drivers.stores import Store
from onedag.errors import NotPublished, UnknownName
from onedag.statistics import FrameStatistics

__all__ = ["Reference", "kept_run", "reference"]


@dataclass(frozen=True, slots=True)
class Reference:
    """One published run.

    Attributes:
        run: its record.
        statistics: of its training frame.
    """

    run: RunRecord
    statistics: FrameStatistics


def reference(store: Store, service: str, run_id: str | None = None) -> Reference:
    """A service's run as the store has it, the one that is served by default.

    Raises:
        UnknownName: the store has no such run of the service.
        NotPublished: no run is published, or it was before statistics were kept.
    """
    run = current_run(service, store) if run_id is None else kept_run(store, service, run_id)
    [blob] = store.read([statistics_key(run.run_id)])
    if blob is None:
        raise NotPublished(
            f"Run {run.run_id} of service {service!r} was published before statistics were kept, "
            f"so nothing can be compared with it. Publish again: `onedag train {service}`, or "
            f"BatchDriver.publish(frame)."
        )
    return Reference(run, FrameStatistics.from_bytes(blob))


def kept_run(store: Store, service: str, run_id: str) -> RunRecord:
    """A published run by its id, as long as the store keeps it.

    Raises:
        UnknownName: the store has no such run of the service.
    """
    listed, blob = store.read([runs_key(service), run_key(run_id)])
    kept = [] if listed is None else json.loads(listed)
    if blob is None or run_id not in kept:
        raise UnknownName.among(f"kept run of service {service!r}", run_id, kept)
    return RunRecord.from_bytes(blob)
