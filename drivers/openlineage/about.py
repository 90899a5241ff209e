"""OpenLineage's facets of jobs and runs, as the client's own classes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from importlib.metadata import version
from itertools import islice
from urllib.parse import urlsplit

import attr
from openlineage.client.facet_v2 import (
    JobFacet,
    RunFacet,
    error_message_run,
    job_type_job,
    nominal_time_run,
    ownership_job,
    parent_run,
    processing_engine_run,
    source_code_location_job,
)

from drivers.openlineage.facets import producer
from drivers.openlineage.settings import bare_url
from onedag.snapshots import Commit

__all__ = [
    "OnedagRunFacet",
    "engine",
    "error_message",
    "job_type",
    "nominal_time",
    "onedag_run",
    "ownership",
    "parent",
    "source_code",
]

MOST_CAUSES = 5
"""An error can be its own cause."""

_SCP = re.compile(r"(?P<at>[^@/:]+@)?(?P<host>[^/:]+):(?P<path>.+)")


@attr.define
class OnedagRunFacet(RunFacet):
    """What OpenLineage has no facet of: ``onedag_run`` of a run.

    Attributes:
        onedagRunId: of the training run: what the store, the model and answers call it.
        service: whose run it is.
        snapshot: id of the project's snapshot, as ``onedag snapshots`` lists them.
        commit: of the code, as a git hash.
        uncommitted: whether files of the project differed from it.
    """

    onedagRunId: str | None = None  # noqa: N815
    service: str | None = None
    snapshot: str | None = None
    commit: str | None = None
    uncommitted: bool | None = None


def onedag_run(
    run_id: str | None, service: str | None, snapshot: str | None, commit: Commit | None
) -> dict[str, RunFacet]:
    """What onedag calls a run, and what it was made from."""
    facet = OnedagRunFacet(
        onedagRunId=run_id,
        service=service,
        snapshot=snapshot or None,
        commit=commit.hash if commit else None,
        uncommitted=commit.dirty if commit else None,
        producer=producer(),
    )
    return {"onedag_run": facet}


def engine() -> dict[str, RunFacet]:
    """What computes."""
    facet = processing_engine_run.ProcessingEngineRunFacet(
        version=version("onedag"),
        name="onedag",
        openlineageAdapterVersion=version("openlineage-python"),
        producer=producer(),
    )
    return {"processing_engine": facet}


def nominal_time(start: datetime, end: datetime | None = None) -> dict[str, RunFacet]:
    """The moments that values are of, whenever they are computed."""
    facet = nominal_time_run.NominalTimeRunFacet(
        nominalStartTime=start.isoformat(),
        nominalEndTime=None if end is None else end.isoformat(),
        producer=producer(),
    )
    return {"nominalTime": facet}


def parent(run_id: str, namespace: str, job: str) -> dict[str, RunFacet]:
    """The run that another one is a part of."""
    facet = parent_run.ParentRunFacet(
        run=parent_run.Run(runId=run_id),
        job=parent_run.Job(namespace=namespace, name=job),
        producer=producer(),
    )
    return {"parent": facet}


def error_message(error: BaseException) -> dict[str, RunFacet]:
    """The kind of error that a run failed with.

    Neither its text nor a stack trace goes out: errors quote values of rows, a database's the text
    of a query, and a URL may have a password.
    """
    kinds = ", from ".join(type(each).__name__ for each in islice(_chain(error), MOST_CAUSES))
    said = f"{kinds}: what it says is in the job's own output, because it may quote data."
    facet = error_message_run.ErrorMessageRunFacet(said, "PYTHON", producer=producer())
    return {"errorMessage": facet}


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, and those that it was raised from."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def job_type(name: str, processing: str = "BATCH") -> dict[str, JobFacet]:
    """What kind of job it is, such as ``MATERIALIZE``."""
    facet = job_type_job.JobTypeJobFacet(
        processingType=processing, integration="ONEDAG", jobType=name, producer=producer()
    )
    return {"jobType": facet}


def ownership(owners: Iterable[str]) -> dict[str, JobFacet]:
    """The owners of what a job computes; no facet where nobody is named."""
    found = [ownership_job.Owner(name=name) for name in sorted(set(owners) - {""})]
    return (
        {"ownership": ownership_job.OwnershipJobFacet(found, producer=producer())} if found else {}
    )


def source_code(remote: str | None, commit: Commit | None) -> dict[str, JobFacet]:
    """Where the code is; no facet without a git remote.

    Args:
        remote: as git has it, such as ``git@host:team/repository.git``.
        commit: that is checked out.
    """
    if not remote or commit is None:
        return {}
    url = _url_of(remote)
    facet = source_code_location_job.SourceCodeLocationJobFacet(
        type="git", url=url, repoUrl=url, version=commit.hash, producer=producer()
    )
    return {"sourceCodeLocation": facet}


def _url_of(remote: str) -> str:
    scp = _SCP.fullmatch(remote)
    if scp and "://" not in remote:
        return f"ssh://{scp['host']}/{scp['path']}"
    return bare_url(remote) if urlsplit(remote).scheme else f"file://{remote}"
