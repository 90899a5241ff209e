"""Building the lineage of services from their plans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from onedag.durations import label
from onedag.graph import FunctionNode, Kind
from onedag.lineage.model import Lineage, LineageNode, NodeKind
from onedag.modifiers import Aggregate, Latest
from onedag.planner import Cut, Plan, View, plan_view
from onedag.planner.plan import Definitions
from onedag.service import EVENT_TIMESTAMP

__all__ = ["service_lineage", "view_lineage"]


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


def view_lineage(
    views: Iterable[View], project: Definitions, columns: Mapping[str, tuple[str, ...]]
) -> Lineage:
    """The lineage of views, back to the columns of sources, whether a service uses them or not.

    Args:
        views: with the features that are wanted.
        project: where the sources are.
        columns: of the sources, by name.
    """
    builder = _Builder(project, columns)
    for view in views:
        builder.add_view(view)
    return builder.lineage()


@dataclass(frozen=True, slots=True)
class _Used:
    """What is used by using a name: a value, and the join keys that it is looked up by."""

    value: str
    keys: tuple[str, ...] = ()


class _Builder:
    def __init__(self, project: Definitions, columns: Mapping[str, tuple[str, ...]]) -> None:
        self._project, self._columns = project, columns
        self.nodes: dict[str, LineageNode] = {}
        self.edges: dict[tuple[str, str], bool] = {}
        """Whether each is that of a value; a look-up alone isn't."""

    def lineage(self) -> Lineage:
        keys = frozenset(edge for edge, is_value in self.edges.items() if not is_value)
        return Lineage(self.nodes, tuple(self.edges), keys)

    def add_service(self, plan: Plan, models: Mapping[str, str]) -> None:
        name = plan.service.name
        tags = {field.name: tuple(sorted(field.tags)) for field in plan.fields.values()}
        place = _Place(f"service:{name}:", NodeKind.REQUEST, name, tags, service=name)
        uses = self._add_cut(plan.training, place)
        length = len(plan.service.features)
        detail = f"{length} feature{'s' * (length != 1)}"
        service = LineageNode(f"service:{name}", name, NodeKind.SERVICE, detail, service=name)
        self._add(service)
        for feature in plan.service.features:
            self._connect(uses[feature], service.id)
        if name in models:
            about, ident = models[name], f"model:{name}"
            model = LineageNode(ident, f"model of {name}", NodeKind.MODEL, about, service=name)
            self._connect(_Used(service.id), self._add(model))

    def _add_cut(self, cut: Cut, place: _Place) -> dict[str, _Used]:
        """Add what a cut computes; for each name what is used by using it.

        A stored feature is used together with the join keys that it is looked up by. They don't
        lead to the stored feature itself: the keys of one service say nothing about another's.
        """
        uses = {name: _Used(self._add(place.given_node(name))) for name in cut.given}
        for view in cut.views:
            keys = tuple(uses[name].value for name in view.join_keys)
            stored = self.add_view(view)
            uses.update({name: _Used(node, keys) for name, node in stored.items()})
        for step in cut.steps:
            node = self._add(place.computed_node(step))
            for name in step.inputs:
                if name in uses:
                    self._connect(uses[name], node)
            uses[step.name] = _Used(node)
        return uses

    def add_view(self, view: View) -> dict[str, str]:
        """Add the stored features of a view and their sources; the features' ids by name."""
        place = _place_of(view)
        uses = self._add_cut(plan_view(view, self._project, self._columns), place)
        keys = tuple(self._add(place.given_node(key)) for key in view.join_keys)
        ids = {}
        for feature in view.features:
            node = _stored_node(view, feature.name, feature.definition, feature.node)
            ids[feature.name] = self._add(node)
            for name in feature.node.inputs if feature.node else (feature.name,):
                self._connect(uses[name], node.id)
            for key in keys:
                self.edges.setdefault((key, node.id), False)
        return ids

    def _connect(self, used: _Used, end: str) -> None:
        self.edges[used.value, end] = True
        for key in used.keys:
            self.edges.setdefault((key, end), False)

    def _add(self, node: LineageNode) -> str:
        self.nodes.setdefault(node.id, node)
        return node.id


@dataclass(frozen=True, slots=True)
class _Place:
    """Where rows are computed: of a request, or of a source."""

    prefix: str
    given: NodeKind
    name: str
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    group: str = ""
    source: str = ""
    service: str = ""

    def given_node(self, name: str) -> LineageNode:
        return LineageNode(
            self.prefix + name,
            name,
            self.given,
            "the row's time" if name == EVENT_TIMESTAMP else self.name,
            self.group,
            source=self.source,
            service=self.service,
            tags=self.tags.get(name, ()),
        )

    def computed_node(self, step: FunctionNode) -> LineageNode:
        computed = NodeKind.MAPPED if self.given is NodeKind.COLUMN else NodeKind.COMPUTED
        return LineageNode(
            self.prefix + step.name,
            step.name,
            NodeKind.FITTED if step.kind is Kind.FITTED else computed,
            _first_line(step.doc),
            self.group,
            source=self.source,
            service=self.service,
            module=step.module,
            owner=_owner(step),
            tags=_tags(step),
        )


def _place_of(view: View) -> _Place:
    source = view.source
    tags = {name: tuple(sorted(said)) for name, said in source.tags.items()}
    if source.timestamp in tags:  # rows have their time under a name of its own
        tags[EVENT_TIMESTAMP] = tags[source.timestamp]
    group = f"source {source.name}"
    prefix = f"source:{source.name}:"
    return _Place(prefix, NodeKind.COLUMN, source.name, tags, group, source=source.name)


def _stored_node(
    view: View, name: str, definition: Latest | Aggregate, function: FunctionNode | None
) -> LineageNode:
    over = definition.over if isinstance(definition, Aggregate) else None
    return LineageNode(
        f"view:{view.name}:{name}",
        name,
        NodeKind.STORED,
        view.name if function is None else _first_line(function.doc),
        group=f"view {view.name}",
        source=view.source.name,
        view=view.name,
        entity=view.entity.name if view.entity else "",
        window="" if over is None else label(over),
        module="" if function is None else function.module,
        owner="" if function is None else _owner(function),
        tags=() if function is None else _tags(function),
    )


def _owner(function: FunctionNode) -> str:
    return str(function.tags.get("owner", ""))


def _tags(function: FunctionNode) -> tuple[str, ...]:
    """Hamilton's tags that say yes, such as ``pii="true"``; those with another value aren't."""
    return tuple(sorted(n for n, value in function.tags.items() if str(value).lower() == "true"))


def _first_line(doc: str) -> str:
    return doc.strip().split("\n", 1)[0]
