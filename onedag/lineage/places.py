"""Places where rows are computed, of a request or of a source, and the nodes that are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from onedag.durations import label
from onedag.lineage.model import LineageNode, NodeKind
from onedag.modifiers import Aggregate, Latest
from onedag.nodes import FunctionNode, Kind
from onedag.planner import Plan, StoredFeature, View
from onedag.service import EVENT_TIMESTAMP

__all__ = [
    "Place",
    "model_node",
    "place_of_requests",
    "place_of_rows",
    "service_node",
    "stored_node",
]


@dataclass(frozen=True, slots=True)
class Place:
    """Where rows are computed.

    Attributes:
        prefix: of the ids of what is there.
        given: what the row in hand carries: columns, or fields of the request.
        name: for people.
        tags: of what is carried, by name.
        timestamp: of a source, the column of the row's time.
        renamed: of a source, the names of columns in the data by those in the project.
        group: that its nodes are drawn in.
        source: of a source.
        service: of requests.
    """

    prefix: str
    given: NodeKind
    name: str
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    timestamp: str = ""
    renamed: Mapping[str, str] = field(default_factory=dict)
    group: str = ""
    source: str = ""
    service: str = ""

    def given_node(self, name: str) -> LineageNode:
        """What the row in hand carries."""
        is_time = name == EVENT_TIMESTAMP
        column = self.timestamp if is_time else name
        return LineageNode(
            self.prefix + name,
            name,
            self.given,
            "the row's time" if is_time else self.name,
            self.group,
            source=self.source,
            service=self.service,
            tags=self.tags.get(name, ()),
            column=column if self.given is NodeKind.COLUMN else "",
            renamed_from=self.renamed.get(column, ""),
        )

    def computed_node(self, step: FunctionNode) -> LineageNode:
        """What a function makes of the row in hand."""
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
            tags=_said(step, "true"),
            denied=_said(step, "false"),
        )


def place_of_requests(plan: Plan) -> Place:
    """Where the requests for a service are computed."""
    name = plan.service.name
    tags = {field.name: tuple(sorted(field.tags)) for field in plan.fields.values()}
    return Place(f"service:{name}:", NodeKind.REQUEST, name, tags, service=name)


def place_of_rows(view: View) -> Place:
    """Where the rows of a view's source are computed."""
    source = view.source
    tags = {name: tuple(sorted(said)) for name, said in source.tags.items()}
    if source.timestamp in tags:  # rows have their time under a name of its own
        tags[EVENT_TIMESTAMP] = tags[source.timestamp]
    return Place(
        f"source:{source.name}:",
        NodeKind.COLUMN,
        source.name,
        tags,
        source.timestamp,
        {new: old for old, new in source.columns.items() if new != old},
        f"source {source.name}",
        source=source.name,
    )


def stored_node(view: View, feature: StoredFeature) -> LineageNode:
    """A feature of a view, on the boundary."""
    definition, function = feature.definition, feature.node
    over = definition.over if isinstance(definition, Aggregate) else None
    max_age = definition.max_age if isinstance(definition, Latest) else None
    return LineageNode(
        f"view:{view.name}:{feature.name}",
        feature.name,
        NodeKind.STORED,
        view.name if function is None else _first_line(function.doc),
        group=f"view {view.name}",
        source=view.source.name,
        view=view.name,
        entity=view.entity.name if view.entity else "",
        window="" if over is None else label(over),
        module="" if function is None else function.module,
        owner="" if function is None else _owner(function),
        tags=() if function is None else _said(function, "true"),
        modifier="aggregate" if isinstance(definition, Aggregate) else "latest",
        join_keys=view.join_keys,
        refresh="" if view.refresh is None else label(view.refresh),
        max_age="" if max_age is None else label(max_age),
        denied=() if function is None else _said(function, "false"),
    )


def service_node(plan: Plan) -> LineageNode:
    """A service."""
    name, length = plan.service.name, len(plan.service.features)
    return LineageNode(
        f"service:{name}",
        name,
        NodeKind.SERVICE,
        f"{length} feature{'s' * (length != 1)}",
        service=name,
        may_use=tuple(sorted(plan.service.may_use)),
    )


def model_node(service: str, about: str) -> LineageNode:
    """The model of a service."""
    return LineageNode(
        f"model:{service}", f"model of {service}", NodeKind.MODEL, about, service=service
    )


def _owner(function: FunctionNode) -> str:
    return str(function.tags.get("owner", ""))


def _said(function: FunctionNode, answer: str) -> tuple[str, ...]:
    """The names of Hamilton's tags that say yes, or no, such as ``pii="true"``."""
    return tuple(sorted(n for n, value in function.tags.items() if str(value).lower() == answer))


def _first_line(doc: str) -> str:
    return doc.strip().split("\n", 1)[0]
