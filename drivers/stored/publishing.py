"""Publishing a training run: what a server needs of it, in the store."""

from __future__ import annotations

import json
from datetime import datetime

from drivers.fitted import to_json
from drivers.frames import TrainingFrame
from drivers.stored.records import RunRecord, current_key, run_key, runs_key
from drivers.stores import Store
from onedag.durations import micros
from onedag.errors import StoreError

__all__ = ["KEPT_RUNS", "publish", "run_record"]

KEPT_RUNS = 20
"""How many runs of a service a store keeps, so that it doesn't grow with each that is published."""


def run_record(frame: TrainingFrame) -> RunRecord:
    """What a server needs of a frame's run."""
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
    )


def publish(record: RunRecord, store: Store, now: datetime) -> None:
    """Make a run the one that is served, and forget those before the last `KEPT_RUNS`.

    Raises:
        StoreError: a run was published at a later time, by this clock, and stands.
    """
    moment = micros(now)
    with store.write() as writer:
        [listed] = store.read([runs_key(record.service)])
        before = [] if listed is None else json.loads(listed)
        runs = [*(run for run in before if run != record.run_id), record.run_id]
        writer.put([run_key(record.run_id)], [record.to_bytes()], moment)
        writer.put([current_key(record.service)], [record.run_id.encode()], moment)
        writer.put([runs_key(record.service)], [json.dumps(runs[-KEPT_RUNS:]).encode()], moment)
        writer.remove([run_key(run) for run in runs[:-KEPT_RUNS]], moment)
    [current] = store.read([current_key(record.service)])
    if current != record.run_id.encode():
        with store.write() as writer:
            writer.remove([run_key(record.run_id)], moment)
        raise StoreError(
            f"Run {record.run_id} isn't the one that is served: the store has "
            f"{current and current.decode()!r}, published later than this clock's "
            f"{now:%Y-%m-%d %H:%M:%S} UTC. Set the clock right and publish again."
        )
