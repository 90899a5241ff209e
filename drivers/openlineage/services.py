"""Where a service's features, and its fitted values, come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drivers.openlineage.columns import JOIN, Tracing, Way, joined
from drivers.openlineage.facets import ColumnOrigins
from drivers.openlineage.naming import Name
from onedag.lineage import Lineage, LineageNode, NodeKind, personal_nodes, service_lineage
from onedag.planner import Plan
from onedag.project import Project

__all__ = ["Place", "TracedService", "placed"]

Place = Callable[[LineageNode], tuple[Name, str]]
"""The dataset and the column of a node that a walk ends at."""


def placed(
    lineage: Lineage, origins: Mapping[str, frozenset[Way]], place: Place
) -> dict[tuple[Name, str], frozenset[Way]]:
    """The origins of a column, as columns of datasets."""
    found: dict[tuple[Name, str], frozenset[Way]] = {}
    for node, ways in origins.items():
        where = place(lineage.nodes[node])
        found[where] = found.get(where, frozenset()) | ways
    return found


@dataclass(frozen=True, slots=True)
class TracedService:
    """A service's lineage, and the walks back through it.

    Attributes:
        plan: of the service.
        lineage: of it alone.
        features: the origins of each feature, as ids of nodes.
        fitted: likewise of each fitted value.
        personal: the names of features with personal data.
        personal_nodes: the ids of all nodes with personal data.
    """

    plan: Plan
    lineage: Lineage
    features: Mapping[str, Mapping[str, frozenset[Way]]]
    fitted: Mapping[str, Mapping[str, frozenset[Way]]]
    personal: tuple[str, ...]
    personal_nodes: frozenset[str]

    @classmethod
    def of(
        cls,
        plan: Plan,
        project: Project,
        columns: Mapping[str, tuple[str, ...]],
        is_origin: Callable[[LineageNode], bool],
    ) -> TracedService:
        """Trace a service.

        Args:
            plan: of the service.
            project: its functions and sources.
            columns: of the sources, by name.
            is_origin: whether a walk ends at a node.
        """
        lineage = service_lineage([plan], project, columns)
        tracing = Tracing(lineage, is_origin)
        ids = _features(lineage, plan.service.name)
        fitted = {node.name: f"service:{plan.service.name}:{node.name}" for node in plan.fitted}
        tagged = personal_nodes(lineage)
        return cls(
            plan,
            lineage,
            {
                name: _with_keys(plan, lineage.nodes[ids[name]], tracing.origins(ids[name]))
                for name in plan.service.features
            },
            {name: tracing.origins(node) for name, node in fitted.items() if node in lineage.nodes},
            tuple(name for name in plan.service.features if ids[name] in tagged),
            tagged,
        )

    def origins(self) -> dict[str, LineageNode]:
        """The nodes that anything comes from, by id."""
        each = [*self.features.values(), *self.fitted.values()]
        return {name: self.lineage.nodes[name] for origins in each for name in origins}

    def columns(self, place: Place) -> dict[str, ColumnOrigins]:
        """Where each feature comes from, as columns of datasets."""
        return {
            name: placed(self.lineage, origins, place) for name, origins in self.features.items()
        }

    def fitted_columns(self, place: Place) -> dict[str, ColumnOrigins]:
        """Where each fitted value comes from, as columns of datasets."""
        return {name: placed(self.lineage, origins, place) for name, origins in self.fitted.items()}

    def prediction(self, place: Place) -> ColumnOrigins:
        """Where what a model makes of all features comes from."""
        return placed(self.lineage, joined(self.features.values()), place)


def _features(lineage: Lineage, service: str) -> dict[str, str]:
    """The ids of the nodes that a service takes as features, by name."""
    end = f"service:{service}"
    return {
        lineage.nodes[start].label: start
        for start, other in lineage.edges
        if other == end and (start, other) not in lineage.keys
    }


def _with_keys(
    plan: Plan, node: LineageNode, origins: Mapping[str, frozenset[Way]]
) -> dict[str, frozenset[Way]]:
    """The origins of a feature; of one that is looked up as it is, with the keys of the row."""
    found = dict(origins)
    if node.kind is NodeKind.STORED:
        for key in node.join_keys:
            name = f"service:{plan.service.name}:{key}"
            found[name] = found.get(name, frozenset()) | {Way(JOIN)}
    return found
