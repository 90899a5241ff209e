"""`Guide`: where the names on a page lead to."""

from __future__ import annotations

from dataclasses import dataclass

from onedag.catalog import Catalog, Origin
from onedag.lineage import LineageNode, NodeKind
from onedag.pages.links import Links
from onedag.service import EVENT_TIMESTAMP

__all__ = ["Guide", "Stop"]


@dataclass(frozen=True, slots=True)
class Stop:
    """A name on a page.

    Attributes:
        name: as it is shown.
        kind: of `NodeKind`; empty for what isn't in the lineage.
        href: where it leads to; empty for nowhere, such as the row's own time.
    """

    name: str
    kind: str
    href: str


class Guide:
    """The stops of one page.

    Args:
        catalog: of the project.
        links: of the page.
    """

    def __init__(self, catalog: Catalog, links: Links) -> None:
        self._catalog, self._links = catalog, links

    def node(self, node: str) -> Stop:
        """Where a node of the lineage leads to."""
        of = self._catalog.lineage.nodes[node]
        return Stop(of.full_name, of.kind.value, self._href(of))

    def feature(self, name: str) -> Stop:
        """What a function takes, or is taken by: by its name alone, so perhaps at many places."""
        nodes = self._catalog.index.nodes.get(name, ())
        if name in self._catalog.index.features:
            computed = [n for n in nodes if n.kind is not NodeKind.COLUMN]
            kind = computed[-1].kind.value if computed else ""
            return Stop(name, kind, self._links.feature(name))
        if name == EVENT_TIMESTAMP or not nodes:
            return Stop(name, "", "")
        return Stop(name, nodes[0].kind.value, self._href(nodes[0]))

    def origin(self, origin: Origin) -> tuple[Stop, ...]:
        """From something raw to a value; names that follow each other twice are one stop."""
        return tuple({stop.name: stop for stop in map(self.node, origin.nodes)}.values())

    def shown(self, name: str, service: str = "") -> Stop:
        """Where a name leads to that the lineage shows to people, such as ``planes.tailnum``.

        Args:
            name: of a service, a column with its source, ``request.`` and a field, or a function.
            service: whose request it is.
        """
        if service and name == service:
            return Stop(name, NodeKind.SERVICE.value, self._links.service(name))
        place, _, inner = name.partition(".")
        if inner and place == "request":
            return Stop(name, NodeKind.REQUEST.value, self._links.field(service, inner))
        if inner and place in self._catalog.snapshot.sources:
            return Stop(name, NodeKind.COLUMN.value, self._links.source(place, inner))
        return self.feature(name)

    def _href(self, of: LineageNode) -> str:
        match of.kind:
            case NodeKind.COLUMN:
                return self._links.source(of.source, of.column or of.label)
            case NodeKind.REQUEST:
                return self._links.field(of.service, of.label)
            case NodeKind.SERVICE | NodeKind.MODEL:
                return self._links.service(of.service)
            case _:
                return self._links.feature(of.label)
