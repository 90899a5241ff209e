"""Comparing two snapshots of a project, with what is published and stored of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from batch_etl.diff.judge import Finding, judge, unneeded
from batch_etl.diff.snapshots import CURRENT, snapshot_named
from drivers.published import Published, published
from drivers.registry import Registry, take_snapshot
from onedag.errors import ConfigurationError
from onedag.project import Project
from onedag.settings import ProjectSettings, find_pyproject
from onedag.snapshots.changes import Changes, compare

if TYPE_CHECKING:
    from drivers.estimates import Estimate

__all__ = ["Difference", "difference", "project_without_modules"]


@dataclass(frozen=True, slots=True)
class Difference:
    """What two snapshots differ in, and what that means for what is published.

    Attributes:
        changes: between them.
        working_tree: whether the new one is the project as it is loaded.
        published: models, and the views that the store has values of.
        findings: what published models would see.
        unneeded: names that acknowledge nothing.
        estimates: of what materializing the views that must be will take, by the view's name;
            none where that wasn't asked for.
        unestimated: why that of some can't be told, likewise.
    """

    changes: Changes
    working_tree: bool
    published: Published
    findings: tuple[Finding, ...]
    unneeded: tuple[str, ...]
    estimates: Mapping[str, Estimate] = field(default_factory=dict)
    unestimated: Mapping[str, str] = field(default_factory=dict)

    @property
    def failures(self) -> tuple[Finding, ...]:
        """What published models would see, and nobody acknowledged."""
        return tuple(finding for finding in self.findings if not finding.acknowledged)

    @property
    def to_materialize(self) -> tuple[str, ...]:
        """The views whose values must be stored anew, but for those that already are."""
        return tuple(
            view.name
            for view in self.changes.views
            if view.to_materialize and not self.is_stored(view.name)
        )

    def is_stored(self, view: str) -> bool:
        """Whether the store has the values that the new snapshot means."""
        record = self.published.records.get(view)
        return record is not None and record.meaning == self.changes.new.views[view].meaning


def difference(
    project: Project,
    old: str | None = None,
    new: str | None = None,
    acknowledge: Collection[str] = (),
) -> Difference:
    """Compare two snapshots of a project's registry, or one with the project as it is loaded.

    Args:
        project: with its registry and store.
        old: see `snapshot_named`; the current one by default.
        new: likewise; the project as it is loaded by default.
        acknowledge: names whose change published models may see, besides the project's own.

    Raises:
        RegistryError: there is no such snapshot, or it can't be read.
        ConfigurationError: the project has no registry.
    """
    if project.registry is None:
        raise ConfigurationError("The project has no registry: pass Project(registry=…).")
    registry = Registry(project.registry)
    before = snapshot_named(old or CURRENT, registry)
    after = take_snapshot(project) if new is None else snapshot_named(new, registry)
    changes = compare(before, after)
    served = published(project, before, after.services, _changed_views(changes))
    findings = judge(after, served, project.acknowledged, acknowledge)
    idle = unneeded({*project.acknowledged, *acknowledge}, findings)
    return Difference(changes, new is None, served, findings, idle)


def _changed_views(changes: Changes) -> list[str]:
    return [view.name for view in changes.views if view.to_materialize]


def project_without_modules(directory: Path) -> Project:
    """A project's registry and store alone, to compare snapshots while its code doesn't load.

    Raises:
        ConfigurationError: no such file, an unknown key or a wrong value.
    """
    pyproject = find_pyproject(directory)
    settings = ProjectSettings.read(pyproject)
    return Project(
        [],
        store=settings.store,
        offline=settings.offline,
        registry=settings.registry,
        root=pyproject.parent,
        acknowledged=settings.acknowledged,
    )
