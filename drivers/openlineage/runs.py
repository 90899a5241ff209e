"""`Teller`: tells of runs: that they start, and how they end."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from openlineage.client.event_v2 import (
    InputDataset,
    Job,
    OutputDataset,
    Run,
    RunEvent,
    RunState,
)
from openlineage.client.facet_v2 import JobFacet, RunFacet
from openlineage.client.uuid import generate_static_uuid

from drivers.openlineage import about
from drivers.openlineage.facets import producer
from drivers.openlineage.sending import Sender
from onedag.clock import Clock

__all__ = ["Telling", "Told", "uuid_of"]

PARENT = "OPENLINEAGE_PARENT_ID"
_OUTER: ContextVar[tuple[str, str, str] | None] = ContextVar("openlineage_parent", default=None)


def uuid_of(moment: datetime, what: str) -> str:
    """The UUID of a run, the same whenever it is asked for.

    Args:
        moment: when it began.
        what: unique among the runs of that moment: a training run's id, or a job's name.
    """
    return str(generate_static_uuid(moment, what.encode()))


@dataclass(frozen=True, slots=True)
class Told:
    """One run of a job, as it is known so far.

    Attributes:
        namespace: of the job.
        job: its name.
        uuid: of the run.
        job_facets: by OpenLineage's names.
        run_facets: likewise.
        inputs: datasets that are read.
        outputs: datasets that are written.
    """

    namespace: str
    job: str
    uuid: str
    job_facets: Mapping[str, JobFacet] = field(default_factory=dict)
    run_facets: Mapping[str, RunFacet] = field(default_factory=dict)
    inputs: Sequence[InputDataset] = ()
    outputs: Sequence[OutputDataset] = ()

    def event(self, state: RunState, moment: datetime) -> RunEvent:
        """The event of a state of the run."""
        return RunEvent(
            eventType=state,
            eventTime=moment.isoformat(),
            run=Run(self.uuid, dict(self.run_facets)),
            job=Job(self.namespace, self.job, dict(self.job_facets)),
            inputs=list(self.inputs),
            outputs=list(self.outputs),
            producer=producer(),
        )

    def failed(self, error: BaseException) -> Told:
        """The same run with why it failed. What it would have written isn't there."""
        return replace(
            self, run_facets={**self.run_facets, **about.error_message(error)}, outputs=()
        )


@dataclass(frozen=True, slots=True)
class Telling:
    """Sends what happens to runs, by a clock."""

    sender: Sender
    clock: Clock

    def start(self, told: Told) -> Told:
        """Say that a run begins; the run with its parent, if it has one."""
        outer = _OUTER.get() or _from_environment()
        if outer is not None:
            told = replace(told, run_facets={**told.run_facets, **about.parent(*outer)})
        self.say(told, RunState.START)
        return told

    def say(self, told: Told, state: RunState) -> None:
        """Say that a run is in a state now."""
        self.sender.send(told.event(state, self.clock.now()))

    def fail(self, told: Told, error: BaseException) -> None:
        """Say that a run failed, or that somebody ended it."""
        ended = not isinstance(error, Exception)
        self.say(told.failed(error), RunState.ABORT if ended else RunState.FAIL)

    @contextmanager
    def within(self, told: Told) -> Iterator[None]:
        """Runs that start in here, in this thread, are parts of this one."""
        token = _OUTER.set((told.uuid, told.namespace, told.job))
        try:
            yield
        finally:
            _OUTER.reset(token)


def _from_environment() -> tuple[str, str, str] | None:
    """The run of a scheduler that started this process: ``namespace/job/run id``."""
    namespace, _, rest = os.environ.get(PARENT, "").partition("/")
    job, _, uuid = rest.rpartition("/")
    try:
        return (str(UUID(uuid)), namespace, job) if namespace and job else None
    except ValueError:  # of another form, and no reason to fail a job
        return None
