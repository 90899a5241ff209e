"""The lineage of a project: what every value comes from, as one frozen graph.

Every picture and answer is made from this model, so that they can't disagree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from onedag.errors import UnknownName
from onedag.lineage.walks import following, preceding, reached

__all__ = ["Lineage", "LineageNode", "NodeKind"]


class NodeKind(StrEnum):
    """What a node of the lineage is."""

    COLUMN = "column"
    """A column of a source."""
    MAPPED = "mapped"
    """A row function, computed for each row of a source."""
    STORED = "stored"
    """A stored feature: it lies on the boundary."""
    REQUEST = "request"
    """A field of the request."""
    FITTED = "fitted"
    """A fitted value of the training run."""
    COMPUTED = "computed"
    """A row function, computed for the row in hand."""
    SERVICE = "service"
    MODEL = "model"
    """What was trained on a service's features, and answers with predictions."""

    @property
    def above_boundary(self) -> bool:
        """Whether it is known before the request comes."""
        return self in (NodeKind.COLUMN, NodeKind.MAPPED)

    @property
    def is_function(self) -> bool:
        """Whether a function makes it; a stored feature may also be a column that is looked up."""
        return self in (NodeKind.MAPPED, NodeKind.STORED, NodeKind.FITTED, NodeKind.COMPUTED)


@dataclass(frozen=True, slots=True)
class LineageNode:
    """One thing that has a value, at one place; or, once collapsed, several that are drawn as one.

    Attributes:
        id: unique: a function that is computed both above and below the boundary is two nodes.
        label: its name.
        kind: what it is.
        detail: for people: the source, the view, or the first line of the docstring.
        group: the source or the view that it is drawn in; empty for the row in hand.
        source: of a column, of what is computed from it row by row, and of what is stored of it.
        view: of a stored feature.
        entity: of a stored feature; empty where it is one value for everything.
        window: of an aggregate, such as ``7d``; empty for all history.
        service: whose row it is computed for; of a service and its model the service itself.
        module: where the function is written; empty for what no function makes.
        owner: of the function's tags.
        tags: of a column, a field or a function, in order; ``pii`` among them.
        column: of a column, its name in its source: the label of the row's time is another.
        renamed_from: of a column, its name in the data, where the source gives it another.
        modifier: of a stored feature, ``latest`` or ``aggregate``.
        join_keys: of a stored feature, what makes a key of its view.
        refresh: of a stored feature, how often the store is refreshed; empty for always.
        max_age: of a stored feature; empty for any age.
        denied: the tags that a function says no to, in order: personal data ends where ``pii`` is
            among them.
        personal: whether personal data begins at it or flows into it, wherever it began.
        may_use: of a service, the columns and fields with personal data that it may use, in order.
        size: how many nodes it stands for (`onedag.lineage.collapsed`).
    """

    id: str
    label: str
    kind: NodeKind
    detail: str = ""
    group: str = ""
    source: str = ""
    view: str = ""
    entity: str = ""
    window: str = ""
    service: str = ""
    module: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    column: str = ""
    renamed_from: str = ""
    modifier: str = ""
    join_keys: tuple[str, ...] = ()
    refresh: str = ""
    max_age: str = ""
    denied: tuple[str, ...] = ()
    personal: bool = False
    may_use: tuple[str, ...] = ()
    size: int = 1

    @property
    def full_name(self) -> str:
        """For people: its label, with the source of a column and the request of a field."""
        if self.kind is NodeKind.COLUMN and self.size == 1:
            return f"{self.source}.{self.column or self.label}"
        return f"request.{self.label}" if self.kind is NodeKind.REQUEST else self.label

    @property
    def names(self) -> tuple[str, ...]:
        """What it is found by, besides its id: it shares most of these with other nodes."""
        if self.kind is NodeKind.COLUMN:
            renamed = [f"{self.source}.{self.renamed_from}"] if self.renamed_from else []
            return (self.label, self.full_name, self.source, *renamed)
        if self.kind is NodeKind.REQUEST:
            return (self.label, self.full_name)
        if self.kind is NodeKind.STORED:
            function = self.label.removesuffix(f"_{self.window}") if self.window else self.label
            return (self.label, function, self.view, *([self.entity] if self.entity else []))
        return (self.label,)

    @property
    def qualified(self) -> tuple[str, ...]:
        """Names that say what they are of, for where a source, a view or an entity share one."""
        if self.kind is NodeKind.COLUMN:
            return (f"source:{self.source}",)
        if self.kind is NodeKind.STORED:
            return (f"view:{self.view}", f"entity:{self.entity}")
        return ()


@dataclass(frozen=True, slots=True)
class Lineage:
    """Nodes by id, and edges from what is used to what uses it.

    A name, where one is asked for, is any of these. One that means several things means them all.

    | name                                    | the nodes                                         |
    |-----------------------------------------|---------------------------------------------------|
    | an id, such as ``service:buys``         | that one                                          |
    | a function, a column or a field         | of that label, at each place                      |
    | a function with windows, without them   | all its windows                                   |
    | ``flights.distance``                    | the column of the source, by its name in the data |
    |                                         | or in the project                                 |
    | ``request.distance``                    | the field, of each service                        |
    | a source, or ``source:flights``         | its columns                                       |
    | a view, or ``view:carrier_landings``    | its stored features                               |
    | an entity, or ``entity:carrier``        | the stored features by it                         |
    | a service                               | the service                                       |

    Attributes:
        nodes: by id.
        edges: pairs of ids.
        keys: those of the edges that are look-ups alone: the start says which value is taken, and
            is no part of it. A value's edge that is a look-up as well isn't among them.
    """

    nodes: Mapping[str, LineageNode]
    edges: tuple[tuple[str, str], ...]
    keys: frozenset[tuple[str, str]] = frozenset()

    @property
    def services(self) -> tuple[str, ...]:
        """The names of the services that are in it."""
        return tuple(n.service for n in self.nodes.values() if n.kind is NodeKind.SERVICE)

    def features(self) -> dict[str, tuple[str, ...]]:
        """The ids of what each service lists, in the model's order, by the service's id."""
        found: dict[str, list[str]] = {}
        for start, end in self.edges:
            if self.nodes[end].kind is NodeKind.SERVICE and (start, end) not in self.keys:
                found.setdefault(end, []).append(start)
        return {service: tuple(listed) for service, listed in found.items()}

    def upstream(self, names: Iterable[str]) -> Lineage:
        """The part that the named nodes come from, themselves included.

        Raises:
            UnknownName: no node of that name.
        """
        return self.only(reached(preceding(self.edges), self.all_named(names)))

    def downstream(self, names: Iterable[str]) -> Lineage:
        """The part that the named nodes go into, themselves included.

        Raises:
            UnknownName: no node of that name.
        """
        return self.only(reached(following(self.edges), self.all_named(names)))

    def only(self, ids: Collection[str]) -> Lineage:
        """The part with these nodes alone, and the edges between them."""
        edges = tuple((a, b) for a, b in self.edges if a in ids and b in ids)
        nodes = {name: node for name, node in self.nodes.items() if name in ids}
        return Lineage(nodes, edges, self.keys.intersection(edges))

    def named(self, name: str) -> tuple[str, ...]:
        """The ids of the nodes of a name.

        Raises:
            UnknownName: no node of that name.
        """
        if name in self.nodes:
            return (name,)
        every = self.nodes.values()
        found = tuple(n.id for n in every if name in n.names or name in n.qualified)
        if not found:
            raise UnknownName.among(
                "node", name, {known for n in every for known in n.names if known}
            )
        return found

    def all_named(self, names: Iterable[str]) -> tuple[str, ...]:
        """The ids of the nodes of several names, each once.

        Raises:
            UnknownName: no node of one of the names.
        """
        return tuple(dict.fromkeys(node for name in names for node in self.named(name)))
