"""The nodes of a recorded lineage: as `onedag.lineage` makes them, of what a snapshot says."""

from __future__ import annotations

from dataclasses import replace

from onedag.lineage import LineageNode, NodeKind
from onedag.lineage.places import model_node
from onedag.service import EVENT_TIMESTAMP
from onedag.snapshots import FunctionSnapshot, Snapshot, ViewSnapshot
from onedag.snapshots.uses import REQUEST, Place, Use

__all__ = ["RecordedNodes"]


class RecordedNodes:
    """Makes nodes.

    Args:
        snapshot: that has the service.
        service: its name.
    """

    def __init__(self, snapshot: Snapshot, service: str) -> None:
        self._snapshot, self._service = snapshot, service
        fields = snapshot.services[service].fields
        self._field_tags = {field.name: tuple(sorted(field.tags)) for field in fields}

    def of(self, place: Place, use: Use) -> LineageNode:
        """What is computed at a place, or given there."""
        where, name = place
        if use.origin == "column":
            return self.column(where, name)
        if not use.function:
            return self._field(name)
        function = self._snapshot.functions[name]
        computed = NodeKind.COMPUTED if where == REQUEST else NodeKind.MAPPED
        kind = NodeKind.FITTED if function.kind == "fitted" else computed
        prefix = f"service:{self._service}" if where == REQUEST else f"source:{where}"
        node = LineageNode(f"{prefix}:{name}", name, kind)
        return _placed(_made_by(function, node), self._service, where)

    def column(self, source: str, name: str) -> LineageNode:
        """A column of a source; rows have their time under a name of its own."""
        known = self._snapshot.sources[source]
        raw, renamed = known.timestamp if name == EVENT_TIMESTAMP else name, known.renamed.items()
        node = LineageNode(
            f"source:{source}:{name}",
            name,
            NodeKind.COLUMN,
            "the row's time" if name == EVENT_TIMESTAMP else source,
            tags=tuple(sorted(known.tags.get(raw, ()))),
            column=raw,
            renamed_from=next((old for old, new in renamed if new == raw and old != new), ""),
        )
        return _placed(node, "", source)

    def stored(self, name: str, view: ViewSnapshot, has_function: bool) -> LineageNode:
        """A stored feature, or a column that is looked up as it is."""
        function = self._snapshot.functions[name] if has_function else None
        entity = self._snapshot.entities.get(view.entity or "")
        node = LineageNode(
            f"view:{view.name}:{name}",
            name,
            NodeKind.STORED,
            view.name,
            group=f"view {view.name}",
            source=view.source,
            view=view.name,
            entity=view.entity or "",
            modifier="latest",
            join_keys=() if entity is None else entity.join_keys,
            refresh=view.refresh or "",
        )
        return node if function is None else _defined_by(function, _made_by(function, node))

    def view_of(self, name: str, use: Use) -> ViewSnapshot:
        """The view that a stored feature is kept in.

        One of columns that are looked up for the rows of a source alone isn't in the snapshot:
        nothing is stored of it.
        """
        function = self._snapshot.functions.get(name)
        if use.function and function is not None and function.definition is not None:
            return self._snapshot.views[function.definition.view]
        entity = self._snapshot.sources[use.source].key
        return ViewSnapshot(f"{entity}_{use.source}", use.source, entity, None, (name,), "")

    def service(self) -> LineageNode:
        """The service itself."""
        of, name = self._snapshot.services[self._service], self._service
        return LineageNode(
            f"service:{name}",
            name,
            NodeKind.SERVICE,
            f"{len(of.features)} feature{'s' * (len(of.features) != 1)}",
            service=name,
            may_use=of.may_use,
        )

    def model(self, about: str) -> LineageNode:
        """What was trained on it."""
        return model_node(self._service, about)

    def _field(self, name: str) -> LineageNode:
        detail = "the row's time" if name == EVENT_TIMESTAMP else self._service
        ident, tags = f"service:{self._service}:{name}", self._field_tags.get(name, ())
        node = LineageNode(ident, name, NodeKind.REQUEST, detail, tags=tags)
        return _placed(node, self._service, REQUEST)


def _placed(node: LineageNode, service: str, source: str) -> LineageNode:
    if source == REQUEST:
        return replace(node, service=service)
    return replace(node, source=source, group=f"source {source}")


def _made_by(function: FunctionSnapshot, node: LineageNode) -> LineageNode:
    """A node with what its function says; Hamilton's tags that say yes are its tags."""
    return replace(
        node,
        detail=function.doc.strip().split("\n", 1)[0],
        module=function.module,
        owner=function.owner,
        tags=_said(function, "true"),
        denied=_said(function, "false"),
    )


def _said(function: FunctionSnapshot, answer: str) -> tuple[str, ...]:
    return tuple(sorted(name for name, value in function.tags.items() if value.lower() == answer))


def _defined_by(function: FunctionSnapshot, node: LineageNode) -> LineageNode:
    definition = function.definition
    if definition is None:
        return node
    return replace(
        node,
        modifier=function.kind,
        window=definition.over or "",
        max_age=definition.max_age or "",
    )
