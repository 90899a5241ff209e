"""What nobody uses, and what nobody has described."""

from __future__ import annotations

from collections.abc import Iterator

from onedag.graph import FunctionGraph
from onedag.lineage import Lineage, dead_functions
from onedag.planner import Plan
from onedag.service import EVENT_TIMESTAMP

__all__ = ["undescribed", "unread_fields", "unused"]


_UNREACHED = (
    "no service and no stored feature reaches this function. List it in a service, take it out, or "
    "begin its name with an underscore if it is a helper."
)


def undescribed(graph: FunctionGraph) -> Iterator[str]:
    """A node of each function without a docstring."""
    seen = set()
    for name, node in graph.items():
        if not node.doc.strip() and node.code not in seen:
            seen.add(node.code)
            yield name


def unread_fields(plan: Plan) -> list[str]:
    """The fields of a service's request that no feature and no look-up needs."""
    read = {*plan.training.given, EVENT_TIMESTAMP}
    return [name for name in plan.fields if name not in read]


def unused(graph: FunctionGraph, lineage: Lineage) -> Iterator[tuple[str, str]]:
    """The functions that nothing reaches, and the stored features that no service does.

    Args:
        graph: all functions.
        lineage: of all services, and of the stored features that none uses.
    """
    placed = {node.label for node in lineage.nodes.values() if node.kind.is_function}
    of_code: dict[object, list[str]] = {}
    for name in dead_functions(lineage, graph):
        if graph[name].kind.stored or name not in placed:
            of_code.setdefault(graph[name].code, []).append(name)
    for names in of_code.values():
        yield from _told(graph, names)


def _told(graph: FunctionGraph, names: list[str]) -> Iterator[tuple[str, str]]:
    node = graph[names[0]]
    listed = ", ".join(names)
    if not node.kind.stored:
        for name in names:
            yield name, _UNREACHED
        return
    windows = f" ({listed})" if len(names) > 1 else ""
    yield (
        names[0],
        f"no service uses this stored feature{windows}, and it is computed and kept all the same. "
        f"List it in a service, or take it out.",
    )
