"""The interactive graph of a lineage: its data, its legend, and the same as a table.

A page that shows one imports the macros of ``templates/graph.html`` and is given a `GraphPart`:

    {% from "graph.html" import graph_head, graph_scripts, lineage_graph %}
    {% block head %}{{ graph_head(links) }}{% endblock %}
    {% block content %}{{ lineage_graph(graph) }}{% endblock %}
    {% block scripts %}{{ graph_scripts(links) }}{% endblock %}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from onedag.lineage import LOOKS, Lineage, LineageNode, Look, NodeKind, legend, personal_nodes
from onedag.lineage.boundary import known_before, learned_edges
from onedag.pages.links import Links

__all__ = ["GraphPart", "GraphRow", "graph_data", "graph_part"]

NAMED = 12
"""So many neighbours are named in a row of the table; a service may have a thousand."""

_COUNTED: Mapping[NodeKind, tuple[str, str]] = {
    NodeKind.COLUMN: ("column", "columns"),
    NodeKind.MAPPED: ("function", "functions"),
    NodeKind.STORED: ("feature", "features"),
    NodeKind.REQUEST: ("field", "fields"),
    NodeKind.FITTED: ("fitted value", "fitted values"),
    NodeKind.COMPUTED: ("function", "functions"),
    NodeKind.SERVICE: ("service", "services"),
    NodeKind.MODEL: ("model", "models"),
}
_TEXTS = (
    *("detail", "window", "entity", "view", "source", "service", "module", "owner"),
    *("refresh", "max_age"),
)


@dataclass(frozen=True, slots=True)
class GraphRow:
    """A node as a row of the table.

    Attributes:
        place: its row's position, from 0.
        node: what the row tells of.
        href: its page; empty where there is none.
        personal: whether it is personal data, or comes from it.
        inputs: what it comes from, as positions of rows; at most `NAMED`.
        outputs: what it goes into, likewise.
        more_inputs: how many more it comes from.
        more_outputs: how many more it goes into.
    """

    place: int
    node: LineageNode
    href: str
    personal: bool
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    more_inputs: int
    more_outputs: int


@dataclass(frozen=True, slots=True)
class GraphPart:
    """What ``templates/graph.html`` shows.

    Attributes:
        title: what the graph is of, for those who don't see it.
        lineage: what it shows.
        focus: ids of the nodes that are looked at first.
        personal: ids of the nodes that are personal data, or come from it.
        unseen_inputs: how many nodes each comes from that aren't shown, by id.
        unseen_outputs: how many it goes into that aren't, likewise.
        links: of the page; None where nodes have no pages.
    """

    title: str
    lineage: Lineage
    focus: tuple[str, ...]
    personal: frozenset[str]
    unseen_inputs: Mapping[str, int]
    unseen_outputs: Mapping[str, int]
    links: Links | None

    @property
    def nodes(self) -> tuple[LineageNode, ...]:
        """In the order of the data and the rows."""
        return tuple(self.lineage.nodes.values())

    @property
    def legend(self) -> Mapping[NodeKind, Look]:
        """The looks of the kinds that there are."""
        return legend(self.nodes)

    @property
    def has_learned(self) -> bool:
        """Whether there are edges that fitted values were learned by."""
        return bool(learned_edges(self.lineage))

    @property
    def json(self) -> Markup:
        """The data as JSON that can't end the element that it is in."""
        return htmlsafe_json_dumps(self.data)

    @property
    def data(self) -> dict[str, object]:
        """See `graph_data`."""
        places = {name: place for place, name in enumerate(self.lineage.nodes)}
        return {
            "nodes": [self._said(node) for node in self.nodes],
            "edges": self._edges(places),
            "focus": [places[name] for name in self.focus],
            "kinds": {kind.value: _look(kind) for kind in self.legend},
        }

    @property
    def rows(self) -> tuple[GraphRow, ...]:
        """The nodes, with their neighbours."""
        places = {name: place for place, name in enumerate(self.lineage.nodes)}
        inputs: list[list[int]] = [[] for _ in places]
        outputs: list[list[int]] = [[] for _ in places]
        for start, end in self.lineage.edges:
            inputs[places[end]].append(places[start])
            outputs[places[start]].append(places[end])
        return tuple(
            GraphRow(
                place,
                node,
                self._href(node),
                node.id in self.personal,
                tuple(inputs[place][:NAMED]),
                tuple(outputs[place][:NAMED]),
                len(inputs[place][NAMED:]) + self.unseen_inputs.get(node.id, 0),
                len(outputs[place][NAMED:]) + self.unseen_outputs.get(node.id, 0),
            )
            for place, node in enumerate(self.nodes)
        )

    def _said(self, node: LineageNode) -> dict[str, str | int]:
        said: dict[str, str | int] = {"id": node.id, "label": node.label, "kind": node.kind.value}
        said |= {name: getattr(node, name) for name in _TEXTS}
        said |= {
            "before": known_before(node.kind),
            "pii": node.id in self.personal,
            "href": self._href(node),
            "unseen_inputs": self.unseen_inputs.get(node.id, 0),
            "unseen_outputs": self.unseen_outputs.get(node.id, 0),
        }
        return {name: value for name, value in said.items() if value}

    def _edges(self, places: Mapping[str, int]) -> list[dict[str, int | bool]]:
        keys, learned = self.lineage.keys, learned_edges(self.lineage)
        return [
            {"from": places[start], "to": places[end]}
            | ({"key": True} if (start, end) in keys else {})
            | ({"learned": True} if (start, end) in learned else {})
            for start, end in self.lineage.edges
        ]

    def _href(self, node: LineageNode) -> str:
        return "" if self.links is None else _page(node, self.links)


def graph_part(
    lineage: Lineage,
    focus: Iterable[str] = (),
    links: Links | None = None,
    title: str = "Lineage",
) -> GraphPart:
    """The graph for a page; ``title`` says what it is of, the rest is that of `graph_data`.

    Raises:
        UnknownName: no node of a name in the focus.
    """
    named = tuple(dict.fromkeys(found for name in focus for found in lineage.named(name)))
    seen = _near(lineage, named) if named else lineage
    return GraphPart(
        title,
        seen,
        named,
        personal_nodes(lineage) & seen.nodes.keys(),
        Counter(b for a, b in lineage.edges if b in seen.nodes and a not in seen.nodes),
        Counter(a for a, b in lineage.edges if a in seen.nodes and b not in seen.nodes),
        links,
    )


def graph_data(
    lineage: Lineage, focus: Iterable[str] = (), links: Links | None = None
) -> dict[str, object]:
    """What the script needs, ready for JSON.

    ``nodes`` have an ``id``, a ``label`` and a ``kind``, whether they are known ``before`` the
    request, whether they are personal data or come from it (``pii``), and what else is said of
    them; what is empty is left out. ``edges`` lead ``from`` one position in these ``to`` another;
    one that is a look-up alone has ``key``, and one that a fitted value was learned by has
    ``learned``. ``focus`` are positions, too, and ``kinds`` say how each kind of node looks.

    Args:
        lineage: all that may be shown.
        focus: ids or labels. With any, the data holds what these come from and go into; how many
            neighbours of a node that leaves out is its ``unseen_inputs`` and ``unseen_outputs``.
        links: of the page; without them, nodes have no ``href``.

    Raises:
        UnknownName: no node of a name in the focus.
    """
    return graph_part(lineage, focus, links).data


def _near(lineage: Lineage, named: tuple[str, ...]) -> Lineage:
    """What some nodes come from and go into, themselves included."""
    kept = lineage.upstream(named).nodes.keys() | lineage.downstream(named).nodes.keys()
    edges = tuple((a, b) for a, b in lineage.edges if a in kept and b in kept)
    nodes = {name: node for name, node in lineage.nodes.items() if name in kept}
    return Lineage(nodes, edges, lineage.keys & frozenset(edges))


def _page(node: LineageNode, links: Links) -> str:
    """The page that tells of a node; none does of several that are drawn as one."""
    if node.size > 1:
        return ""
    if node.kind is NodeKind.COLUMN:
        return links.source(node.source, node.column or node.label)
    if node.kind is NodeKind.REQUEST:
        return links.field(node.service, node.label)
    if node.kind in (NodeKind.SERVICE, NodeKind.MODEL):
        return links.service(node.service)
    # What only rows of another source look up has no page of its own, nor has its view.
    return links.feature(node.label) if node.module else links.source(node.source, node.label)


def _look(kind: NodeKind) -> dict[str, object]:
    look = LOOKS[kind]
    return {
        "said": look.said,
        "shape": look.cytoscape,
        "double": look.double,
        "counted": _COUNTED[kind],
    }
