"""Dead features: functions that no service needs."""

from __future__ import annotations

from collections.abc import Iterable

from onedag.lineage.model import Lineage, NodeKind
from onedag.lineage.walks import preceding, reached

__all__ = ["dead_functions", "dead_nodes"]


def dead_functions(lineage: Lineage, functions: Iterable[str]) -> tuple[str, ...]:
    """The functions that no service reaches, in their order.

    A row function that only a dead stored feature takes is dead with it.

    Args:
        lineage: of all services (`onedag.lineage.project_lineage`).
        functions: the names of all: one that nothing takes has no node.
    """
    served = _served(lineage)
    alive = {n.label for n in lineage.nodes.values() if n.id in served and n.kind.is_function}
    return tuple(name for name in functions if name not in alive)


def dead_nodes(lineage: Lineage) -> tuple[str, ...]:
    """The ids of what no service comes from, in the lineage's order."""
    served = _served(lineage)
    above = (NodeKind.SERVICE, NodeKind.MODEL)
    return tuple(n.id for n in lineage.nodes.values() if n.id not in served and n.kind not in above)


def _served(lineage: Lineage) -> frozenset[str]:
    services = [n.id for n in lineage.nodes.values() if n.kind is NodeKind.SERVICE]
    return reached(preceding(lineage.edges), services)
