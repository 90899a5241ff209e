"""The interactive graph of a lineage: its data, its legend, and the same as a table.

A page that shows one imports the macros of ``templates/graph.html`` and is given a `GraphPart`:

    {% from "graph.html" import graph_head, graph_scripts, lineage_graph with context %}
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

from onedag.lineage import LOOKS, PII, Lineage, LineageNode, Look, NodeKind, legend
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
_TEXTS = ("detail", "window", "entity", "view", "source", "service", "module", "owner")


@dataclass(frozen=True, slots=True)
class GraphRow:
    """A node as a row of the table.

    Attributes:
        place: its row's position, from 0.
        node: what the row tells of.
        href: its page; empty where there is none.
        inputs: what it comes from, as positions of rows; at most `NAMED`.
        outputs: what it goes into, likewise.
        more_inputs: how many more it comes from.
        more_outputs: how many more it goes into.
    """

    place: int
    node: LineageNode
    href: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    more_inputs: int
    more_outputs: int


@dataclass(frozen=True, slots=True)
class GraphPart:
    """What ``templates/graph.html`` shows.

    Attributes:
        title: what the graph is of, for those who don't see it.
        data: of `graph_data`.
        nodes: in the order of the data.
    """

    title: str
    data: Mapping[str, object]
    nodes: tuple[LineageNode, ...]

    @property
    def json(self) -> Markup:
        """The data as JSON that can't end the element that it is in."""
        return htmlsafe_json_dumps(self.data)

    @property
    def legend(self) -> Mapping[NodeKind, Look]:
        """The looks of the kinds that there are."""
        return legend(self.nodes)

    @property
    def has_keys(self) -> bool:
        """Whether there are edges of look-ups."""
        return self._has("edges", "key")

    @property
    def has_learned(self) -> bool:
        """Whether there are edges that fitted values were learned by."""
        return self._has("edges", "learned")

    @property
    def has_personal(self) -> bool:
        """Whether there are nodes that are said to be personal data."""
        return self._has("nodes", "pii")

    @property
    def rows(self) -> tuple[GraphRow, ...]:
        """The nodes, with their neighbours."""
        inputs: list[list[int]] = [[] for _ in self.nodes]
        outputs: list[list[int]] = [[] for _ in self.nodes]
        edges: list[dict[str, int]] = self.data["edges"]  # type: ignore[assignment]
        for edge in edges:
            inputs[edge["to"]].append(edge["from"])
            outputs[edge["from"]].append(edge["to"])
        return tuple(
            self._row(place, node, inputs[place], outputs[place])
            for place, node in enumerate(self.nodes)
        )

    def _has(self, things: str, name: str) -> bool:
        said: list[dict[str, object]] = self.data[things]  # type: ignore[assignment]
        return any(name in each for each in said)

    def _row(
        self, place: int, node: LineageNode, inputs: list[int], outputs: list[int]
    ) -> GraphRow:
        said: dict[str, str | int] = self.data["nodes"][place]  # type: ignore[index]
        unseen = (int(said.get("unseen_inputs", 0)), int(said.get("unseen_outputs", 0)))
        return GraphRow(
            place,
            node,
            str(said.get("href", "")),
            tuple(inputs[:NAMED]),
            tuple(outputs[:NAMED]),
            len(inputs[NAMED:]) + unseen[0],
            len(outputs[NAMED:]) + unseen[1],
        )


def graph_part(
    lineage: Lineage,
    focus: Iterable[str] = (),
    links: Links | None = None,
    title: str = "Lineage",
) -> GraphPart:
    """The graph for a page; the arguments are those of `graph_data`.

    Raises:
        UnknownName: no node of a name in the focus.
    """
    focused, _ = _focused(lineage, focus)
    return GraphPart(title, graph_data(lineage, focus, links), tuple(focused.nodes.values()))


def graph_data(
    lineage: Lineage, focus: Iterable[str] = (), links: Links | None = None
) -> dict[str, object]:
    """What the script needs, ready for JSON.

    ``nodes`` have an ``id``, a ``label`` and a ``kind``, whether they are known ``before`` the
    request, and what else is said of them; what is empty is left out. ``edges`` lead ``from`` one
    position in these to another; one that is a look-up alone has ``key``, and one that a fitted
    value was learned by has ``learned``. ``focus`` are positions, too, and ``kinds`` say how each
    kind of node looks.

    Args:
        lineage: all that may be shown.
        focus: ids or labels. With any, the data holds what these come from and go into; how many
            neighbours of a node that leaves out is its ``unseen_inputs`` and ``unseen_outputs``.
        links: of the page; without them, nodes have no ``href``.

    Raises:
        UnknownName: no node of a name in the focus.
    """
    focused, named = _focused(lineage, focus)
    places = {name: place for place, name in enumerate(focused.nodes)}
    unseen = _unseen(lineage, focused)
    return {
        "nodes": [_said(node, links, unseen) for node in focused.nodes.values()],
        "edges": _edges(focused, places),
        "focus": [places[name] for name in named],
        "kinds": {kind.value: _look(kind) for kind in legend(focused.nodes.values())},
    }


def _focused(lineage: Lineage, focus: Iterable[str]) -> tuple[Lineage, tuple[str, ...]]:
    """What the focus comes from and goes into, or everything; and the ids of the focus."""
    named = tuple(dict.fromkeys(found for name in focus for found in lineage.named(name)))
    if not named:
        return lineage, ()
    kept = lineage.upstream(named).nodes.keys() | lineage.downstream(named).nodes.keys()
    edges = tuple((a, b) for a, b in lineage.edges if a in kept and b in kept)
    nodes = {name: node for name, node in lineage.nodes.items() if name in kept}
    return Lineage(nodes, edges, lineage.keys & frozenset(edges)), named


def _unseen(lineage: Lineage, focused: Lineage) -> dict[str, Counter[str]]:
    """How many neighbours each node has that aren't shown."""
    counts = {"unseen_inputs": Counter[str](), "unseen_outputs": Counter[str]()}
    for start, end in lineage.edges:
        if end in focused.nodes and start not in focused.nodes:
            counts["unseen_inputs"][end] += 1
        if start in focused.nodes and end not in focused.nodes:
            counts["unseen_outputs"][start] += 1
    return counts


def _edges(lineage: Lineage, places: Mapping[str, int]) -> list[dict[str, int | bool]]:
    learned = learned_edges(lineage)
    return [
        {"from": places[start], "to": places[end]}
        | ({"key": True} if (start, end) in lineage.keys else {})
        | ({"learned": True} if (start, end) in learned else {})
        for start, end in lineage.edges
    ]


def _said(
    node: LineageNode, links: Links | None, unseen: Mapping[str, Counter[str]]
) -> dict[str, str | int]:
    said: dict[str, str | int] = {"id": node.id, "label": node.label, "kind": node.kind.value}
    said |= {name: getattr(node, name) for name in _TEXTS}
    said |= {name: counts[node.id] for name, counts in unseen.items()}
    said |= {"before": known_before(node.kind), "pii": PII in node.tags}
    said |= {"href": "" if links is None else _page(node, links)}
    return {name: value for name, value in said.items() if value}


def _page(node: LineageNode, links: Links) -> str:
    """The page that tells of a node."""
    if node.kind is NodeKind.COLUMN:
        return links.source(node.source, node.label)
    if node.kind in (NodeKind.REQUEST, NodeKind.SERVICE, NodeKind.MODEL):
        return links.service(node.service)
    return links.feature(node.label) if node.module else links.view(node.view)


def _look(kind: NodeKind) -> dict[str, object]:
    look = LOOKS[kind]
    return {
        "said": look.said,
        "shape": look.cytoscape,
        "double": look.double,
        "counted": _COUNTED[kind],
    }
