"""The lineage of one service as a snapshot recorded it: what a model was trained with.

`onedag.lineage.service_lineage` says the same of a project whose code is loaded. An audit asks of
code that may be gone.
"""

from __future__ import annotations

from dataclasses import dataclass

from onedag.audit.nodes import RecordedNodes
from onedag.lineage import Lineage, LineageNode
from onedag.snapshots import Snapshot
from onedag.snapshots.uses import REQUEST, Place, Use, needed_by

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
    return Lineage(recording.nodes, tuple(edges), keys)


@dataclass(frozen=True, slots=True)
class _Used:
    """What is used by using a name: a value, and the join keys that it is looked up by."""

    value: str
    keys: tuple[str, ...] = ()


class _Recording:
    def __init__(self, snapshot: Snapshot, service: str) -> None:
        self._snapshot, self._service = snapshot, service
        self._needed = needed_by(snapshot, service)
        self._make = RecordedNodes(snapshot, service)
        self._used: dict[Place, _Used | None] = {}
        self.nodes: dict[str, LineageNode] = {}
        self.edges: dict[tuple[str, str], bool] = {}
        """Whether each is that of a value; a look-up alone isn't."""

    def add_service(self, model: str) -> None:
        features = self._snapshot.services[self._service].features
        used = [self._use((REQUEST, name)) for name in features]
        service = self._add(self._make.service())
        for one in used:
            self._connect(one, service)
        if model:
            self._connect(_Used(service), self._add(self._make.model(model)))

    def _use(self, place: Place) -> _Used | None:
        """What a place stands for, with all that it is made of; None for what isn't there."""
        if place not in self._used:
            use = self._needed.get(place)
            self._used[place] = None if use is None else self._recorded(place, use)
        return self._used[place]

    def _recorded(self, place: Place, use: Use) -> _Used | None:
        if use.origin == "nothing":
            return None
        if use.origin == "store":
            return self._stored(place, use.function)
        node = self._add(self._make.of(place, use))
        for need in use.needs:
            self._connect(self._use(need), node)
        return _Used(node)

    def _stored(self, place: Place, has_function: bool) -> _Used:
        """A stored feature. It is looked up by the join keys of the place that asks for it; what it
        is made of, and the keys that it is kept by, are the same wherever that is."""
        where, name = place
        view = self._make.view_of(name, has_function)
        entity = self._snapshot.entities.get(view.entity or "")
        keys = () if entity is None else entity.join_keys
        node = self._make.stored(name, view, has_function)
        if node.id not in self.nodes:
            self._add(node)
            inputs = self._snapshot.functions[name].inputs if has_function else (name,)
            for each in inputs:
                self._connect(self._above(view.source, each), node.id)
            for key in keys:
                column = self._add(self._make.column(view.source, key))
                self.edges.setdefault((column, node.id), False)
        found = (self._use((where, key)) for key in keys)
        return _Used(node.id, tuple(one.value for one in found if one is not None))

    def _above(self, source: str, name: str) -> _Used | None:
        """An input of a stored feature, in the rows of its source."""
        if (source, name) in self._needed:
            return self._use((source, name))
        return _Used(self._add(self._make.column(source, name)))

    def _connect(self, used: _Used | None, end: str) -> None:
        if used is not None:
            self.edges[used.value, end] = True
            for key in used.keys:
                self.edges.setdefault((key, end), False)

    def _add(self, node: LineageNode) -> str:
        self.nodes.setdefault(node.id, node)
        return node.id
