"""What all runs of a project say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from openlineage.client.facet_v2 import RunFacet

from drivers.openlineage import about
from drivers.openlineage.runs import Told
from drivers.registry.git import remote_of
from onedag.project import Project
from onedag.snapshots import Commit

__all__ = ["Known"]


class Known:
    """A project, as its runs tell of it.

    Args:
        project: whose runs.
        namespace: of its jobs.
    """

    def __init__(self, project: Project, namespace: str) -> None:
        self._root, self._namespace = project.root, namespace

    def job(self, name: str) -> str:
        """What is unique to a job among those of all projects."""
        return f"{self._namespace}/{name}"

    def run(
        self,
        job: str,
        kind: str,
        uuid: str,
        owners: Iterable[str] = (),
        commit: Commit | None = None,
        facets: Mapping[str, RunFacet] | None = None,
        processing: str = "BATCH",
    ) -> Told:
        """A run, before it has datasets.

        Args:
            job: its name.
            kind: such as ``MATERIALIZE``.
            uuid: of the run.
            owners: of what it computes.
            commit: of the code.
            facets: of the run.
            processing: ``BATCH`` or ``SERVICE``.
        """
        return Told(
            self._namespace,
            job,
            uuid,
            {
                **about.job_type(kind, processing),
                **about.ownership(owners),
                **about.source_code(self._remote, commit),
            },
            {**about.engine(), **(facets or {})},
        )

    @cached_property
    def _remote(self) -> str | None:
        return remote_of(self._root)
