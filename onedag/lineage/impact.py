"""Impact: what a change of a name touches."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from onedag.lineage.model import Lineage, LineageNode, NodeKind
from onedag.lineage.walks import following, reached

__all__ = ["Impact", "impact_of"]


@dataclass(frozen=True, slots=True)
class Impact:
    """What may have other values once something has changed, itself included.

    Attributes:
        names: what changes.
        nodes: the ids of all that is touched, in the lineage's order.
        functions: the functions that are touched, stored ones and fitted ones among them.
        fitted: those whose value belongs to a training run: it takes another run.
        stored: the stored features.
        views: where these are kept: what to materialize again.
        services: whose features may differ.
        models: the services of the models that were trained on other values.
    """

    names: tuple[str, ...]
    nodes: tuple[str, ...]
    functions: tuple[str, ...]
    fitted: tuple[str, ...]
    stored: tuple[str, ...]
    views: tuple[str, ...]
    services: tuple[str, ...]
    models: tuple[str, ...]


def impact_of(lineage: Lineage, names: Iterable[str]) -> Impact:
    """What a change of the named things touches, wherever each is computed.

    A join key counts: another key looks up other values.

    Raises:
        UnknownName: no node of one of the names.
    """
    changed = tuple(names)
    found = reached(following(lineage.edges), lineage.all_named(changed))
    nodes = [node for node in lineage.nodes.values() if node.id in found]

    def those(which: Callable[[LineageNode], bool], name: str = "label") -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(getattr(n, name)) for n in nodes if which(n)))

    return Impact(
        changed,
        tuple(node.id for node in nodes),
        functions=those(lambda node: bool(node.module)),
        fitted=those(lambda node: node.kind is NodeKind.FITTED),
        stored=those(lambda node: node.kind is NodeKind.STORED),
        views=those(lambda node: node.kind is NodeKind.STORED, "view"),
        services=those(lambda node: node.kind is NodeKind.SERVICE),
        models=those(lambda node: node.kind is NodeKind.MODEL, "service"),
    )
