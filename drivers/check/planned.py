"""A project planned as far as it can be: what else is checked goes by it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from drivers.check.findings import Findings
from drivers.check.sampling import SampledReader
from drivers.check.trials import Finding
from onedag.dtypes import ColumnType
from onedag.errors import MissingInput, OnedagError, UnknownName
from onedag.planner import Cut, Plan, View, declared_views, merge_views, plan, plan_view
from onedag.project import Project
from onedag.service import EVENT_TIMESTAMP, FeatureService

__all__ = ["PlannedProject", "planned"]


@dataclass(frozen=True, slots=True)
class PlannedProject:
    """What could be planned.

    Attributes:
        project: that is checked.
        columns: the names of the columns of each source that can be opened.
        types: of those columns that something needs, by the source's name.
        plans: of the services that can be planned.
        views: the declared views whose sources can be opened, each with how its rows are computed.
        failed: the services that can't be planned.
        broken: the names of the sources that can't be opened.
    """

    project: Project
    columns: Mapping[str, tuple[str, ...]]
    types: Mapping[str, Mapping[str, ColumnType]]
    plans: tuple[Plan, ...]
    views: tuple[tuple[View, Cut], ...]
    failed: tuple[FeatureService, ...]
    broken: frozenset[str]


def planned(
    project: Project,
    services: Iterable[FeatureService],
    reader: SampledReader,
    findings: Findings,
) -> PlannedProject:
    """Plan services and views; what can't be is a problem.

    Args:
        project: that is checked.
        services: those to plan.
        reader: of the sources.
        findings: where problems go.
    """
    columns = reader.columns(project.sources.values())
    for name, error in reader.broken.items():
        findings.add(name, Finding("source", str(error)))
    plans: list[Plan] = []
    failed: list[FeatureService] = []
    for service in services:
        try:
            plans.append(plan(service, project, columns))
        except OnedagError as error:
            failed.append(service)
            if not _for_want_of_a_source(error, project, reader):
                findings.add(service.name, Finding("plan", str(error)))
    views = tuple(_views(project, columns, reader, findings))
    types = _types(reader, [view for p in plans for view in p.training.views], views)
    broken = frozenset(reader.broken)
    return PlannedProject(project, columns, types, tuple(plans), views, tuple(failed), broken)


def _for_want_of_a_source(error: OnedagError, project: Project, reader: SampledReader) -> bool:
    """Whether a name may be unknown only because a source can't be opened, which is said."""
    keyed = any(project.sources[name].key is not None for name in reader.broken)
    return keyed and isinstance(error, MissingInput | UnknownName)


def _views(
    project: Project,
    columns: Mapping[str, tuple[str, ...]],
    reader: SampledReader,
    findings: Findings,
) -> Iterator[tuple[View, Cut]]:
    for view in declared_views(project.graph).values():
        if view.source.name in reader.broken:
            continue
        try:
            yield view, plan_view(view, project, columns)
        except OnedagError as error:
            findings.add(view.name, Finding("plan", str(error)))


def _types(
    reader: SampledReader, looked_up: Iterable[View], views: Iterable[tuple[View, Cut]]
) -> dict[str, dict[str, ColumnType]]:
    """The types of the columns that views need: of one row, for no type depends on the rows."""
    needed: dict[str, tuple[View, dict[str, None]]] = {}
    for view in merge_views(looked_up).values():
        raw = [feature.name for feature in view.features if feature.node is None]
        needed.setdefault(view.source.name, (view, {}))[1].update(
            dict.fromkeys([*view.join_keys, *raw])
        )
    for view, cut in views:
        names = [name for name in cut.given if name != EVENT_TIMESTAMP]
        needed.setdefault(view.source.name, (view, {}))[1].update(
            dict.fromkeys([*view.join_keys, *names])
        )
    found: dict[str, dict[str, ColumnType]] = {}
    for name, (view, columns) in needed.items():
        if name in reader.broken:
            continue
        try:
            schema = reader.part(view.source, list(columns)).schema
        except OnedagError:  # said where its rows are tried
            continue
        found[name] = {column: ColumnType(schema.field(column).type) for column in columns}
    return found
