"""From which columns, and how, each output column comes: the lineage as OpenLineage says it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from onedag.lineage import PII, Lineage, LineageNode, NodeKind

__all__ = ["Tracing", "Way", "joined"]

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
        is_origin: whether the walk ends at a node.
    """

    def __init__(self, lineage: Lineage, is_origin: Callable[[LineageNode], bool]) -> None:
        self._lineage, self._is_origin = lineage, is_origin
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
        subtype = max(way.subtype, _made(node), key=_STRENGTH.index)
        return Way(subtype, way.masking or PII in node.denied)


def _made(node: LineageNode) -> str:
    """How a node's value is made of its inputs."""
    match node.kind:
        case NodeKind.FITTED:
            return AGGREGATION
        case NodeKind.STORED if node.modifier == "aggregate":
            return AGGREGATION
        case NodeKind.STORED if not node.module:  # a column, looked up as it is
            return IDENTITY
        case NodeKind.SERVICE:
            return IDENTITY
    return TRANSFORMATION


def joined(origins: Iterable[Mapping[str, frozenset[Way]]]) -> dict[str, frozenset[Way]]:
    """The origins of what is computed from several outputs, such as a prediction."""
    found: dict[str, frozenset[Way]] = {}
    for one in origins:
        for name, ways in one.items():
            changed = {Way(TRANSFORMATION, w.masking) if w.subtype == IDENTITY else w for w in ways}
            found[name] = found.get(name, frozenset()) | changed
    return found
