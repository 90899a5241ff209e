"""Names that hide other things without a word: what the planner's rules make legal, and surprise.

That a field of the request wins over a row function, and over a column of a source, is meant: so
one module serves requests that carry much, and requests that carry a key.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from onedag.graph import FunctionGraph, Kind
from onedag.planner import Cut, Origin, Plan, View
from onedag.project import Project
from onedag.service import EVENT_TIMESTAMP

__all__ = ["hidden_by_columns", "hidden_by_fields", "hidden_columns", "misnamed"]


def hidden_by_columns(
    graph: FunctionGraph, view: View, cut: Cut, columns: Mapping[str, Collection[str]]
) -> Iterator[tuple[str, str]]:
    """The functions that a column of the same name takes the place of, in the rows of a source."""
    source = view.source.name
    for name, origin in cut.origins.items():
        if name in graph and origin is Origin.REQUEST and name in columns.get(source, ()):
            yield (
                name,
                f"source {source!r} has a column of this name, and in its rows the column is used "
                f"and not the function, such as for {_users(view, name)}. Rename the function, or "
                f"the column with columns={{{name!r}: …}}.",
            )
    other = EVENT_TIMESTAMP in columns.get(source, ()) and view.source.timestamp != EVENT_TIMESTAMP
    if other and EVENT_TIMESTAMP in cut.origins:
        yield (
            source,
            f"its column {EVENT_TIMESTAMP!r} is hidden: under that name functions get the row's "
            f"event time, {view.source.timestamp!r}. Rename it with columns=.",
        )


def _users(view: View, name: str) -> str:
    users = [f.name for f in view.features if f.node and name in f.node.inputs]
    return ", ".join(users or [f.name for f in view.features][:3])


def hidden_by_fields(graph: FunctionGraph, plan: Plan) -> Iterator[tuple[str, str]]:
    """The stored features and fitted values that a field of the request takes the place of."""
    for name in plan.training.given:
        node = graph.get(name)
        if node is None or name not in plan.fields or node.kind is Kind.ROW:
            continue
        what = "the stored feature" if node.kind.stored else "the fitted value"
        yield (
            name,
            f"the request of service {plan.service.name!r} has a field of this name, which is used "
            f"instead of {what}. If that is meant, list it in a service of its own; else rename "
            f"the field.",
        )


def hidden_columns(
    graph: FunctionGraph, plan: Plan, project: Project, columns: Mapping[str, Collection[str]]
) -> Iterator[tuple[str, str]]:
    """The functions that take the place of a column that would have been looked up."""
    for name, origin in plan.training.origins.items():
        if name not in graph or origin is Origin.REQUEST:
            continue
        for source in project.sources.values():
            key = source.key
            if key is None or name not in columns.get(source.name, ()):
                continue
            if all(each in plan.fields for each in key.join_keys):
                yield (
                    name,
                    f"source {source.name!r} has a column of this name, which service "
                    f"{plan.service.name!r} could look up by {key.name!r}; the function is used "
                    f"instead. Rename one of them.",
                )


def misnamed(graph: FunctionGraph) -> Iterator[tuple[str, str]]:
    """The functions that are never called because of their name."""
    if EVENT_TIMESTAMP in graph:
        yield (
            EVENT_TIMESTAMP,
            "every row carries its time under this name, so the function is never called. Rename "
            "it.",
        )
