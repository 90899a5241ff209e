"""The lineage of one service as a snapshot recorded it: what a model was trained with.

`onedag.lineage.service_lineage` says the same of a project whose code is loaded. An audit asks of
code that may be gone.
"""

from __future__ import annotations

from onedag.audit.nodes import RecordedNodes
from onedag.lineage import Lineage, LineageNode, NodeKind
from onedag.lineage.personal import marked
from onedag.snapshots import Snapshot
from onedag.snapshots.uses import REQUEST, Place, needed_by

__all__ = ["recorded_lineage"]


def recorded_lineage(snapshot: Snapshot, service: str, model: str = "") -> Lineage:
    """The lineage of a service, back to the columns of sources and the request's fields.

    A service that couldn't be planned has no more than its own node.

    Args:
        snapshot: that has the service.
        service: its name.
        model: what to say of its model; empty for none.
    """
    recording = _Recording(snapshot, service)
    recording.add_service(model)
    edges = recording.edges
    keys = frozenset(edge for edge, is_value in edges.items() if not is_value)
    return marked(Lineage(recording.nodes, tuple(edges), keys))


class _Recording:
    def __init__(self, snapshot: Snapshot, service: str) -> None:
        self._snapshot, self._service = snapshot, service
        self._needed = needed_by(snapshot, service)
        self._make = RecordedNodes(snapshot, service)
        self.nodes: dict[str, LineageNode] = {}
        self.edges: dict[tuple[str, str], bool] = {}
        """Whether each is that of a value; a look-up alone isn't."""

    def add_service(self, model: str) -> None:
        features = self._snapshot.services[self._service].features
        places = [(REQUEST, name) for name in features]
        left = places[::-1]
        seen: set[Place] = set()
        while left:
            place = left.pop()
            if place not in seen:
                seen.add(place)
                left.extend(reversed(self._add_place(place)))
        service = self._add(self._make.service())
        for place in places:
            self._connect(place, service)
        if model:
            self.edges[service, self._add(self._make.model(model))] = True

    def _add_place(self, place: Place) -> tuple[Place, ...]:
        """Add what stands at a place, with the edges into it; the places that it is made of."""
        node = self._node(place)
        if node is None:
            return ()
        self._add(node)
        use = self._needed[place]
        if node.kind is NodeKind.STORED:
            self._add_rows(node, use.function)
        else:
            for need in use.needs:
                self._connect(need, node.id)
        return use.needs

    def _add_rows(self, node: LineageNode, has_function: bool) -> None:
        """Add what a stored feature is made of, and the columns that it is kept by. Both are the
        same wherever it is looked up."""
        names = self._snapshot.functions[node.label].inputs if has_function else (node.label,)
        for name in names:
            if has_function:
                self._connect((node.source, name), node.id)
            else:
                self.edges[self._add(self._make.column(node.source, name)), node.id] = True
        for key in node.join_keys:
            column = self._add(self._make.column(node.source, key))
            self.edges.setdefault((column, node.id), False)

    def _connect(self, place: Place, end: str) -> None:
        """An edge from what stands at a place, and from the keys that it is looked up by there."""
        node = self._node(place)
        if node is None:
            return
        self.edges[node.id, end] = True
        for key in node.join_keys:
            by = self._node((place[0], key))
            if by is not None:
                self.edges.setdefault((by.id, end), False)

    def _node(self, place: Place) -> LineageNode | None:
        """The node of a place; None for what isn't there."""
        use = self._needed.get(place)
        if use is None or use.origin == "nothing":
            return None
        if use.origin == "store":
            if not use.function and not use.source:
                return None  # nobody says where it is looked up
            view = self._make.view_of(place[1], use)
            return self._make.stored(place[1], view, use.function)
        return self._make.of(place, use)

    def _add(self, node: LineageNode) -> str:
        self.nodes.setdefault(node.id, node)
        return node.id
