"""Publishing a training run: what a server needs of it, in the store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from drivers.fitted import to_json
from drivers.frames import TrainingFrame
from drivers.stored.records import (
    RunRecord,
    current_key,
    drift_key,
    run_key,
    runs_key,
    skew_key,
    statistics_key,
)
from drivers.stores import Store
from onedag.durations import micros
from onedag.errors import StoreError
from onedag.statistics import FrameStatistics

__all__ = ["KEPT_RUNS", "publish", "run_record"]

KEPT_RUNS = 20
"""How many runs of a service a store keeps, so that it doesn't grow with each that is published."""


def run_record(frame: TrainingFrame, code: Mapping[str, str] | None = None) -> RunRecord:
    """What a server needs of a frame's run.

    Args:
        frame: of the run.
        code: what its functions are written as, by name.
    """
    return RunRecord(
        frame.run_id,
        frame.service,
        frame.created_at,
        len(frame),
        frame.schema,
        frame.inputs,
        {step.name: to_json(step, frame.fitted[step.name]) for step in frame.plan.fitted},
        frame.plan.looked_up_columns(),
        frame.verdicts.verified,
        frame.verdicts.refused,
        frame.snapshot,
        code or {},
    )


def publish(record: RunRecord, statistics: FrameStatistics, store: Store, now: datetime) -> None:
    """Make a run the one that is served, and forget those before the last `KEPT_RUNS`.

    The statistics of its frame stay in the store as long as the run does, and so does what is
    measured of it later (`drivers.stored.measured`).

    Raises:
        StoreError: a run was published at a later time, by this clock, and stands.
    """
    moment = micros(now)
    described = statistics.to_bytes()
    with store.write() as writer:
        [listed] = store.read([runs_key(record.service)])
        before = [] if listed is None else json.loads(listed)
        runs = [*(run for run in before if run != record.run_id), record.run_id]
        kept = [run_key(record.run_id), statistics_key(record.run_id)]
        writer.put(kept, [record.to_bytes(), described], moment)
        writer.put([current_key(record.service)], [record.run_id.encode()], moment)
        writer.put([runs_key(record.service)], [json.dumps(runs[-KEPT_RUNS:]).encode()], moment)
        writer.remove([key for run in runs[:-KEPT_RUNS] for key in _keys_of(run)], moment)
    [current] = store.read([current_key(record.service)])
    if current != record.run_id.encode():
        with store.write() as writer:
            writer.remove(_keys_of(record.run_id), moment)
        raise StoreError(
            f"Run {record.run_id} isn't the one that is served: the store has "
            f"{current and current.decode()!r}, published later than this clock's "
            f"{now:%Y-%m-%d %H:%M:%S} UTC. Set the clock right and publish again."
        )


def _keys_of(run_id: str) -> list[bytes]:
    return [key(run_id) for key in (run_key, statistics_key, drift_key, skew_key)]
