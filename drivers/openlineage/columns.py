"""From which columns, and how, each output column comes: the lineage as OpenLineage says it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from onedag.graph import FunctionGraph
from onedag.lineage import PII, Lineage, LineageNode, NodeKind
from onedag.modifiers import Aggregate

__all__ = ["Tracing", "Way", "joined", "personal"]

IDENTITY, TRANSFORMATION, AGGREGATION = "IDENTITY", "TRANSFORMATION", "AGGREGATION"
JOIN = "JOIN"

_STRENGTH = (IDENTITY, TRANSFORMATION, AGGREGATION)


@dataclass(frozen=True, slots=True, order=True)
class Way:
    """How a column gets into another: OpenLineage's transformation.

    Attributes:
        subtype: ``IDENTITY``, ``TRANSFORMATION`` or ``AGGREGATION`` of a value, the strongest on
            the way; ``JOIN`` of a key that only says which value it is.
        masking: whether a function on the way says that it leaves nothing personal, with
            ``@tag(pii="false")``.
    """

    subtype: str
    masking: bool = False

    @property
    def type(self) -> str:
        """``DIRECT``, or ``INDIRECT`` for a key."""
        return "INDIRECT" if self.subtype == JOIN else "DIRECT"


class Tracing:
    """Walks a lineage from outputs back to the columns that they come from.

    Args:
        lineage: of services or views.
        graph: the project's functions.
        is_origin: whether the walk ends at a node.
    """

    def __init__(
        self, lineage: Lineage, graph: FunctionGraph, is_origin: Callable[[LineageNode], bool]
    ) -> None:
        self._lineage, self._graph, self._is_origin = lineage, graph, is_origin
        self._before: dict[str, list[str]] = {}
        for start, end in lineage.edges:
            self._before.setdefault(end, []).append(start)

    def origins(self, output: str) -> dict[str, frozenset[Way]]:
        """The ids of the nodes that an output comes from, and all ways in which it does.

        Args:
            output: the id of a node.
        """
        found: dict[str, set[Way]] = {}
        start = (output, Way(IDENTITY))
        left, seen = deque([start]), {start}
        while left:
            name, way = left.popleft()
            if self._is_origin(self._lineage.nodes[name]):
                found.setdefault(name, set()).add(way)
                continue
            for before in self._before.get(name, ()):
                step = (before, self._through(before, name, way))
                if step not in seen:
                    seen.add(step)
                    left.append(step)
        return {name: frozenset(ways) for name, ways in found.items()}

    def _through(self, start: str, end: str, way: Way) -> Way:
        """The way of an input of a node into the output."""
        if way.subtype == JOIN or (start, end) in self._lineage.keys:
            return Way(JOIN)
        node = self._lineage.nodes[end]
        subtype = max(way.subtype, self._made(node), key=_STRENGTH.index)
        return Way(subtype, way.masking or _said_of_pii(self._graph, node) == "false")

    def _made(self, node: LineageNode) -> str:
        """How a node's value is made of its inputs."""
        if node.kind is NodeKind.FITTED:
            return AGGREGATION
        function = self._graph.get(node.label)
        if node.kind is NodeKind.STORED:
            if function is None:  # a column, looked up as it is
                return IDENTITY
            return AGGREGATION if isinstance(function.definition, Aggregate) else TRANSFORMATION
        return IDENTITY if node.kind is NodeKind.SERVICE else TRANSFORMATION


def personal(lineage: Lineage, graph: FunctionGraph) -> frozenset[str]:
    """The ids of the nodes that personal data begins at or flows into (`onedag.lineage.pii`)."""
    following: dict[str, list[str]] = {}
    for start, end in lineage.edges:
        if (start, end) not in lineage.keys:
            following.setdefault(start, []).append(end)
    left = [name for name, node in lineage.nodes.items() if _begins(graph, node)]
    found = set(left)
    while left:
        for end in following.get(left.pop(), ()):
            if end not in found and _said_of_pii(graph, lineage.nodes[end]) != "false":
                found.add(end)
                left.append(end)
    return frozenset(found)


def _begins(graph: FunctionGraph, node: LineageNode) -> bool:
    tagged = any(tag.lower() == PII for tag in node.tags)
    return tagged and _said_of_pii(graph, node) != "false"


def _said_of_pii(graph: FunctionGraph, node: LineageNode) -> str:
    """What the function of a node says of itself; what no function makes says nothing."""
    if node.kind in (NodeKind.COLUMN, NodeKind.REQUEST, NodeKind.SERVICE, NodeKind.MODEL):
        return ""
    function = graph.get(node.label)
    return "" if function is None else str(function.tags.get(PII, "")).lower()


def joined(origins: Iterable[Mapping[str, frozenset[Way]]]) -> dict[str, frozenset[Way]]:
    """The origins of what is computed from several outputs, such as a prediction."""
    found: dict[str, frozenset[Way]] = {}
    for one in origins:
        for name, ways in one.items():
            changed = {Way(TRANSFORMATION, w.masking) if w.subtype == IDENTITY else w for w in ways}
            found[name] = found.get(name, frozenset()) | changed
    return found
