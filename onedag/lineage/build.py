"""Building the lineage of services from their plans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from onedag.errors import OnedagError
from onedag.lineage.model import Lineage, LineageNode
from onedag.lineage.personal import marked
from onedag.lineage.places import (
    Place,
    model_node,
    place_of_requests,
    place_of_rows,
    service_node,
    stored_node,
)
from onedag.planner import Cut, Plan, View, declared_views, plan_view
from onedag.planner.plan import Definitions

__all__ = ["project_lineage", "service_lineage"]


def service_lineage(
    plans: Iterable[Plan],
    project: Definitions,
    columns: Mapping[str, tuple[str, ...]],
    models: Mapping[str, str] | None = None,
) -> Lineage:
    """The lineage of planned services, back to the columns of sources and the request's fields.

    Args:
        plans: of the services.
        project: where the sources are.
        columns: of the sources, by name.
        models: what to say of the model of each service that has one, by the service's name.
    """
    builder = _Builder(project, columns)
    for plan in plans:
        builder.add_service(plan, models or {})
    return builder.lineage()


def project_lineage(
    plans: Iterable[Plan],
    project: Definitions,
    columns: Mapping[str, tuple[str, ...]],
    models: Mapping[str, str] | None = None,
) -> Lineage:
    """As `service_lineage`, with the stored features that no service uses, and their origins.

    A row function that neither a service nor a stored feature reaches has no place where it is
    computed, so that it has no node. What can't be planned, such as a view whose source lacks a
    column, isn't there: `onedag check` says why.

    Args:
        plans: of all services.
        project: where the functions and sources are.
        columns: of the sources, by name; of one that isn't listed, those that are used.
        models: what to say of the model of each service that has one, by the service's name.
    """
    builder = _Builder(project, columns)
    for plan in plans:
        builder.add_service(plan, models or {})
    for view in declared_views(project.graph).values():
        builder.add_unused(view)
    return builder.lineage()


@dataclass(frozen=True, slots=True)
class _Used:
    """What is used by using a name: a value, and the join keys that it is looked up by."""

    value: str
    keys: tuple[str, ...] = ()


class _Builder:
    def __init__(self, project: Definitions, columns: Mapping[str, tuple[str, ...]]) -> None:
        self._project, self._columns = project, columns
        self._nodes: dict[str, LineageNode] = {}
        self._edges: dict[tuple[str, str], bool] = {}
        """Whether each is that of a value; a look-up alone isn't."""

    def lineage(self) -> Lineage:
        keys = frozenset(edge for edge, is_value in self._edges.items() if not is_value)
        return marked(Lineage(self._nodes, tuple(self._edges), keys))

    def add_service(self, plan: Plan, models: Mapping[str, str]) -> None:
        uses = self._add_cut(plan.training, place_of_requests(plan))
        name, service = plan.service.name, self._add(service_node(plan))
        features = [uses[feature] for feature in plan.service.features]
        self._edges.update({(feature.value, service): True for feature in features})  # in order
        for feature in features:
            self._connect(feature, service)
        if name in models:
            self._connect(_Used(service), self._add(model_node(name, models[name])))

    def add_unused(self, view: View) -> None:
        """Add those features of a view that aren't there yet, as far as they can be planned."""
        lacking = [f.name for f in view.features if stored_node(view, f).id not in self._nodes]
        part = _Builder(self._project, self._columns)
        try:
            if lacking:
                part._add_view(view.only(lacking))
        except OnedagError:
            for name in lacking if len(lacking) > 1 else ():
                self.add_unused(view.only([name]))
        else:
            self._add_all(part)

    def _add_all(self, part: _Builder) -> None:
        for node in part._nodes.values():
            self._add(node)
        for edge, is_value in part._edges.items():
            self._edges[edge] = self._edges.get(edge, False) or is_value

    def _add_cut(self, cut: Cut, place: Place) -> dict[str, _Used]:
        """Add what a cut computes; for each name what is used by using it.

        A stored feature is used together with the join keys that it is looked up by. They don't
        lead to the stored feature itself: the keys of one service say nothing about another's.
        """
        uses = {name: _Used(self._add(place.given_node(name))) for name in cut.given}
        for view in cut.views:
            keys = tuple(uses[name].value for name in view.join_keys)
            stored = self._add_view(view)
            uses.update({name: _Used(node, keys) for name, node in stored.items()})
        for step in cut.steps:
            node = self._add(place.computed_node(step))
            for name in step.inputs:
                if name in uses:
                    self._connect(uses[name], node)
            uses[step.name] = _Used(node)
        return uses

    def _add_view(self, view: View) -> dict[str, str]:
        """Add the stored features of a view and their sources; the features' ids by name."""
        place = place_of_rows(view)
        uses = self._add_cut(plan_view(view, self._project, self._columns), place)
        keys = tuple(self._add(place.given_node(key)) for key in view.join_keys)
        ids = {}
        for feature in view.features:
            ids[feature.name] = node = self._add(stored_node(view, feature))
            for name in feature.node.inputs if feature.node else (feature.name,):
                self._connect(uses[name], node)
            for key in keys:
                self._edges.setdefault((key, node), False)
        return ids

    def _connect(self, used: _Used, end: str) -> None:
        self._edges[used.value, end] = True
        for key in used.keys:
            self._edges.setdefault((key, end), False)

    def _add(self, node: LineageNode) -> str:
        self._nodes.setdefault(node.id, node)
        return node.id
