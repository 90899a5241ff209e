"""`plan`: how one service is trained and served."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from onedag.errors import InvalidDefinition, SourceError, UnknownName
from onedag.graph import FunctionGraph, FunctionNode, Kind
from onedag.planner.cut import Cut, Origin, Site, cut
from onedag.planner.explain import explain
from onedag.planner.views import View
from onedag.service import EVENT_TIMESTAMP, FeatureService, RequestField
from onedag.source import Source

__all__ = ["Definitions", "Plan", "plan", "plan_view"]


class Definitions(Protocol):
    """What the planner needs of a `Project`."""

    @property
    def graph(self) -> FunctionGraph:
        """The functions."""

    sources: dict[str, Source]

    def service(self, service: str | FeatureService) -> FeatureService:
        """A service by name."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The two cuts of one service: the same functions, with fitted values computed or pinned.

    Attributes:
        service: what was planned.
        fields: the fields of its request.
        training: what a training frame needs; fitted functions are among its steps.
        serving: what a request needs; fitted values are given by the published run.
    """

    service: FeatureService
    fields: Mapping[str, RequestField]
    training: Cut
    serving: Cut

    @property
    def fitted(self) -> tuple[FunctionNode, ...]:
        """The fitted functions, in the order in which they are computed."""
        return tuple(step for step in self.training.steps if step.kind is Kind.FITTED)

    @property
    def features(self) -> Mapping[str, Origin]:
        """The origin of each feature, in the service's order."""
        return {name: self.serving.origins[name] for name in self.service.features}

    def looked_up_columns(self) -> dict[str, tuple[str, ...]]:
        """The raw columns that are looked up, by source: all that the planner must know of files.

        With these as ``columns`` the service plans again to the same plan, without a source being
        opened.
        """
        found: dict[str, list[str]] = {}
        for view in self.training.views:
            names = [feature.name for feature in view.features if feature.node is None]
            if names:
                found.setdefault(view.source.name, []).extend(names)
        return {source: tuple(names) for source, names in found.items()}

    def explain(self, calls: Mapping[str, str] | None = None) -> str:
        """The plan as a table for people: what is carried, read, fitted and computed.

        Args:
            calls: for each function how it is called when a request is answered, and why; it's
                known of a published run.
        """
        return explain(self.service, self.fields, self.training, self.serving, calls or {})

    def __str__(self) -> str:
        return self.explain()


def plan(
    service: str | FeatureService,
    project: Definitions,
    columns: Mapping[str, Collection[str]] | None = None,
) -> Plan:
    """Plan a service.

    Args:
        service: its name, or a `FeatureService`.
        project: where the functions, sources and services are.
        columns: the columns of sources by the source's name, for those whose data is a file.
            Drivers read and pass them; without them only a source that is a table in memory can
            be looked up in by column.

    Raises:
        UnknownName: no such service, or a feature that is neither a function, nor a field, nor a
            column of any source.
        MissingInput: something that the features need is provided by nothing.
        AmbiguousInput: an input is provided by more than one source.
        InvalidDefinition: a feature that isn't a column: a fitted value, or a table.
    """
    found = project.service(service)
    fields = found.request_fields()
    known = _known_columns(project, columns)
    for name in found.features:
        _refuse_unknown(name, found, project.graph, known)
        _refuse_other_than_column(name, found, project.graph)
    cuts = {
        mode: cut(
            project.graph,
            found.features,
            Site(f"service {found.name!r}", fields, known, project.sources, mode),
        )
        for mode in ("compute", "pinned")
    }
    return Plan(found, fields, cuts["compute"], cuts["pinned"])


def plan_view(
    view: View, project: Definitions, columns: Mapping[str, Collection[str]] | None = None
) -> Cut:
    """Plan the rows of a view's source: what its features' functions take, and the join keys.

    Raises:
        SourceError: the source lacks a join key.
        MissingInput: a function of the view needs what neither the source nor another view has.
    """
    known = _known_columns(project, columns)
    given = known.get(view.source.name)
    wanted = wanted_inputs(view)
    if given is None:  # not opened yet: what no function gives must be a column; reading it checks
        given = [name for name in _upstream(project.graph, wanted) if name not in project.graph]
    else:
        lacking = [key for key in view.join_keys if key not in given]
        if lacking:
            raise SourceError(
                f"Source {view.source.name!r} has no column {', '.join(map(repr, lacking))}, a "
                f"join key of {view.name!r}. It has {', '.join(sorted(given))}."
            )
    return cut(
        project.graph,
        wanted,
        Site(f"source {view.source.name!r}", given, known, project.sources, "refuse"),
    )


def wanted_inputs(view: View) -> tuple[str, ...]:
    """What must be there for each row of a view's source, the raw columns among it."""
    names: list[str] = []
    for feature in view.features:
        if feature.node is None:
            names.append(feature.name)
        else:
            names.extend(feature.node.inputs)
    return tuple(dict.fromkeys(names))


def _upstream(graph: FunctionGraph, names: Collection[str]) -> set[str]:
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            node = graph.get(name)
            if node and not node.kind.stored:
                left.extend(parameter.name for parameter in node.parameters if parameter.required)
    return found


def _known_columns(
    project: Definitions, columns: Mapping[str, Collection[str]] | None
) -> dict[str, Collection[str]]:
    known: dict[str, Collection[str]] = dict(columns or {})
    for source in project.sources.values():
        in_memory = source.columns_without_reading()
        if source.name not in known and in_memory is not None:
            known[source.name] = in_memory
    return known


def _refuse_other_than_column(name: str, service: FeatureService, graph: FunctionGraph) -> None:
    node = graph.get(name)
    if node is None or name in service.request.model_fields:
        return
    if node.kind is Kind.FITTED:
        raise InvalidDefinition(
            f"Service {service.name!r}: {name!r} is a fitted value, one for the whole training "
            f"frame. A feature is a column: use a row function that takes {name!r}."
        )
    if node.returns is pd.DataFrame:
        raise InvalidDefinition(
            f"Service {service.name!r}: {name!r} returns a table. A feature is one column: name "
            f"its columns with @extract_columns, and list those."
        )


def _refuse_unknown(
    name: str,
    service: FeatureService,
    graph: FunctionGraph,
    known: Mapping[str, Collection[str]],
) -> None:
    fields = service.request.model_fields
    columns = {column for names in known.values() for column in names}
    if name in graph or name in fields or name in columns or name == EVENT_TIMESTAMP:
        return
    windows = [node for node in graph if node.startswith(f"{name}_")]
    error = UnknownName.among("feature", name, [*graph, *fields])
    hint = f" Its windows are {', '.join(sorted(windows))}." if windows else ""
    raise UnknownName(f"Service {service.name!r}: {error}{hint}")
