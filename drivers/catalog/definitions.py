"""`Definitions`: the part of a catalog that follows from the code, made once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from onedag.catalog import Index
from onedag.errors import OnedagError
from onedag.lineage import (
    Lineage,
    PiiFlow,
    dead_functions,
    flows_of,
    project_lineage,
    service_lineage,
)
from onedag.planner import Plan, plan
from onedag.project import Project
from onedag.snapshots import Commit, Snapshot, snapshot_of

__all__ = ["Definitions", "Drawn", "define", "drawn_with"]

_Columns = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Definitions:
    """What a project's code says.

    Attributes:
        snapshot: of the code.
        plans: of the services that can be planned and drawn, by name.
        unplanned: why others can't be, by name.
        columns: of the sources, by name, to draw the lineage with.
        written: what the functions are written as, by name (`FunctionSnapshot.written`).
    """

    snapshot: Snapshot
    plans: Mapping[str, Plan]
    unplanned: Mapping[str, str]
    columns: _Columns
    written: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What follows from the definitions and the models.

    Attributes:
        lineage: with what no service uses.
        pii: flows of personal data.
        dead: functions that no service needs.
        index: of the snapshot and the lineage.
    """

    lineage: Lineage
    pii: tuple[PiiFlow, ...]
    dead: tuple[str, ...]
    index: Index


def define(
    project: Project,
    types: Mapping[str, Mapping[str, str]],
    looked_up: Mapping[str, _Columns],
    commit: Commit | None,
    code: Mapping[str, str] | None = None,
) -> Definitions:
    """Plan the services of a project and take its snapshot.

    Args:
        project: as it is loaded.
        types: Arrow types as text, by source and column, of the sources that are known.
        looked_up: what the run of a service looks up in sources, by service: with these columns
            it plans as it is served.
        commit: of the code.
        code: what the functions are written as, by name, if that is known already.
    """
    columns = {source: tuple(of) for source, of in types.items()}
    plans, unplanned = {}, {}
    for name in project.services:
        attempts = [looked_up[name]] if name in looked_up else []
        try:
            plans[name] = _first_plan(project, name, [*attempts, columns])
        except OnedagError as error:
            unplanned[name] = str(error)
    drawing, undrawn = _known_or_used(project, plans, columns)
    plans = {name: planned for name, planned in plans.items() if name not in undrawn}
    snapshot = snapshot_of(project, types, commit, plans)
    written = code or {name: of.written for name, of in snapshot.functions.items()}
    return Definitions(snapshot, plans, {**unplanned, **undrawn}, drawing, written)


def drawn_with(project: Project, defined: Definitions, models: Mapping[str, str]) -> Drawn:
    """The lineage of what is defined, with models.

    Args:
        project: that is defined.
        defined: of the same.
        models: what to say of the model of each service that has one, by the service's name.
    """
    plans, columns = defined.plans.values(), defined.columns
    shown = {name: said for name, said in models.items() if name in defined.plans}
    lineage = project_lineage(plans, project, columns, shown)
    index = Index(defined.snapshot, lineage)
    return Drawn(lineage, flows_of(lineage), _dead(project, defined, lineage), index)


def _first_plan(project: Project, service: str, attempts: Iterable[_Columns]) -> Plan:
    """A plan with the first of several known columns that allow one."""
    failed = []
    for columns in attempts:
        try:
            return plan(service, project, columns)
        except OnedagError as error:
            failed.append(error)
    raise failed[-1]


def _known_or_used(
    project: Project, plans: Mapping[str, Plan], columns: _Columns
) -> tuple[_Columns, dict[str, str]]:
    """The columns to draw with, and why some services can't be drawn with them.

    What is known of sources may be of an earlier time than the code. Where it doesn't fit, the
    columns that functions use are taken as those that there are.
    """
    failed = _undrawn(project, plans, columns)
    if not failed:
        return columns, {}
    without = _undrawn(project, plans, {})
    return ({}, without) if len(without) < len(failed) else (columns, failed)


def _undrawn(project: Project, plans: Mapping[str, Plan], columns: _Columns) -> dict[str, str]:
    failed = {}
    for name, planned in plans.items():
        try:
            service_lineage([planned], project, columns)
        except OnedagError as error:
            failed[name] = str(error)
    return failed


def _dead(project: Project, defined: Definitions, lineage: Lineage) -> tuple[str, ...]:
    """What a service that can't be planned may need isn't dead."""
    broken = [f for name in defined.unplanned for f in project.services[name].features]
    untold = project.graph.upstream(broken)
    return dead_functions(lineage, [name for name in project.graph if name not in untold])
