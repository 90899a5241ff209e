"""The part of a project that a test needs, over the test's rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import replace

from onedag.errors import MissingInput, PlanError
from onedag.graph import FunctionGraph
from onedag.nodes import FunctionNode
from onedag.planner import Cut, Plan, plan, plan_view
from onedag.project import Project
from onedag.service import FeatureService
from onedag.source import Source

__all__ = ["narrowed"]


def narrowed(
    project: Project, service: FeatureService, sources: Mapping[str, Source]
) -> tuple[Project, Plan]:
    """The project with this service only, these sources only, and the functions that they need.

    What is left out needn't be there: neither files of other sources, nor columns of other
    features of a view.

    Args:
        project: whose functions.
        service: what is wanted.
        sources: those with a test's rows, by name.

    Returns:
        The project, and the service's plan in it.

    Raises:
        PlanError: the service can't be planned with these sources.
        MissingInput: a needed source isn't among them.
    """
    whole = _with(project, service, sources, project.graph)
    try:
        planned = plan(service, whole)
    except PlanError as error:
        others = sorted(set(project.sources) - set(sources))
        if others:
            error.add_note(f"No rows are given of the sources {', '.join(others)}.")
        raise
    needed = set(_needed(planned.training, whole))
    graph = {name: node for name, node in whole.graph.items() if name in needed}
    return _with(project, service, sources, FunctionGraph(graph)), planned


def _with(
    project: Project, service: FeatureService, sources: Mapping[str, Source], graph: FunctionGraph
) -> Project:
    other = copy(project)
    other.store, other.registry, other.openlineage = "memory://", None, None
    other.services = {service.name: service}
    other.sources = dict(sources)
    other.graph = FunctionGraph({name: _over(node, sources) for name, node in graph.items()})
    return other


def _over(node: FunctionNode, sources: Mapping[str, Source]) -> FunctionNode:
    definition = node.definition
    if definition is None or definition.source.name not in sources:
        return node
    source = sources[definition.source.name]
    return replace(node, definition=replace(definition, source=source))


def _needed(cut: Cut, project: Project) -> Iterator[str]:
    """The names of all that a cut needs, above the boundary too."""
    yield from cut.origins
    for view in cut.views:
        if view.source.name not in project.sources:
            raise MissingInput(
                f"Source {view.source.name!r} is needed for "
                f"{', '.join(feature.name for feature in view.features)}, and no rows of it are "
                f'given. Give some, or say that there are none: sources={{"{view.source.name}": '
                f"[]}}."
            )
        yield from _needed(plan_view(view, project), project)
